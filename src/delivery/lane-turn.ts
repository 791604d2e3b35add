/** The record stage: results and the wish for more go into one statement, claimed deliveries come out. */
import { isOperationalEvent } from "../core/event/event.ts";
import type { Pool } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { sealAnswer } from "./answer-head.ts";
import type { AttemptResult } from "./attempt.ts";
import { toClaimed } from "./claimed.ts";
import type { ClaimedDelivery } from "./destinations/destination.ts";
import type { DueRow } from "./due-rows.ts";
import type { Endpoint } from "./endpoint.ts";
import type { GateNews, LaneGate } from "./lane-gate.ts";
import type { SettledResult, TurnParams, TurnRow } from "./lane-store.ts";
import { holdPending, laneTurn } from "./lane-store.ts";
import type { OperationalEvent, TellOfEndpoint } from "./operational.ts";
import { circuitClosed, circuitOpened, disabled, failing, troubled } from "./operational.ts";

export interface TurnDependencies {
  readonly pool: Pool;
  readonly tell: TellOfEndpoint;
  /** Seals what receivers answered. */
  readonly sealer: Sealer;
}

/** A lane's hold on an endpoint. */
export interface Hold {
  readonly endpoint: Endpoint;
  readonly epoch: number;
  readonly leaseMs: number;
}

export interface Turn {
  readonly status: string;
  readonly revision: number;
  readonly claimed: readonly DueRow[];
}

/** What a lane brings to its turn. */
export interface TurnWish {
  readonly results: readonly AttemptResult[];
  /** Rows to claim. */
  readonly want: number;
  /** Numbers of all that the lane has in hand: waiting, in flight, or among the results. */
  readonly held: readonly number[];
}

const states = { delivered: "delivered", retry: "pending", dead: "dead", withheld: "withheld", held: "held" } as const;

/** From the event to its arrival. What is replayed arrives when somebody asks, which says nothing of this. */
function lagMs({ delivery, outcome, startedAtMs, durationMs }: AttemptResult): number | null {
  if (outcome.kind !== "delivered" || delivery.scheduleFrom > 0) return null;
  return Math.max(0, Math.round(startedAtMs + durationMs - Date.parse(delivery.event.time)));
}

function settled(result: AttemptResult, endpoint: Endpoint, sealer: Sealer): SettledResult {
  const { delivery, outcome, answer, ...rest } = result;
  const key = { tenant: endpoint.tenant, endpoint: endpoint.id };
  const attempt = { ...key, sequence: delivery.sequence, number: delivery.attempts + 1 };
  return {
    sequence: delivery.sequence,
    attempts: delivery.attempts,
    overtook: delivery.overtook ?? null,
    state: states[outcome.kind],
    outcome: outcome.kind,
    code: outcome.code,
    delay_ms: outcome.kind === "retry" ? outcome.delayMs : 0,
    http_status: rest.httpStatus ?? null,
    response_bytes: rest.responseBytes,
    duration_ms: rest.durationMs,
    started_at_ms: rest.startedAtMs,
    lag_ms: lagMs(result),
    ...(result.plain === undefined ? {} : { plain: true }),
    ...(answer === undefined ? {} : { answer: sealAnswer(sealer, answer, attempt) }),
  };
}

/**
 * Why the endpoint ends with these results, if it does. A FHIR subscriber that could not be reached for a whole schedule is
 * in error, and says itself when it is back (backport, rows 77 and 81); a webhook goes on with its next event.
 */
function disableReason(results: readonly AttemptResult[], kind: Endpoint["settings"]["kind"]): string | null {
  const dead = results.flatMap(({ outcome }) => (outcome.kind === "dead" ? [outcome] : []));
  if (dead.some((outcome) => outcome.disable)) return "gone";
  return kind !== "webhook" && dead.length > 0 ? "exhausted" : null;
}

/**
 * Takes one turn.
 * @returns undefined when the lane was lost: nothing was recorded, and nothing more may be sent
 */
