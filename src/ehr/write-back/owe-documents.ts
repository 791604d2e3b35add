/** The write-back's reader of the log: what the log says the EHR is owed becomes a row, in the cursor's transaction. */
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

function isOwed(type: string, when: WriteWhen): boolean {
  if (when === "never") return false;
  return signedChanges.has(type) || (type === "summary.ready" && when === "preliminary-and-signed");
}

/** Reads one batch. Returns true when there may be more. */
export async function oweDocuments(
  database: Database,
  log: Pick<EventLog, "readOne">,
  whenOf: (tenant: string) => WriteWhen,
): Promise<boolean> {
  return database.worker.transaction(null, async (tx) => {
    const { events } = (await takeNext(tx, READER, BATCH)) ?? { events: [] };
    for (const event of events) {
      if (isOwed(event.type, whenOf(event.tenant))) await owe(tx, log, event);
    }
    return events.length === BATCH;
  });
}

async function owe(tx: Executor, log: Pick<EventLog, "readOne">, event: SequencedEvent): Promise<void> {
  const stored = await log.readOne(event.tenant, event.job, event.sequence);
  const { summary } = summaryData.parse(stored?.data);
  await run(tx, insertWrite, event.tenant, event.job, summary.version, summary.docStatus);
}
