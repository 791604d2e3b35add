/** Works off one owed document: claim under a lease, write, and settle together with the event that tells. */
import type { DocumentReference, Provenance } from "fhir/r4.js";
import type { Audit } from "../../audit/audit.ts";
import type { WriteProfile } from "../../config/tenant-schema.ts";
import { AdapterError, toAdapterError } from "../../core/errors.ts";
import type { ValidationIssue } from "../../core/validation/issue.ts";
import { InvalidResource } from "../../core/validation/issue.ts";
import { nextDelayMs } from "../../core/retry/policy.ts";
import type { Database } from "../../db/database.ts";
import { run } from "../../db/query.ts";
import type { EventLog, WakeUp } from "../../events/event-log.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { EhrStatus } from "../fhir-transport.ts";
import type { DueWrite } from "./store.ts";
import { findEarlierDocument } from "./earlier-document.ts";
import { retractDocument, supersedeDocument } from "./mark-document.ts";
import { claimWrite, postponeWrite, settleWrite } from "./store.ts";
import { recordProvenance } from "./record-provenance.ts";
import { writeDocument } from "./write-document.ts";

/** A rendered document and what names it in the event. */
export interface OwedDocument {
  readonly resource: DocumentReference;
  readonly patient: string;
  readonly encounter: string;
  readonly sha256: string;
  /** Where the profile wants one beside the document: made once its reference is known. */
  readonly provenance?: (reference: string) => Provenance;
}

