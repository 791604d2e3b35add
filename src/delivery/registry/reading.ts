/** What can be looked up: endpoints with their backlog, deliveries that rest, attempts, one delivery's whole life. */
import { AdapterError } from "../../core/errors.ts";
import { subjectOf } from "../../core/event/event.ts";
import { run } from "../../db/query.ts";
import { openAnswer } from "../answer-head.ts";
import type { RegistryCaller, RegistryDeps } from "./deps.ts";
import { deliveryKey } from "./replay.ts";
import type { AttemptRow, DeliveryRow } from "./store.ts";
import {
  BACKLOG_COUNTED,
  deliveryAttempts,
  listAttempts,
  listKept,
  listOwed,
  listPage,
  readBacklog,
  readDelivery,
  readOne,
} from "./store.ts";
import type { EndpointView } from "./view.ts";
import { toView } from "./view.ts";

/** How much is owed. Counts end at 10,000: "at least" from there. */
export interface Backlog {
  readonly pending: number;
  /** RFC 3339: the oldest of them. */
  readonly oldestAt?: string;
  readonly dead: number;
  readonly held: number;
}

export interface DeliveryView {
  /** `<endpoint>:<sequence>`. */
  readonly id: string;
  readonly endpoint: string;
  readonly endpointSequence: number;
  /** `webhook-id`. */
  readonly event: string;
  readonly type: string;
  /** What the event is about: `job/<id>`, `batch/<id>`, `endpoint/<id>`. */
  readonly subject: string;
  /** Its place in that log. */
  readonly sequence: number;
  readonly state: "pending" | "delivered" | "dead" | "withheld" | "held";
  /** What the last attempt ended in, or why it is held. */
  readonly code?: string;
  readonly attempts: number;
  /** The earlier delivery of the same job that this one waited for no longer. */
  readonly overtook?: string;
  /** While pending: when it may go out. */
  readonly dueAt?: string;
  readonly createdAt: string;
  readonly doneAt?: string;
}

export interface AttemptView {
  readonly delivery: string;
  readonly number: number;
  readonly event?: string;
  readonly type?: string;
  readonly outcome: string;
  readonly code: string;
  readonly httpStatus?: number;
  readonly responseBytes: number;
  readonly durationMs: number;
  readonly startedAt: string;
  /** When it is tried again. */
  readonly retryAt?: string;
}

