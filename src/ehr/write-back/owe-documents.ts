/** The write-back's reader of the log: what the log says the EHR is owed becomes a row, in the cursor's transaction. */
import { AdapterError } from "../../core/errors.ts";
import type { Database } from "../../db/database.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { EventLog } from "../../events/event-log.ts";
import type { SequencedEvent } from "../../events/reader.ts";
import { takeNext } from "../../events/reader.ts";
import { z } from "zod";
import { insertWrite } from "./store.ts";

/** When a tenant's EHR gets a document (write profile). */
export type WriteWhen = "signed" | "preliminary-and-signed" | "never";

const READER = "write-back";
const BATCH = 200;

const summaryData = z.looseObject({ summary: z.looseObject({ version: z.int(), docStatus: z.string() }) });

/** What was signed is owed, and so is every change of it: a chart must not go on showing what its signer took back. */
const signedChanges: ReadonlySet<string> = new Set(["summary.signed", "summary.amended", "summary.retracted"]);

/** Whether an event of this type leaves a document owed to the EHR. */
export function isOwed(type: string, when: WriteWhen): boolean {
  if (when === "never") return false;
  return signedChanges.has(type) || (type === "summary.ready" && when === "preliminary-and-signed");
}

/** Reads one batch. Returns true when there may be more. `onError` is told of an event that says nothing that can be owed. */
export async function oweDocuments(
  database: Database,
  log: Pick<EventLog, "readOne">,
  whenOf: (tenant: string) => WriteWhen,
  onError: (error: unknown) => void,
): Promise<boolean> {
  return database.worker.transaction(null, async (tx) => {
    const { events } = (await takeNext(tx, READER, BATCH)) ?? { events: [] };
    for (const event of events) {
      if (isOwed(event.type, whenOf(event.tenant))) await owe(tx, log, event, onError);
    }
    return events.length === BATCH;
  });
}

/** One event that cannot be read must not hold up the documents of every hospital behind it: it is told of and passed over. */
async function owe(
  tx: Executor,
  log: Pick<EventLog, "readOne">,
  { tenant, job, sequence }: SequencedEvent,
  onError: (error: unknown) => void,
): Promise<void> {
  const stored = await log.readOne(tenant, job, sequence);
  const read = summaryData.safeParse(stored?.data);
  if (read.success) {
    const { version, docStatus } = read.data.summary;
    await run(tx, insertWrite, tenant, job, version, docStatus);
  } else {
    const detail = `event ${sequence} of job ${job} names no summary to write into the EHR: passed over`;
    onError(new AdapterError("internal", { detail }));
  }
}