export async function takeTurn(
  { pool, tell, sealer }: TurnDependencies,
  hold: Hold,
  gate: LaneGate,
  { results, want, held }: TurnWish,
): Promise<Turn | undefined> {
  const { endpoint, epoch, leaseMs } = hold;
  const { tenant, id, settings } = endpoint;
  const state = gate.state();
  const verdict = gate.verdict(settings);
  const reason = gate.isDisabled
    ? null
    : (disableReason(results, settings.kind) ?? (verdict.kind === "disable" ? "failing" : null));
  const news = gate.news();
  const warning = verdict.kind === "warn" ? verdict.percent : undefined;
  const params: TurnParams = [
    id,
    epoch,
    leaseMs,
    state.circuit,
    state.failures,
    state.untilMs,
    state.quietUntilMs,
    state.paceAtMs,
    reason,
    JSON.stringify(results.map((result) => settled(result, endpoint, sealer))),
    want,
    settings.ordering === "per-job",
    results.map(({ delivery }) => delivery.sequence),
    JSON.stringify(gate.standing(warning, news)),
    settings.orderingMaxWaitMs,
    held,
  ];
  const turn = async (executor: Executor): Promise<TurnRow[]> => run(executor, laneTurn, tenant, ...params);
  const told = [
    ...exhausted(id, results),
    ...gateEvents(id, gate, news, results),
    ...(warning === undefined ? [] : [failing(id, warning, gate.failingSinceMs, settings.disableAfterMs)]),
    ...(reason === null ? [] : [disabled(id, reason)]),
  ];
  const rows = told.length === 0 ? await turn(pool) : await telling(pool, hold, turn, tell, told);
  const [first] = rows;
  if (first === undefined) return undefined;
  if (warning !== undefined) gate.warned(warning);
  if (reason !== null) gate.disabled();
  gate.told(news);
  return { status: first.status, revision: first.revision, claimed: rows.filter((row) => row.sequence !== null) };
}

/** What the gate's news say. */
function gateEvents(
  endpoint: string,
  gate: LaneGate,
  { circuit, troubled: inTrouble }: GateNews,
  results: readonly AttemptResult[],
): readonly OperationalEvent[] {
  const { failures, untilMs } = gate.state();
  const last = results.findLast(({ signal }) => signal === "failure")?.outcome.code;
  return [
    ...(inTrouble ? [troubled(endpoint, gate.trouble.failures, gate.trouble.withinMs, last)] : []),
    ...(circuit === "opened" ? [circuitOpened(endpoint, failures, untilMs)] : []),
    ...(circuit === "closed" ? [circuitClosed(endpoint)] : []),
  ];
}

/** Deliveries that used up their attempts. What tells of deliveries is not told of in turn: two dead ends would never end. */
function exhausted(endpoint: string, results: readonly AttemptResult[]): readonly OperationalEvent[] {
  return results.flatMap(({ delivery, outcome }) =>
    outcome.kind !== "dead" || isOperationalEvent(delivery.event.type)
      ? []
      : [
          {
            type: "delivery.exhausted",
            data: {
              endpoint,
              delivery: `${endpoint}:${delivery.sequence}`,
              event: delivery.event.id,
              eventType: delivery.event.type,
              code: outcome.code,
              attempts: delivery.attempts + 1,
            },
          } as const,
        ],
  );
}

/** A turn whose results are told of: all of it in one transaction. */
async function telling(
  pool: Pool,
  { endpoint: { tenant, id } }: Hold,
  turn: (tx: Executor) => Promise<TurnRow[]>,
  tell: TellOfEndpoint,
  events: readonly OperationalEvent[],
): Promise<TurnRow[]> {
  return pool.transaction(tenant, async (tx) => {
    const rows = await turn(tx);
    if (rows.length === 0) return rows;
    if (events.some(({ type }) => type === "endpoint.disabled"))
      await run(tx, holdPending, tenant, id, "endpoint_disabled", null);
    await tell(tx, tenant, id, events);
    return rows;
  });
}

/** The claimed rows as deliveries, in their order. A row whose event is gone has nothing left to send, and is held. */
export async function withEvents(
  pool: Pool,
  { tenant, id }: Endpoint,
  rows: readonly DueRow[],
): Promise<readonly ClaimedDelivery[]> {
  const gone = rows.flatMap(({ event_id: event, sequence }) => (event === null && sequence !== null ? [sequence] : []));
  if (gone.length > 0) await run(pool, holdPending, tenant, id, "event_gone", gone);
  // Sorted here: there each row would be copied with all that its event says.
  return rows.flatMap((row) => toClaimed(tenant, row) ?? []).toSorted((one, other) => one.sequence - other.sequence);
}
