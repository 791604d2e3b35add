/** The floor that nothing needs to prove: the EHR is asked again and again, by `_lastUpdated`; often, or as a sweep for what was not told. */
import type { FhirResource } from "fhir/r4.js";
import { AdapterError, toAdapterError } from "../../core/errors.ts";
import { isOpen } from "../../core/job/status.ts";
import { advance, askFrom, isStuck, overlapMs } from "../../core/subscriber/poll-window.ts";
import { run } from "../../db/query.ts";
import type { Job } from "../../jobs/jobs.ts";
import type { FhirGateway, SearchParams, SearchResult } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";
import type { EhrWatchDeps, WatchedTenant } from "./deps.ts";
import { backoffSeconds, holdSeconds, leaseSeconds, within } from "./deps.ts";
import { findNotices } from "./notice-store.ts";
import type { ClaimedPoll } from "./poll-store.ts";
import { claimPoll, dischargePoll, holdPolls, postponePoll, removePoll, settlePoll } from "./poll-store.ts";
import { listEhrSubscriptions, silenceEhrSubscriptions } from "./store.ts";
import { inForce } from "./tend.ts";

const pageSize = "100";
const dischargePages = 50;
const chartPages = 5;
const elsewhereSeconds = 3600;

/** One poll at work. */
interface Polling {
  readonly deps: EhrWatchDeps;
  readonly tenant: WatchedTenant;
  readonly settings: NonNullable<WatchedTenant["settings"]>;
  readonly gateway: FhirGateway;
  readonly subject: string;
  readonly claim: ClaimedPoll;
}

/** Does one poll that is due. Never throws for the EHR's faults: they stand with the row. */
export async function poll(deps: EhrWatchDeps, tenant: string, subject: string, stop: AbortSignal): Promise<void> {
  const [claim] = await run(deps.pool, claimPoll, tenant, subject, leaseSeconds);
  if (claim === undefined) return;
  const watched = deps.tenantOf(tenant);
  const settings = watched?.settings;
  const gateway = settings === undefined ? undefined : deps.gatewayOf(tenant, within(stop));
  if (watched === undefined || settings === undefined || gateway === undefined)
    return void (await run(deps.pool, postponePoll, tenant, subject, elsewhereSeconds, "not_served"));
  const polling: Polling = { deps, tenant: watched, settings, gateway, subject, claim };
  try {
    await (subject === dischargePoll ? pollDischarges(polling) : pollChart(polling));
  } catch (thrown) {
    const { code, cause, retry } = toAdapterError(thrown);
    if (code === "internal" && !stop.aborted) deps.onError(cause);
    const afterSeconds = stop.aborted ? 0 : backoffSeconds(claim.failures + 1);
    await run(deps.pool, postponePoll, tenant, subject, afterSeconds, code);
    if (retry === "later" && !stop.aborted) await run(deps.pool, holdPolls, tenant, holdSeconds);
  }
}

async function settle({ deps, tenant, subject, claim }: Polling, cursorMs: number, afterSeconds: number) {
  const cursor = new Date(cursorMs).toISOString();
  await run(deps.pool, settlePoll, tenant.id, subject, cursor, afterSeconds, claim.claimed);
}

const stampOf = ({ meta }: FhirResource): { lastUpdated: string | undefined } => ({ lastUpdated: meta?.lastUpdated });
/** As the intake remembers it; servers without versions are told apart by the time. */
export const versionOf = ({ meta }: FhirResource): string | undefined => meta?.versionId ?? meta?.lastUpdated;

/** In the order of their times, where the server can: only then an answer that is cut off can be gone on from. */
async function searchInOrder(
  gateway: FhirGateway,
  type: string,
  params: SearchParams,
  pages: number,
): Promise<SearchResult> {
  try {
    return await gateway.search(type, { ...params, _sort: "_lastUpdated", _count: pageSize }, pages);
  } catch (error) {
    if (ehrStatusOf(error) !== 400) throw error;
    return gateway.search(type, { ...params, _count: pageSize }, pages);
  }
}

function paramsOf(criteria: string): Record<string, string[]> {
  const query = new URLSearchParams(criteria.slice(criteria.indexOf("?") + 1));
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}

