/** Works off one owed document: claim under a lease, write, and settle together with the event that tells. */
import type { WriteProfile } from "../../config/write-profile-schema.ts";
import { AdapterError, toAdapterError } from "../../core/errors.ts";
import { run } from "../../db/query.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";
import { findEarlierDocument } from "./earlier-document.ts";
import type { OwedDocument } from "./file-document.ts";
import { fileDocument } from "./file-document.ts";
import { retractDocument, supersedeDocument } from "./mark-document.ts";
import type { FiledDocument, SettleDeps } from "./settle.ts";
import { postpone, settleRejected, settleSuperseded, settleWritten, waitForLaunch } from "./settle.ts";
import type { ClaimedWrite, DueWrite } from "./store.ts";
import type { Before } from "./write-document.ts";
import { claimWrite, datedWrite } from "./store.ts";

/** What is known of a version before its document is made. */
export interface CurrentVersion {
  /** Relative reference of the stay. */
  readonly encounter: string;
  /** RFC 3339: the moment that its document bears. */
  readonly time: string;
  /** Relative reference of who signed it; absent for a draft. */
  readonly signer?: string;
}

export interface WriteOwedDeps extends SettleDeps {
  readonly profileOf: (tenant: string) => WriteProfile;
  /** The gateway with the profile's credential; undefined while there is none (no launch, no backend services). */
  readonly gatewayFor: (
    write: DueWrite,
    credential: WriteProfile["credential"],
    signal: AbortSignal,
  ) => Promise<FhirGateway | undefined>;
  /** `identifier.system` of the tenant's documents. */
  readonly identifierSystem: (tenant: string) => string;
  /** Undefined where the summary no longer stands as the write says: amended, discarded or retracted meanwhile. */
  readonly currentOf: (write: DueWrite) => Promise<CurrentVersion | undefined>;
  /** Renders this version; undefined where the profile takes no drafts. */
  readonly render: (write: DueWrite, gateway: FhirGateway, replaces?: string) => Promise<OwedDocument | undefined>;
}

/** Longer than one write may take, so that a slow EHR is not asked twice at once. */
const LEASE_SECONDS = 60;
const DEADLINE_MS = 40_000;

/** The signer's token has ended. */
class LaunchNeeded extends Error {
  override readonly name = "LaunchNeeded";
  readonly signer: string | undefined;
  constructor(signer: string | undefined) {
    super("the signer's token has ended");
    this.signer = signer;
  }
}

/** Never throws for the EHR's faults: they are recorded with the row and, when final, told by an event. */
export async function writeOwed(deps: WriteOwedDeps, write: DueWrite, stop: AbortSignal): Promise<void> {
  const { tenant, job, version, doc_status: docStatus } = write;
  const [claimed] = await run(deps.database.worker, claimWrite, tenant, job, version, docStatus, LEASE_SECONDS);
  if (claimed === undefined) return;
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(DEADLINE_MS)]);
    const filed = await perform(deps, write, claimed, signal);
    if (filed === undefined) await settleSuperseded(deps, write, claimed.fence);
    else await settleWritten(deps, write, claimed.fence, filed);
  } catch (thrown) {
    if (thrown instanceof LaunchNeeded) return waitForLaunch(deps, write, claimed, thrown.signer);
    const error = toAdapterError(thrown);
    if (error.retry === "never") await settleRejected(deps, write, claimed.fence, error);
    else await postpone(deps, write, claimed, error, deps.profileOf(tenant));
  }
}

async function perform(
  deps: WriteOwedDeps,
  write: DueWrite,
  { attempts, fence, confirmed }: ClaimedWrite,
  signal: AbortSignal,
): Promise<FiledDocument | undefined> {
  const current = await deps.currentOf(write);
  if (current === undefined) return undefined;
  const profile = deps.profileOf(write.tenant);
  const gateway = await deps.gatewayFor(write, profile.credential, signal);
  if (gateway === undefined && profile.credential === "user") throw new LaunchNeeded(current.signer);
  if (gateway === undefined) throw new AdapterError("ehr_failed", { detail: "no credential for the write" });
  const { tenant, job, version, doc_status: docStatus } = write;
  await run(deps.database.worker, datedWrite, tenant, job, version, docStatus, fence, new Date(current.time));
  try {
    const tried = attempts > 1 ? "tried" : "nothing";
    const before = confirmed ? "confirmed" : tried;
    return await putIntoEhr(deps, write, { gateway, profile, encounter: current.encounter, before });
  } catch (error) {
    // The EHR has ended the token earlier than it said.
    if (profile.credential === "user" && ehrStatusOf(error) === 401) throw new LaunchNeeded(current.signer);
    throw error;
  }
}

interface Way {
  readonly gateway: FhirGateway;
  readonly profile: WriteProfile;
  /** Relative reference of the stay. */
  readonly encounter: string;
  readonly before?: Before;
}

/** All that one version asks of the EHR, in order; undefined where nothing is owed. */
export async function putIntoEhr(
  { database, identifierSystem, render }: Pick<WriteOwedDeps, "database" | "identifierSystem" | "render">,
  write: DueWrite,
  { gateway, profile, encounter, before }: Way,
): Promise<FiledDocument | undefined> {
  const by = { system: identifierSystem(write.tenant), findBy: profile.findBy, encounter };
  const earlier = await findEarlierDocument(database, gateway, write, by);
  const document = await render(write, gateway, earlier);
  if (document === undefined) return undefined;
  if (write.doc_status === "entered-in-error") {
    if (earlier === undefined || !(await retractDocument(gateway, earlier))) return undefined;
    return { ...document, reference: earlier };
  }
  const { reference, provenance } = await fileDocument(gateway, document, profile, before);
  // After the new one is there: at no moment has the chart no document that stands.
  if (earlier !== undefined && earlier !== reference) await supersedeDocument(gateway, earlier);
  const { patient, encounter: stay, sha256 } = document;
  return { reference, patient, encounter: stay, sha256, beside: provenance };
}