export interface WriteOwedDeps {
  readonly database: Database;
  readonly log: Pick<EventLog, "append">;
  readonly wakeUp: Pick<WakeUp, "notify">;
  readonly audit: Audit;
  readonly profileOf: (tenant: string) => WriteProfile;
  /** The gateway with the profile's credential; undefined while there is none (no launch, no backend services). */
  readonly gatewayFor: (
    write: DueWrite,
    credential: WriteProfile["credential"],
    signal: AbortSignal,
  ) => Promise<FhirGateway | undefined>;
  /** `identifier.system` of the tenant's documents. */
  readonly identifierSystem: (tenant: string) => string;
  /** Whether the summary still stands as the write says: it may have been amended, discarded or retracted meanwhile. */
  readonly isCurrent: (write: DueWrite) => Promise<boolean>;
  /** Renders this version; undefined where the profile takes no drafts. */
  readonly render: (write: DueWrite, gateway: FhirGateway, replaces?: string) => Promise<OwedDocument | undefined>;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** Longer than one write may take, so that a slow EHR is not asked twice at once. */
const LEASE_SECONDS = 60;
const DEADLINE_MS = 40_000;
const MAX_DELAY_SECONDS = 3600;
const CREDENTIAL_SECONDS = 30;
const retries = {
  kind: "growing",
  attempts: 1000,
  baseSeconds: 1,
  factor: 2,
  maxSeconds: MAX_DELAY_SECONDS,
  jitter: 0.2,
} as const;

/** Never throws for the EHR's faults: they are recorded with the row and, when final, told by an event. */
export async function writeOwed(deps: WriteOwedDeps, write: DueWrite, stop: AbortSignal): Promise<void> {
  const [claimed] = await run(
    deps.database.worker,
    claimWrite,
    write.tenant,
    write.job,
    write.version,
    write.doc_status,
    LEASE_SECONDS,
  );
  if (claimed === undefined) return;
  try {
    const outcome = await perform(deps, write, AbortSignal.any([stop, AbortSignal.timeout(DEADLINE_MS)]));
    if (outcome === undefined) await settleSilently(deps, write, claimed.fence);
    else await settleWritten(deps, write, claimed.fence, outcome);
  } catch (thrown) {
    const error = toAdapterError(thrown);
    if (error.retry === "never") await settleRejected(deps, write, claimed.fence, error);
    else await postpone(deps, write, claimed, error);
  }
}

interface Outcome {
  readonly reference: string;
  readonly document: OwedDocument;
}

async function perform(deps: WriteOwedDeps, write: DueWrite, signal: AbortSignal): Promise<Outcome | undefined> {
  if (!(await deps.isCurrent(write))) return undefined;
  const profile = deps.profileOf(write.tenant);
  const gateway = await deps.gatewayFor(write, profile.credential, signal);
  // Nothing is wrong with the EHR: the signer's token has run out, and the next launch brings a new one.
  if (gateway === undefined)
    throw new AdapterError("ehr_failed", { detail: "no credential for the write", cause: new CredentialMissing() });
  const earlier = await findEarlierDocument(deps.database, gateway, deps.identifierSystem(write.tenant), write);
  const document = await deps.render(write, gateway, earlier);
  if (document === undefined) return undefined;
  if (write.doc_status === "entered-in-error") {
    if (earlier === undefined || !(await retractDocument(gateway, earlier))) return undefined;
    return { reference: earlier, document };
  }
  const { reference } = await writeDocument(gateway, document.resource, profile.conditionalCreate);
  if (document.provenance !== undefined)
    await recordProvenance(gateway, document.provenance(reference), profile.conditionalCreate);
  // After the new one is there: at no moment has the chart no document that stands.
  if (earlier !== undefined && earlier !== reference) await supersedeDocument(gateway, earlier);
  return { reference, document };
}

/** What was changed again before its turn came, or never reached the EHR and was taken back, is owed no more. */
async function settleSilently(deps: WriteOwedDeps, write: DueWrite, fence: number): Promise<void> {
  await run(
    deps.database.worker,
    settleWrite,
    write.tenant,
    write.job,
    write.version,
    write.doc_status,
    fence,
    "rejected",
    null,
    "superseded",
  );
}

async function settleWritten(deps: WriteOwedDeps, write: DueWrite, fence: number, outcome: Outcome): Promise<void> {
  const { document } = outcome;
  await settle(
    deps,
    write,
    fence,
    { state: "written", reference: outcome.reference, error: null },
    {
      type: "document.written",
      data: {
        patient: document.patient,
        encounter: document.encounter,
        reference: outcome.reference,
        summary: { version: write.version, docStatus: write.doc_status, sha256: document.sha256 },
      },
    },
  );
}

/** Most that an event tells of: who mends it needs the first. */
const MOST_RULES = 10;

/** Which rules our own resource breaks, where that is why it was not sent. */
function brokenRules({ cause }: AdapterError): {
  readonly issues?: readonly Pick<ValidationIssue, "rule" | "expression">[];
} {
  if (!(cause instanceof InvalidResource)) return {};
  return { issues: cause.issues.slice(0, MOST_RULES).map(({ rule, expression }) => ({ rule, expression })) };
}

async function settleRejected(deps: WriteOwedDeps, write: DueWrite, fence: number, error: AdapterError): Promise<void> {
  await settle(
    deps,
    write,
    fence,
    { state: "rejected", reference: null, error: error.code },
    {
      type: "document.rejected",
      data: {
        code: error.code,
        summary: { version: write.version, docStatus: write.doc_status },
        ...brokenRules(error),
      },
    },
  );
}

interface Settlement {
  readonly state: "written" | "rejected";
  readonly reference: string | null;
  readonly error: string | null;
}

/** Row, event and audit entry stand or fall together; a lost lease changes nothing. */
async function settle(
  deps: WriteOwedDeps,
  write: DueWrite,
  fence: number,
  to: Settlement,
  event: Parameters<EventLog["append"]>[3][number],
): Promise<void> {
  const { tenant, job, version, doc_status: docStatus } = write;
  const settled = await deps.database.worker.transaction(tenant, async (tx) => {
    const rows = await run(tx, settleWrite, tenant, job, version, docStatus, fence, to.state, to.reference, to.error);
    if (rows.length === 0) return false;
    await deps.log.append(tx, tenant, job, [event]);
    await deps.audit.record(
      {
        tenant,
        action: "document.write",
        outcome: to.state === "written" ? "success" : "failed",
        actor: { kind: "system", id: "write-back" },
        job,
        ...(to.error === null ? {} : { reason: to.error }),
      },
      tx,
    );
    return true;
  });
  if (!settled) return;
  deps.wakeUp.notify("job", `${tenant}/${job}`);
  deps.wakeUp.notify("appended");
}

class CredentialMissing extends Error {
  override readonly name = "CredentialMissing";
}

/** Seconds that the EHR asked for, or until a credential may have come; 0 where the retry policy alone decides. */
function askedFor({ cause }: AdapterError): number {
  if (cause instanceof CredentialMissing) return CREDENTIAL_SECONDS;
  return cause instanceof EhrStatus ? (cause.retryAfterSeconds ?? 0) : 0;
}

async function postpone(
  deps: WriteOwedDeps,
  write: DueWrite,
  claimed: { attempts: number; fence: number },
  error: AdapterError,
): Promise<void> {
  const byPolicy = (nextDelayMs(retries, claimed.attempts, deps.random()) ?? MAX_DELAY_SECONDS * 1000) / 1000;
  const afterSeconds = Math.min(MAX_DELAY_SECONDS, Math.max(byPolicy, askedFor(error)));
  await run(
    deps.database.worker,
    postponeWrite,
    write.tenant,
    write.job,
    write.version,
    write.doc_status,
    claimed.fence,
    error.code,
    afterSeconds,
  );
}