async function pollDischarges(polling: Polling): Promise<void> {
  const { deps, tenant, settings, gateway, claim } = polling;
  const cursorMs = claim.cursor.getTime();
  const params = { ...paramsOf(settings.criteria), _lastUpdated: `ge${askFrom(cursorMs)}` };
  const { resources, complete } = await searchInOrder(gateway, "Encounter", params, dischargePages);
  const found = resources.filter(({ resourceType, id }) => resourceType === "Encounter" && id !== undefined);
  const names = found.map(({ id = "" }) => `Encounter/${id}`);
  const fresh = await run(
    deps.pool,
    findNotices,
    tenant.id,
    names,
    found.map((one) => versionOf(one) ?? ""),
  );
  const rows = await run(deps.pool, listEhrSubscriptions, tenant.id);
  const manner = inForce(tenant, "discharge", rows);
  if (fresh.length > 0) deps.wakeUp.notify("notice");
  if (manner !== "polling")
    await blame(
      polling,
      found.filter((_one, index) => fresh.some(({ reference }) => reference === names[index])),
    );
  const next = advance(cursorMs, found.map(stampOf), complete, deps.now());
  const stuck = isStuck(cursorMs, next, complete);
  if (stuck) deps.log.error("ehr_poll.overflow", { tenant: tenant.id, count: found.length });
  const often = manner === "polling" ? settings.pollSeconds : settings.sweepSeconds;
  await settle(polling, stuck ? next + overlapMs : next, complete ? often : 0);
}

/** What an EHR has written long since and not told of, though it proved that it tells: it is not believed any more. */
async function blame({ deps, tenant, settings }: Polling, untold: readonly FhirResource[]): Promise<void> {
  const before = deps.now() - settings.patienceSeconds * 1000;
  const late = untold.filter(({ meta }) => Date.parse(meta?.lastUpdated ?? "") < before);
  if (late.length === 0) return;
  const silenced = await run(deps.pool, silenceEhrSubscriptions, tenant.id, "discharge");
  if (silenced.length === 0) return;
  deps.metrics.lost(tenant.id, late.length);
  deps.log.warn("ehr_subscription.lost", { tenant: tenant.id, kind: "discharge", count: late.length });
}

/** What of a chart changed since it was read last, for a draft that may still change. */
async function pollChart(polling: Polling): Promise<void> {
  const { deps, tenant, settings, gateway, subject, claim } = polling;
  const job = await deps.jobs.get(tenant.id, subject);
  if (job === undefined || !mayChange(job)) return void (await run(deps.pool, removePoll, tenant.id, subject));
  const cursorMs = claim.cursor.getTime();
  const resources = await changedSince(gateway, job, settings.chartTypes, cursorMs);
  if (resources.length > 0) await chartArrived(deps, tenant, job.id, resources);
  const rows = await run(deps.pool, listEhrSubscriptions, tenant.id);
  const told = inForce(tenant, "chart", rows) !== "polling";
  const often = told ? Math.max(settings.chartPollSeconds, settings.sweepSeconds) : settings.chartPollSeconds;
  await settle(polling, advance(cursorMs, resources.map(stampOf), true, deps.now()), often);
}

export function mayChange({ status, summary }: Job): boolean {
  return isOpen(status) || (status === "completed" && summary?.docStatus === "preliminary");
}

/** A type that the EHR does not offer, or did not grant, is left out: the signature looks at every source once more. */
async function changedSince(
  gateway: FhirGateway,
  { patient, encounter }: Job,
  types: readonly string[],
  cursorMs: number,
): Promise<readonly FhirResource[]> {
  const params = { patient: idOf(patient), _lastUpdated: `ge${askFrom(cursorMs)}` };
  const found: FhirResource[] = [];
  for (const type of types) {
    if (type === "Patient" || type === "Encounter") continue;
    try {
      const { resources } = await searchInOrder(gateway, type, params, chartPages);
      found.push(...resources);
    } catch (error) {
      if (!(error instanceof AdapterError) || error.retry === "later") throw error;
    }
  }
  const stay = await gateway.read("Encounter", idOf(encounter));
  return stay === undefined ? found : [...found, stay];
}

const idOf = (reference: string): string => reference.slice(reference.indexOf("/") + 1);

/** A part of the chart: it goes into a draft that is not begun, and is told of under one that is. */
export async function chartArrived(
  { jobs }: Pick<EhrWatchDeps, "jobs">,
  { id: tenant, fhirBaseUrl }: WatchedTenant,
  job: string,
  resources: readonly FhirResource[],
): Promise<Job> {
  const actor = { kind: "ehr", id: fhirBaseUrl } as const;
  return jobs.chartArrived({ tenant, job, resources, whole: false, source: "subscription", actor });
}
