/** Ends one try at a write: written, rejected for good, superseded, or put off. Row, event and audit entry stand or fall together. */
import type { Audit } from "../../audit/audit.ts";
import type { WriteProfile } from "../../config/write-profile-schema.ts";
import type { AdapterError } from "../../core/errors.ts";
import { documentUnseen, launchNeeded } from "../../core/write-back/explain-write.ts";
import { nextDelayMs } from "../../core/retry/policy.ts";
import type { ValidationIssue } from "../../core/validation/issue.ts";
import { InvalidResource } from "../../core/validation/issue.ts";
import type { Database } from "../../db/database.ts";
import { run } from "../../db/query.ts";
import type { Sealer } from "../../db/sealer.ts";
import type { EventLog, WakeUp } from "../../events/event-log.ts";
import { EhrStatus } from "../fhir-transport.ts";
import type { ProvenanceFate } from "./file-document.ts";
import { sealSaid } from "./said.ts";
import type { ClaimedWrite, DueWrite, LeftOpen } from "./store.ts";
import { postponeWrite, settleWrite } from "./store.ts";
import { isUnseen } from "./unseen.ts";

export interface SettleDeps {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly log: Pick<EventLog, "append">;
  readonly wakeUp: Pick<WakeUp, "notify">;
  readonly audit: Audit;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** A document that the EHR holds, and what names it. */
export interface FiledDocument {
  readonly reference: string;
  readonly patient: string;
  readonly encounter: string;
  readonly sha256: string;
  /** What became of the Provenance beside it; absent where none was due. */
  readonly beside?: ProvenanceFate;
}

const MAX_DELAY_SECONDS = 3600;
const retries = {
  kind: "growing",
  attempts: 1000,
  baseSeconds: 1,
  factor: 2,
  maxSeconds: MAX_DELAY_SECONDS,
  jitter: 0.2,
} as const;

type Event = Parameters<EventLog["append"]>[3][number];

/** What was changed again before its turn came, or never reached the EHR and was taken back, is owed no more. */
export async function settleSuperseded({ database }: SettleDeps, write: DueWrite, fence: number): Promise<void> {
  const { tenant, job, version, doc_status: docStatus } = write;
  await run(database.worker, settleWrite, tenant, job, version, docStatus, fence, "rejected", null, "superseded", null);
}

export async function settleWritten(
  deps: SettleDeps,
  write: DueWrite,
  fence: number,
  { reference, patient, encounter, sha256, beside }: FiledDocument,
): Promise<void> {
  const { version, doc_status: docStatus } = write;
  await settle(
    deps,
    write,
    fence,
    { state: "written", reference, error: null, said: null },
    {
      type: "document.written",
      data: {
        patient,
        encounter,
        reference,
        summary: { version, docStatus, sha256 },
        ...(beside === undefined ? {} : { provenance: beside }),
      },
    },
  );
}

export async function settleRejected(
  deps: SettleDeps,
  write: DueWrite,
  fence: number,
  error: AdapterError,
): Promise<void> {
  const { version, doc_status: docStatus } = write;
  const said = sealSaid(deps.sealer, write, error);
  await settle(
    deps,
    write,
    fence,
    { state: "rejected", reference: null, error: error.code, said },
    {
      type: "document.rejected",
      data: { code: error.code, summary: { version, docStatus }, ...brokenRules(error) },
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

interface Settlement {
  readonly state: "written" | "rejected";
  readonly reference: string | null;
  readonly error: string | null;
  readonly said: Buffer | null;
}

/** A lost lease changes nothing. */
async function settle(
  deps: SettleDeps,
  write: DueWrite,
  fence: number,
  { state, reference, error, said }: Settlement,
  event: Event,
): Promise<void> {
  const { tenant, job, version, doc_status: docStatus } = write;
  const settled = await deps.database.worker.transaction(tenant, async (tx) => {
    const rows = await run(tx, settleWrite, tenant, job, version, docStatus, fence, state, reference, error, said);
    if (rows.length === 0) return false;
    await deps.log.append(tx, tenant, job, [event]);
    await deps.audit.record(
      {
        tenant,
        action: "document.write",
        outcome: state === "written" ? "success" : "failed",
        actor: { kind: "system", id: "write-back" },
        job,
        ...(error === null ? {} : { reason: error }),
      },
      tx,
    );
    return true;
  });
  if (settled) tellOf(deps, write);
}

function tellOf({ wakeUp }: SettleDeps, { tenant, job }: DueWrite): void {
  wakeUp.notify("job", `${tenant}/${job}`);
  wakeUp.notify("appended");
}

/**
 * A server that let a deadline pass may still be writing, and one that is searched before each create may not show yet what it
 * wrote: asked again too soon, it would be sent a second one.
 */
const UNSETTLED_SECONDS = 60;

function leftOpenBy(error: AdapterError): LeftOpen {
  if (isUnseen(error)) return "confirmed";
  const unanswered = error.code === "ehr_timeout" || (error.code === "ehr_failed" && error.cause === undefined);
  return unanswered ? "unanswered" : null;
}

/** Due again by the policy, or as late as the EHR asked. */
export async function postpone(
  deps: SettleDeps,
  write: DueWrite,
  { attempts, fence }: ClaimedWrite,
  error: AdapterError,
  { conditionalCreate }: Pick<WriteProfile, "conditionalCreate">,
): Promise<void> {
  const { tenant, job, version, doc_status: docStatus } = write;
  const { cause } = error;
  const asked = cause instanceof EhrStatus ? (cause.retryAfterSeconds ?? 0) : 0;
  const leftOpen = leftOpenBy(error);
  const isUnsettled = leftOpen === "unanswered" && (error.code === "ehr_timeout" || !conditionalCreate);
  const byPolicy = (nextDelayMs(retries, attempts, deps.random()) ?? MAX_DELAY_SECONDS * 1000) / 1000;
  const afterSeconds = Math.min(MAX_DELAY_SECONDS, Math.max(byPolicy, asked, isUnsettled ? UNSETTLED_SECONDS : 0));
  const said = sealSaid(deps.sealer, write, error);
  const code = leftOpen === "confirmed" ? documentUnseen : error.code;
  const { worker } = deps.database;
  await run(worker, postponeWrite, tenant, job, version, docStatus, fence, code, afterSeconds, null, said, leftOpen);
}

/** So long at most, should the news of a launch get lost. */
const LAUNCH_SECONDS = 900;

/** Nothing is wrong with the EHR: the signer's token has ended, and their next launch brings a new one. Said once. */
export async function waitForLaunch(
  deps: SettleDeps,
  write: DueWrite,
  { fence, waits_for: before }: ClaimedWrite,
  signer: string | undefined,
): Promise<void> {
  const { tenant, job, version, doc_status: docStatus } = write;
  const waits = [
    tenant,
    job,
    version,
    docStatus,
    fence,
    launchNeeded,
    LAUNCH_SECONDS,
    signer ?? null,
    null,
    null,
  ] as const;
  const isNews = signer !== undefined && before !== signer;
  const waiting = await deps.database.worker.transaction(tenant, async (tx) => {
    const rows = await run(tx, postponeWrite, ...waits);
    if (rows.length === 0 || !isNews) return false;
    await deps.log.append(tx, tenant, job, [
      { type: "document.waiting", data: { signer, summary: { version, docStatus } } },
    ]);
    return true;
  });
  if (waiting) tellOf(deps, write);
}
