/** Looks at what was told of: reads it from the EHR with our own token, and acts on what stands there now. */
import type { Encounter, FhirResource, Patient } from "fhir/r4.js";
import { firstReference, property } from "../../core/chart/readable.ts";
import { AdapterError, toAdapterError } from "../../core/errors.ts";
import type { DischargeKind, NoDischarge } from "../../core/stay/discharge.ts";
import { dischargeOf } from "../../core/stay/discharge.ts";
import { run } from "../../db/query.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { targetOf } from "../reference.ts";
import type { EhrWatchDeps, WatchedTenant } from "./deps.ts";
import { backoffSeconds, holdSeconds, leaseSeconds, within } from "./deps.ts";
import type { ClaimedNotice } from "./notice-store.ts";
import { claimNotice, holdNotices, postponeNotice, settleNotice } from "./notice-store.ts";
import { chartArrived, mayChange, versionOf } from "./poll.ts";

type LookOutcome =
  /** The end of a stay: a job was made, one that was open was joined, one that has ended was there. */
  | "started"
  | "joined"
  | "known"
  /** The settings want no draft for it. */
  | "excepted"
  | "not-wanted"
  | NoDischarge
  /** A change in a chart: brought to drafts, or to nobody. */
  | "brought"
  | "nobody"
  /** The EHR has it no more, or does not let us read it. */
  | "gone"
  | "refused"
  /** Seen before, in this version. */
  | "unchanged";

interface LookResult {
  readonly outcome: LookOutcome;
  readonly kind?: DischargeKind;
  readonly job?: string;
}

interface Looking {
  readonly deps: EhrWatchDeps;
  readonly tenant: WatchedTenant;
  readonly settings: NonNullable<WatchedTenant["settings"]>;
  readonly gateway: FhirGateway;
}

const elsewhereSeconds = 3600;
const stayPages = 2;
const dayMs = 86_400_000;

/** Looks at one record that is due. Never throws for the EHR's faults: they stand with the row. */
export async function look(deps: EhrWatchDeps, tenant: string, reference: string, stop: AbortSignal): Promise<void> {
  const [claimed] = await run(deps.pool, claimNotice, tenant, reference, leaseSeconds);
  if (claimed === undefined) return;
  const watched = deps.tenantOf(tenant);
  const settings = watched?.settings;
  const gateway = settings === undefined ? undefined : deps.gatewayOf(tenant, within(stop));
  if (watched === undefined || settings === undefined || gateway === undefined)
    return void (await run(deps.pool, postponeNotice, tenant, reference, elsewhereSeconds, "not_served"));
  try {
    await lookAt({ deps, tenant: watched, settings, gateway }, reference, claimed);
  } catch (thrown) {
    const error = toAdapterError(thrown);
    if (stop.aborted) return void (await run(deps.pool, postponeNotice, tenant, reference, 0, "stopped"));
    if (error.code === "internal") deps.onError(error.cause);
    if (error.retry === "never" && error.code !== "internal")
      return settle(deps, watched, reference, claimed, undefined, { outcome: "refused" });
    await run(deps.pool, postponeNotice, tenant, reference, backoffSeconds(claimed.attempts), error.code);
    if (error.retry === "later") await run(deps.pool, holdNotices, tenant, holdSeconds);
  }
}

async function lookAt(looking: Looking, reference: string, claimed: ClaimedNotice): Promise<void> {
  const { deps, tenant, gateway } = looking;
  const [type = "", id = ""] = reference.split("/");
  const resource = await gateway.read(type, id);
  const version = resource === undefined ? undefined : versionOf(resource);
  const settled = (result: LookResult) => settle(deps, tenant, reference, claimed, version, result);
  if (resource === undefined) return settled({ outcome: "gone" });
  if (version !== undefined && version === claimed.version) return settled({ outcome: "unchanged" });
  if (resource.resourceType !== "Encounter") return settled(await bring(looking, resource));
  await settled(await actOnStay(looking, resource, reference));
}

async function settle(
  deps: EhrWatchDeps,
  tenant: WatchedTenant,
  reference: string,
  { noticed, via, outcome: before }: ClaimedNotice,
  version: string | undefined,
  { outcome, kind, job }: LookResult,
): Promise<void> {
  const kept = outcome === "unchanged" && before !== null ? before : outcome;
  const result = [kept, kind ?? null, job ?? null] as const;
  await run(deps.pool, settleNotice, tenant.id, reference, noticed, version ?? null, ...result);
  deps.metrics.look({ tenant: tenant.id, via, outcome, kind: kind ?? "none" });
  if (outcome === "unchanged") return;
  const { id } = tenant;
  deps.log.info("ehr_notice.looked_at", {
    tenant: id,
    outcome,
    reason: via,
    ...(kind === undefined ? {} : { kind }),
    ...(job === undefined ? {} : { job }),
  });
}

