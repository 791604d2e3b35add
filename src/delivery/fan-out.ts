/** The reader of the log that owes events to endpoints. Its cursor moves in the transaction of its inserts. */
import type { Pool } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import { takeNext } from "../events/reader.ts";
import { insertDeliveries } from "./fan-out-store.ts";
import type { LaneKey } from "./lane-key.ts";
import type { Contents, LaneOffer } from "./offers.ts";
import { offersOf, readContents } from "./offers.ts";
import type { EventRules } from "./owed.ts";
import type { Owed } from "./wanted.ts";
import { owedOf } from "./owed.ts";

export interface FanOutDependencies extends EventRules {
  readonly pool: Pool;
  /** Asks for a lane's attention inside the transaction, so that a kick is neither early nor lost. */
  readonly kick?: (tx: Executor, tenant: string, endpoint: string) => Promise<void>;
  /** Whether the endpoint's lane is in this process: it needs no kick. */
  readonly hasLane?: (key: LaneKey) => boolean;
}

/** What one step came to: the endpoints that got something, what lanes of this process can have at once, whether more is waiting. */
export interface FanOutStep {
  readonly lanes: readonly LaneKey[];
  readonly offers: readonly LaneOffer[];
  readonly more: boolean;
  /** Whether the events got their positions with it. */
  readonly numbered: boolean;
}

interface TenantStep {
  readonly lanes: readonly LaneKey[];
  /** Never rejects. It is waited for after the commit: locks are held until then. */
  readonly offers: Promise<readonly LaneOffer[]>;
}

const batch = 500;
/** Up to so many events of a tenant are handed over. More are a backlog, which lanes claim as they get on with it. */
const mostOffered = 16;
/** Up to so many events get their positions along with their debts, and one commit less stands between them and their arrival. */
const mostNumbered = 16;
/** Debts of a step that gives positions: all other readers wait for its commit. */
const mostOwedAlong = 256;
const reader = "delivery";

/** The events that lanes of this process will want, read beside the transaction: they were committed long ago. */
async function contentsFor(tenant: string, owed: readonly Owed[], deps: FanOutDependencies): Promise<Contents> {
  const wanted = owed.filter(({ endpoint }) => deps.hasLane?.({ tenant, endpoint }) === true);
  const events = [...new Set(wanted.map(({ event }) => event))];
  return readContents(deps.pool, tenant, events.length > mostOffered ? [] : events);
}

/** Inserts what one tenant's endpoints are owed. */
async function fanOutTenant(
  tx: Executor,
  tenant: string,
  owed: readonly Owed[],
  deps: FanOutDependencies,
): Promise<TenantStep> {
  if (owed.length === 0) return { lanes: [], offers: Promise.resolve([]) };
  const reading = contentsFor(tenant, owed, deps);
  const inserted = await run(
    tx,
    insertDeliveries,
    tenant,
    owed.map(({ endpoint }) => endpoint),
    owed.map(({ event }) => event.job),
    owed.map(({ event }) => event.sequence),
    owed.map(({ event }) => String(event.position)),
  );
  const pending = inserted.filter((row) => row.state === "pending").map((row) => row.endpoint);
  const lanes = [...new Set(pending)].map((endpoint) => ({ tenant, endpoint }));
  return { lanes, offers: reading.then((contents) => offersOf(tenant, inserted, contents)) };
}

/** Too much is owed for everybody to wait for it: the sequencer gives the positions, and a later step deals out. */
class LeftToSequencer extends Error {}

interface DealtOut {
  readonly steps: readonly TenantStep[];
  readonly more: boolean;
  readonly numbered: boolean;
}

const nothing: DealtOut = { steps: [], more: false, numbered: false };

/** The step's transaction: what each tenant's endpoints are owed, and kicks. */
async function dealOut(tx: Executor, deps: FanOutDependencies): Promise<DealtOut | undefined> {
  const taken = await takeNext(tx, reader, batch, mostNumbered);
  if (taken === undefined) return undefined;
  const { events, numbered } = taken;
  const steps: TenantStep[] = [];
  for (const [tenant, own] of Map.groupBy(events, (event) => event.tenant)) {
    const owed = await owedOf(tx, tenant, own, deps);
    if (numbered && owed.length > mostOwedAlong) throw new LeftToSequencer();
    steps.push(await fanOutTenant(tx, tenant, owed, deps));
  }
  for (const key of steps.flatMap(({ lanes }) => lanes))
    if (deps.hasLane?.(key) !== true) await deps.kick?.(tx, key.tenant, key.endpoint);
  return { steps, more: events.length === batch, numbered };
}

/**
 * Deals out the next events of the log. Undefined when another replica is at it.
 * @throws what the database throws; nothing has moved then
 */
export async function fanOutStep(deps: FanOutDependencies): Promise<FanOutStep | undefined> {
  const dealt = await deps.pool
    .transaction(null, (tx) => dealOut(tx, deps))
    .catch((thrown: unknown) => {
      if (thrown instanceof LeftToSequencer) return nothing;
      throw thrown;
    });
  if (dealt === undefined) return undefined;
  const { steps, more, numbered } = dealt;
  const offers = await Promise.all(steps.map((step) => step.offers));
  return { lanes: steps.flatMap((step) => step.lanes), offers: offers.flat(), more, numbered };
}
