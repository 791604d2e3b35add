/** What has to hold when a run is over: nothing lost, nothing made up, an attempt row for everything, numbers without a gap. */
import type { TestDatabase } from "../../support/postgres.ts";
import type { CountingReceiver } from "./receiver.ts";

export interface Verdict {
  /** Events in the log. */
  readonly events: number;
  /** Promised, and not received. */
  readonly lost: number;
  /** Delivered without a row that says so. */
  readonly withoutAttempt: number;
  /** Requests that no attempt row tells of: what was in flight, or answered and not yet recorded, at a fault. */
  readonly duplicates: number;
  readonly problems: readonly string[];
}

const logSql = `
  select e.id, d.state, d.attempts,
    (select count(*)::int from handover.attempt a where a.tenant = d.tenant and a.endpoint = d.endpoint and a.sequence = d.sequence) as recorded,
    exists (select 1 from handover.attempt a where a.tenant = d.tenant and a.endpoint = d.endpoint and a.sequence = d.sequence
      and a.outcome = 'delivered') as told
  from handover.event e left join handover.delivery d on d.tenant = e.tenant and d.event_id = e.id`;

const gapsSql = `
  select e.tenant, e.id from handover.endpoint e
  where e.last_sequence <> (select count(*) from handover.delivery d where d.tenant = e.tenant and d.endpoint = e.id)
     or e.last_sequence <> (select coalesce(max(d.sequence), 0) from handover.delivery d where d.tenant = e.tenant and d.endpoint = e.id)`;

const few = (list: readonly string[]): string => list.slice(0, 3).join(", ");

export async function verdictOf(
  testDatabase: TestDatabase,
  receiver: CountingReceiver,
  promised: ReadonlySet<string>,
): Promise<Verdict> {
  const rows = await testDatabase.asOwner(logSql);
  const inLog = new Set(rows.map((row) => String(row["id"])));
  const lost = [...promised].filter((id) => !receiver.ids.has(id));
  const undelivered = rows.filter((row) => row["state"] !== "delivered").map((row) => String(row["id"]));
  const unseen = [...inLog].filter((id) => !receiver.ids.has(id));
  const madeUp = [...receiver.ids.keys()].filter((id) => !inLog.has(id));
  const withoutAttempt = rows.filter((row) => row["told"] !== true).map((row) => String(row["id"]));
  const miscounted = rows.filter((row) => row["attempts"] !== row["recorded"]).map((row) => String(row["id"]));
  const recorded = rows.reduce((sum, row) => sum + Number(row["recorded"] ?? 0), 0);
  const gaps = (await testDatabase.asOwner(gapsSql)).map((row) => `${String(row["tenant"])}/${String(row["id"])}`);
  const broken: readonly (readonly [string, readonly string[]])[] = [
    ["promised and never received", lost],
    ["promised and not in the log", [...promised].filter((id) => !inLog.has(id))],
    ["in the log and not delivered", undelivered],
    ["in the log and never received", unseen],
    ["received and not in the log", madeUp],
    ["delivered without an attempt row", withoutAttempt],
    ["attempts that differ from their rows", miscounted],
    ["endpoints whose numbers have a gap", gaps],
    ["wrong at the receiver", receiver.wrong],
  ];
  return {
    events: rows.length,
    lost: lost.length,
    withoutAttempt: withoutAttempt.length,
    duplicates: receiver.requests - recorded,
    problems: broken.flatMap(([what, ids]) => (ids.length === 0 ? [] : [`${ids.length} ${what}: ${few(ids)}`])),
  };
}