export interface KeptSearch {
  readonly states: readonly ("dead" | "held")[];
  readonly endpoint?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** One of `event` and `subject` is there. */
export interface OwedSearch {
  readonly event?: string | undefined;
  /** `job/<id>`, `batch/<id>`, `endpoint/<id>`; a bare id is a job's. */
  readonly subject?: string | undefined;
  readonly endpoint?: string | undefined;
}

export interface AttemptSearch {
  /** `<endpoint>:<sequence>`: of this one only. */
  readonly delivery?: string | undefined;
  readonly outcomes?: readonly string[] | undefined;
  readonly since?: string | undefined;
}

/** A page, and where the next one begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

function toDelivery(row: DeliveryRow): DeliveryView {
  return {
    id: `${row.endpoint}:${row.sequence}`,
    endpoint: row.endpoint,
    endpointSequence: Number(row.sequence),
    event: row.event_id,
    type: row.type,
    subject: subjectOf(row.job),
    sequence: row.job_sequence,
    state: row.state as DeliveryView["state"],
    ...(row.code === null ? {} : { code: row.code }),
    attempts: row.attempts,
    ...(row.overtook === null ? {} : { overtook: `${row.endpoint}:${row.overtook}` }),
    ...(row.state === "pending" ? { dueAt: row.due_at.toISOString() } : {}),
    createdAt: row.created_at.toISOString(),
    ...(row.done_at === null ? {} : { doneAt: row.done_at.toISOString() }),
  };
}

function toAttempt(endpoint: string, row: AttemptRow): AttemptView {
  return {
    delivery: `${endpoint}:${row.sequence}`,
    number: row.number,
    ...(row.event_id === null ? {} : { event: row.event_id }),
    ...(row.type === null ? {} : { type: row.type }),
    outcome: row.outcome,
    code: row.code,
    ...(row.http_status === null ? {} : { httpStatus: row.http_status }),
    responseBytes: row.response_bytes,
    durationMs: row.duration_ms,
    startedAt: row.started_at.toISOString(),
    ...(row.retry_at === null ? {} : { retryAt: row.retry_at.toISOString() }),
  };
}

function page<Row, T>(rows: readonly Row[], limit: number, to: (row: Row) => T, mark: (row: Row) => string): Page<T> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const items = rows.slice(0, limit).map(to);
  return last === undefined ? { items } : { items, next: mark(last) };
}

export async function list(
  { pool, sealer, now }: RegistryDeps,
  tenant: string,
  after: string | undefined,
  limit: number,
): Promise<Page<EndpointView>> {
  const rows = await run(pool, listPage, tenant, after ?? null, limit + 1);
  return page(
    rows,
    limit,
    (row) => toView(sealer, tenant, now(), row),
    ({ id }) => id,
  );
}

export async function read(
  { pool, sealer, now }: RegistryDeps,
  tenant: string,
  id: string,
): Promise<EndpointView & { readonly backlog: Backlog }> {
  const [row] = await run(pool, readOne, tenant, id);
  if (row === undefined) throw new AdapterError("not_found");
  const [owed] = await run(pool, readBacklog, tenant, id, BACKLOG_COUNTED);
  const backlog = {
    pending: owed?.pending ?? 0,
    dead: owed?.dead ?? 0,
    held: owed?.held ?? 0,
    ...(owed?.oldest_at == null ? {} : { oldestAt: owed.oldest_at.toISOString() }),
  };
  return { ...toView(sealer, tenant, now(), row), backlog };
}

/** Exhausted and held deliveries, newest first. `after` is an earlier page's `next`. */
export async function kept(
  { pool }: RegistryDeps,
  tenant: string,
  search: KeptSearch,
  after: string | undefined,
  limit: number,
): Promise<Page<DeliveryView>> {
  const [beforeAt = null, beforeEndpoint = null, beforeSequence = null] = after?.split("|") ?? [];
  const rows = await run(
    pool,
    listKept,
    tenant,
    search.states,
    search.endpoint ?? null,
    search.types ?? null,
    search.since ?? null,
    search.until ?? null,
    beforeAt,
    beforeEndpoint,
    beforeSequence,
    limit + 1,
  );
  return page(rows, limit, toDelivery, ({ done_exact, endpoint: of, sequence }) => `${done_exact}|${of}|${sequence}`);
}

/** Whom an event, or everything a job told of, is or was owed to: in the order of the events, then of the endpoints. */
export async function owed(
  { pool }: RegistryDeps,
  tenant: string,
  { event, subject, endpoint }: OwedSearch,
  after: string | undefined,
  limit: number,
): Promise<Page<DeliveryView>> {
  const [afterSequence, afterEndpoint = null] = after?.split("|") ?? [];
  const log = subject?.replace(/^job\//u, "") ?? null;
  const place = [afterSequence === undefined ? null : Number(afterSequence), afterEndpoint] as const;
  const rows = await run(pool, listOwed, tenant, event ?? null, log, endpoint ?? null, ...place, limit + 1);
  return page(rows, limit, toDelivery, ({ job_sequence, endpoint: of }) => `${job_sequence}|${of}`);
}

/** Attempts at an endpoint, the newest delivery's first. */
export async function attempts(
  { pool }: RegistryDeps,
  tenant: string,
  id: string,
  search: AttemptSearch,
  after: string | undefined,
  limit: number,
): Promise<Page<AttemptView>> {
  const [known] = await run(pool, readOne, tenant, id);
  if (known === undefined) throw new AdapterError("not_found");
  const key = search.delivery === undefined ? undefined : deliveryKey(search.delivery);
  if (key !== undefined && key.endpoint !== id) throw new AdapterError("not_found");
  const [sequence = null, number] = after?.split("|") ?? [];
  const before = number === undefined ? null : Number(number);
  const filter = [key?.sequence ?? null, search.outcomes ?? null, search.since ?? null, sequence, before] as const;
  const rows = await run(pool, listAttempts, tenant, id, ...filter, limit + 1);
  return page(
    rows,
    limit,
    (row) => toAttempt(id, row),
    (row) => `${row.sequence}|${row.number}`,
  );
}

/** An attempt with what the receiver answered. */
export interface AttemptWithAnswer extends AttemptView {
  /** The first 4 KB as text. It may name a patient. */
  readonly answer?: string;
}

export interface DeliveryLife extends DeliveryView {
  /** Oldest first. */
  readonly history: readonly AttemptWithAnswer[];
}

/** Clocks of the database and the senders differ a little; attempts are looked for from so long before the delivery was owed. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** One delivery with its attempts, at most the newest hundred. Answers may name patients: that they were read is written down. */
export async function delivery(
  { pool, sealer, audit }: RegistryDeps,
  { tenant, actor }: RegistryCaller,
  name: string,
): Promise<DeliveryLife> {
  const { endpoint, sequence } = deliveryKey(name);
  const [row] = await run(pool, readDelivery, tenant, endpoint, sequence);
  if (row === undefined) throw new AdapterError("not_found");
  const since = new Date(row.created_at.getTime() - CLOCKS_DIFFER_MS);
  const rows = await run(pool, deliveryAttempts, tenant, endpoint, sequence, since, 100);
  const history = rows.toReversed().map((one): AttemptWithAnswer => {
    const { number, answer } = one;
    const seen = toAttempt(endpoint, one);
    return answer === null
      ? seen
      : { ...seen, answer: openAnswer(sealer, answer, { tenant, endpoint, sequence: Number(sequence), number }) };
  });
  if (history.some(({ answer }) => answer !== undefined))
    await audit.record({ tenant, action: "delivery.read", outcome: "success", actor, reason: `answers ${name}` });
  return { ...toDelivery(row), history };
}
