/** Debts of endpoints whose lanes are in this process: handed over with their events, so that no lane has to claim them. */
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import type { ClaimedContent } from "./claimed.ts";
import { toContent } from "./claimed.ts";
import type { Offer } from "./lane.ts";
import type { LaneKey } from "./lane-key.ts";
import type { OwedRow } from "./fan-out-store.ts";
import { readEvents } from "./fan-out-store.ts";

/** Where an event lies in its tenant. */
export interface EventPlace {
  readonly job: string;
  readonly sequence: number;
}

export interface LaneOffer {
  readonly key: LaneKey;
  readonly offer: Offer;
}

/** Contents by the event's place. */
export type Contents = ReadonlyMap<string, ClaimedContent>;

const nameOf = (job: string, sequence: number): string => `${job} ${sequence}`;
const none: Contents = new Map();

/** Reads events once for all their endpoints. Whatever fails leaves the lanes to claim for themselves. */
export async function readContents(pool: Pool, tenant: string, places: readonly EventPlace[]): Promise<Contents> {
  if (places.length === 0) return none;
  const jobs = places.map(({ job }) => job);
  const sequences = places.map(({ sequence }) => sequence);
  const rows = await run(pool, readEvents, tenant, jobs, sequences).catch(() => []);
  return new Map(
    rows.flatMap((row) => {
      const content = toContent(tenant, row);
      return content === undefined ? [] : [[nameOf(row.job, row.job_sequence), content] as const];
    }),
  );
}

function offerOf(rows: readonly OwedRow[], contents: Contents): Offer | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const deliveries = rows.flatMap((row) => {
    const content = contents.get(nameOf(row.job, row.job_sequence));
    return content === undefined ? [] : [{ sequence: row.sequence, ...content, attempts: 0, scheduleFrom: 0 }];
  });
  if (deliveries.length < rows.length) return undefined;
  return {
    epoch: first.lane_epoch,
    revision: first.revision,
    deliveries: deliveries.toSorted((one, other) => one.sequence - other.sequence),
  };
}

/** What each lane is offered of the debts that were written; nothing where not all of an endpoint's events could be read. */
export function offersOf(tenant: string, owed: readonly OwedRow[], contents: Contents): readonly LaneOffer[] {
  const pending = owed.filter(({ state }) => state === "pending");
  return [...Map.groupBy(pending, ({ endpoint }) => endpoint)].flatMap(([endpoint, rows]) => {
    const offer = offerOf(rows, contents);
    return offer === undefined ? [] : [{ key: { tenant, endpoint }, offer }];
  });
}
