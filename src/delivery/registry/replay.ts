/** Owing anew: what has failed or was held, by choice or since a time, and what an endpoint was never owed. */
import { filterableTypes, matchesFilter } from "../../core/delivery/data-filter.ts";
import { typesOf } from "../../core/delivery/event-filter.ts";
import { AdapterError } from "../../core/errors.ts";
import { run } from "../../db/query.ts";
import { readerPosition } from "../../events/reader.ts";
import { insertDeliveries } from "../fan-out-store.ts";
import { held } from "./held.ts";
import type { RegistryCaller, RegistryDeps } from "./deps.ts";
import { noteChange } from "./deps.ts";
import { missingEvents, readDelivery, readOne, replayBatch } from "./store.ts";
import { webhookSettingsOf } from "./view.ts";

export interface ReplayChoice {
  readonly endpoint?: string | undefined;
  readonly types?: readonly string[] | undefined;
  /** RFC 3339: events owed since then, and before then. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Single deliveries, `<endpoint>:<sequence>`. */
  readonly deliveries?: readonly string[] | undefined;
  /** Default: both. */
  readonly states?: readonly ("dead" | "held")[] | undefined;
  /** How many become due in a second. The endpoint's own rate holds besides. */
  readonly perSecond: number;
}

const batch = 2_000;

/** A delivery by its name, `<endpoint>:<sequence>`. Throws 404 for what is none. */
export function deliveryKey(name: string): { readonly endpoint: string; readonly sequence: string } {
  const groups = /^(?<endpoint>[A-Za-z0-9._-]{1,128}):(?<sequence>[1-9]\d{0,17})$/u.exec(name)?.groups;
  if (groups === undefined) throw new AdapterError("not_found");
  return { endpoint: groups["endpoint"] ?? "", sequence: groups["sequence"] ?? "" };
}

/** Only what rests can be replayed; `withheld` never: what it told of was taken back. */
const resting = ["dead", "held"] as const;

/** @returns how many are owed anew. In batches, each a transaction of its own: a long replay holds up nobody. */
export async function replay(deps: RegistryDeps, caller: RegistryCaller, choice: ReplayChoice): Promise<number> {
  let queued = 0;
  for (;;) {
    const taken = await replayOne(deps, caller, choice, choice.states ?? resting, queued / choice.perSecond);
    queued += taken;
    if (taken < batch) return queued;
  }
}

async function replayOne(
  deps: RegistryDeps,
  caller: RegistryCaller,
  choice: ReplayChoice,
  states: readonly string[],
  afterSeconds: number,
): Promise<number> {
  const { tenant } = caller;
  const { endpoint = null, types = null, since = null, until = null, deliveries = null, perSecond } = choice;
  const taken = await deps.pool.transaction(tenant, async (tx) => {
    const filter = [states, endpoint, types, since, until, deliveries] as const;
    const rows = await run(tx, replayBatch, tenant, ...filter, batch, afterSeconds, perSecond);
    for (const id of new Set(rows.map((row) => row.endpoint))) await deps.kick(tx, tenant, id);
    if (rows.length > 0) await noteChange(deps, tx, caller, `replay ${rows.length}`);
    return rows.length;
  });
  deps.wake();
  return taken;
}

/** Sends one delivery again, a delivered one too. Throws 404, and 409 for one that is on its way or was taken back. */
export async function replayDelivery(deps: RegistryDeps, caller: RegistryCaller, name: string): Promise<number> {
  const key = deliveryKey(name);
  const [row] = await run(deps.pool, readDelivery, caller.tenant, key.endpoint, key.sequence);
  if (row === undefined) throw new AdapterError("not_found");
  if (row.state === "pending") throw new AdapterError("state_conflict", { message: "It is on its way already." });
  if (row.state === "withheld")
    throw new AdapterError("state_conflict", { message: "What it told of was taken back: it is not sent again." });
  const choice = { deliveries: [name], endpoint: key.endpoint, perSecond: 1 };
  const queued = await replayOne(deps, caller, choice, [row.state], 0);
  if (queued === 0)
    throw new AdapterError("state_conflict", { message: "The endpoint takes nothing now: resume it first." });
  return queued;
}

