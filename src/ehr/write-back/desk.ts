/** Documents on their way into the EHR, for people: where each stands, what the EHR said, and another try. */
import type { Audit } from "../../audit/audit.ts";
import type { WriteMeaning, WriteState } from "../../core/write-back/explain-write.ts";
import { explainWrite, writeStateOf } from "../../core/write-back/explain-write.ts";
import type { Principal } from "../../core/access/principal.ts";
import type { Pool } from "../../db/database.ts";
import { run } from "../../db/query.ts";
import type { Sealer } from "../../db/sealer.ts";
import type { OutcomeIssue } from "../outcome-issues.ts";
import { openSaid } from "./said.ts";
import type { WriteRow } from "./store.ts";
import { listWrites, retryWrites, writesOfJob } from "./store.ts";

/** One version's way into the EHR. */
export interface DocumentWrite {
  readonly job: string;
  readonly version: number;
  readonly docStatus: string;
  readonly state: WriteState;
  readonly attempts: number;
  /** Relative reference of the document in the EHR. */
  readonly reference?: string;
  /** RFC 3339; while it is due, retried or waiting. */
  readonly nextAttemptAt?: string;
  /** Whose launch it waits for. */
  readonly waitsFor?: string;
  readonly updatedAt: string;
  readonly problem?: WriteMeaning & {
    readonly code: string;
    /** HTTP status of the EHR's answer. */
    readonly status?: number;
    /** What the EHR says, in its own words: may speak of the patient. */
    readonly issues: readonly OutcomeIssue[];
  };
}

/** States that a list is asked for by. */
export const listStates = ["open", "rejected", "written"] as const;
export type ListState = (typeof listStates)[number];
const rowState: Readonly<Record<ListState, WriteRow["state"]>> = {
  open: "pending",
  rejected: "rejected",
  written: "written",
};

export interface WriteDesk {
  /** The oldest first. */
  ofJob(tenant: string, job: string): Promise<readonly DocumentWrite[]>;
  /** The newest change first; `next` goes on behind it, null at the end. */
  list(
    tenant: string,
    states: readonly ListState[],
    page: { readonly before?: string; readonly limit: number },
  ): Promise<{ readonly items: readonly DocumentWrite[]; readonly next: string | null }>;
  /** What was refused, and what waits for its next try, is tried now: of one job, or of all. Answers how many. */
  retry(principal: Principal, job?: string): Promise<number>;
}

export interface WriteDeskDeps {
  readonly db: Pool;
  readonly sealer: Sealer;
  readonly audit: Audit;
}

export function createWriteDesk({ db, sealer, audit }: WriteDeskDeps): WriteDesk {
  const shown = (tenant: string, row: WriteRow): DocumentWrite => toWrite(tenant, row, sealer);
  return {
    ofJob: async (tenant, job) => (await run(db, writesOfJob, tenant, job)).map((row) => shown(tenant, row)),
    async list(tenant, states, { before, limit }) {
      const wanted = states.map((state) => rowState[state]);
      const rows = await run(db, listWrites, tenant, wanted, before === undefined ? null : new Date(before), limit);
      const next = rows.length < limit ? null : (rows.at(-1)?.updated_at.toISOString() ?? null);
      return { items: rows.map((row) => shown(tenant, row)), next };
    },
    async retry({ tenant, actor }, job) {
      return db.transaction(tenant, async (tx) => {
        const again = await run(tx, retryWrites, tenant, job ?? null);
        const of = job === undefined ? {} : { job };
        await audit.record({ tenant, action: "document.retry", outcome: "success", actor, ...of }, tx);
        return again.length;
      });
    },
  };
}

function toWrite(tenant: string, row: WriteRow, sealer: Sealer): DocumentWrite {
  const { job, version, doc_status: docStatus, state, error, attempts, reference, waits_for: waitsFor } = row;
  const said = openSaid(sealer, { tenant, job, version, doc_status: docStatus }, row.said);
  const facts = { state, error, status: said?.status };
  const meaning = explainWrite(facts);
  return {
    job,
    version,
    docStatus,
    state: writeStateOf(facts),
    attempts,
    ...(reference === null ? {} : { reference }),
    ...(state === "pending" ? { nextAttemptAt: row.due_at.toISOString() } : {}),
    ...(waitsFor === null ? {} : { waitsFor }),
    updatedAt: row.updated_at.toISOString(),
    ...(meaning === undefined || error === null
      ? {}
      : {
          problem: {
            code: error,
            ...meaning,
            ...(said?.status === undefined ? {} : { status: said.status }),
            issues: said?.issues ?? [],
          },
        }),
  };
}