/** Whose it is; undefined for what is nobody's, or another server's. */
function patientOf(resource: FhirResource, baseUrl: string): string | undefined {
  const named = firstReference(property(resource, "subject")) ?? firstReference(property(resource, "patient"));
  const target = targetOf(named ?? "", baseUrl.replace(/\/+$/u, ""));
  return target?.kind === "read" && target.type === "Patient" ? `Patient/${target.id}` : undefined;
}

/** A change in a chart goes to every draft of the patient that nobody has signed. */
async function bring({ deps, tenant }: Looking, resource: FhirResource): Promise<LookResult> {
  const patient = patientOf(resource, tenant.fhirBaseUrl);
  const drafts = patient === undefined ? [] : await deps.jobs.openJobs(tenant.id, patient);
  for (const { id } of drafts) await chartArrived(deps, tenant, id, [resource]);
  return { outcome: drafts.length === 0 ? "nobody" : "brought" };
}

async function actOnStay(looking: Looking, encounter: Encounter, reference: string): Promise<LookResult> {
  const { deps, tenant, settings } = looking;
  const { patient, resources, parent } = await aroundStay(looking, encounter);
  const endedAfterMs = deps.now() - settings.endedWithinDays * dayMs;
  const verdict = dischargeOf({ encounter, patient, parent, resources, classes: settings.classes, endedAfterMs });
  const latest = await deps.jobs.latest(tenant.id, reference, "discharge-summary");
  // The stay is a part of the chart, too: that a discharge was taken back is news to a draft.
  if (latest !== undefined && mayChange(latest)) await chartArrived(deps, tenant, latest.id, [encounter]);
  if (!verdict.discharge) return { outcome: verdict.why };
  const { kind } = verdict;
  if (latest !== undefined) return { outcome: mayChange(latest) ? "joined" : "known", kind, job: latest.id };
  if (settings.except.some((one) => one === kind)) return { outcome: "excepted", kind };
  if (!tenant.startsDrafts) return { outcome: "not-wanted", kind };
  return start(looking, reference, `Patient/${patient?.id ?? ""}`, kind);
}

/** The one job of the stay: a hook that comes at the same moment finds it, or is found. */
async function start(
  { deps, tenant }: Looking,
  encounter: string,
  patient: string,
  kind: DischargeKind,
): Promise<LookResult> {
  const { job, created } = await deps.jobs.create({
    tenant: tenant.id,
    patient,
    encounter,
    documentType: "discharge-summary",
    trigger: "subscription",
    actor: { kind: "ehr", id: tenant.fhirBaseUrl },
    // The end of a stay is told of many times, for weeks. After the job's end too, it starts no second one.
    key: { kind: "idempotency", value: `ehr-subscription:${encounter}`, digest: "" },
    waitForLaunch: false,
  });
  return { outcome: created ? "started" : "joined", kind, job: job.id };
}

interface AroundStay {
  readonly patient: Patient | undefined;
  readonly parent: Encounter | undefined;
  readonly resources: readonly FhirResource[];
}

/** What tells how it ended, and whether it is a stay of its own. Only of one that has ended: all others are none of ours. */
async function aroundStay({ gateway, tenant }: Looking, encounter: Encounter): Promise<AroundStay> {
  const nothing = { patient: undefined, parent: undefined, resources: [] };
  if (encounter.status !== "finished") return nothing;
  const reference = patientOf(encounter, tenant.fhirBaseUrl);
  if (reference === undefined) return nothing;
  const patient = await gateway.follow(reference);
  if (patient?.resourceType !== "Patient") return nothing;
  const whole = encounter.partOf?.reference;
  const parent = whole === undefined ? undefined : await gateway.follow(whole);
  return {
    patient,
    parent: parent?.resourceType === "Encounter" ? parent : undefined,
    resources: patient.gender === "male" ? [] : await deliveriesOf(gateway, encounter),
  };
}

/** Procedures and conditions of the stay: they tell that a child was born. Where they cannot be had, the kind is told without. */
async function deliveriesOf(gateway: FhirGateway, { id = "" }: Encounter): Promise<readonly FhirResource[]> {
  const found: FhirResource[] = [];
  for (const type of ["Procedure", "Condition"]) {
    try {
      found.push(...(await gateway.search(type, { encounter: `Encounter/${id}`, _count: "100" }, stayPages)).resources);
    } catch (error) {
      if (!(error instanceof AdapterError) || error.retry === "later") throw error;
    }
  }
  return found;
}