export interface Recovery {
  /** RFC 3339. */
  readonly since: string;
  /** `failed`: what is dead or held; `missing`: what it was never owed. Default: both. */
  readonly only?: "failed" | "missing" | undefined;
  readonly perSecond: number;
}

const DAY_MS = 86_400_000;
/** Replicas need not agree to the minute on when a delivery was forgotten. */
const MARGIN_MS = 3_600_000;

/**
 * What was delivered before the horizon is forgotten, so that it would look as if it had never been owed, and be sent again.
 * @throws AdapterError `gone` (410)
 */
function requireKnown({ now, keptDays }: RegistryDeps, since: string): void {
  const horizonMs = now() - keptDays * DAY_MS + MARGIN_MS;
  if (Date.parse(since) >= horizonMs) return;
  throw new AdapterError("gone", {
    at: "since",
    message: `What was delivered is known for ${keptDays} days, since ${new Date(horizonMs).toISOString()}: what is missing before that cannot be told. \`only=failed\` has no such limit.`,
  });
}

/** Makes up for the time since a moment. @returns how many deliveries are owed anew or for the first time */
export async function recover(
  deps: RegistryDeps,
  caller: RegistryCaller,
  id: string,
  { since, only, perSecond }: Recovery,
): Promise<number> {
  const [row] = await run(deps.pool, readOne, caller.tenant, id);
  if (row === undefined) throw new AdapterError("not_found");
  if (row.status !== "active")
    throw new AdapterError("state_conflict", { message: `The endpoint is ${row.status}: resume it first.` });
  if (only !== "failed") requireKnown(deps, since);
  const failed = only === "missing" ? 0 : await replay(deps, caller, { endpoint: id, since, perSecond });
  const missing = only === "failed" ? 0 : await oweMissing(deps, caller, id, since);
  return failed + missing;
}

interface OwedBatch {
  readonly owed: number;
  /** Where the next batch begins; absent behind the last. */
  readonly next?: string;
}

async function oweBatch(
  deps: RegistryDeps,
  caller: RegistryCaller,
  id: string,
  since: string,
  after: string,
): Promise<OwedBatch> {
  const { tenant } = caller;
  return deps.pool.transaction(tenant, async (tx) => {
    // Two recoveries at once would both find the same events missing.
    const { events: patterns, filter } = webhookSettingsOf(await held(tx, tenant, id));
    const types = filterableTypes(filter, typesOf(patterns));
    const dealtOut = String(await readerPosition(tx, "delivery"));
    const candidates = await run(tx, missingEvents, tenant, id, since, types, dealtOut, batch, after);
    const last = candidates.at(-1);
    const next = last === undefined || candidates.length < batch ? {} : { next: last.pos };
    const missing = candidates.filter(({ data }) => matchesFilter(filter, data));
    if (missing.length === 0) return { owed: 0, ...next };
    await run(
      tx,
      insertDeliveries,
      tenant,
      missing.map(() => id),
      missing.map(({ job }) => job),
      missing.map(({ seq }) => seq),
      missing.map(({ pos }) => pos),
    );
    await deps.kick(tx, tenant, id);
    await noteChange(deps, tx, caller, `recover ${id} ${missing.length}`);
    return { owed: missing.length, ...next };
  });
}

/**
 * Owes events that the endpoint asks for now and was never owed: made later, or with another filter then. They get the next
 * numbers, in the log's order. Only what the fan-out has passed: it will deal out the rest itself.
 */
async function oweMissing(deps: RegistryDeps, caller: RegistryCaller, id: string, since: string): Promise<number> {
  let owed = 0;
  // What a filter leaves out stays missing for good: each batch begins behind the one before.
  for (let after: string | undefined = "0"; after !== undefined;) {
    const done: OwedBatch = await oweBatch(deps, caller, id, since, after);
    owed += done.owed;
    after = done.next;
  }
  deps.wake();
  return owed;
}
