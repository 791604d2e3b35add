/** The log in Postgres. */
import { randomBytes } from "node:crypto";
import { AdapterError } from "../core/errors.ts";
import type { EventData, EventType, JobEvent } from "../core/event/event.ts";
import { isDraftEvent, publicEventTypes } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { SealContext, Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import type { EventLog, NewEvent } from "./event-log.ts";
import type { AppendedRow, EventRow } from "./store.ts";
import {
  appendEvents,
  appendStreamEvents,
  newestPosition,
  readFeedEvents,
  readJobEvents,
  readJobsEvents,
  readOneEvent,
} from "./store.ts";

/** The job is not ours any more: another attempt holds it, or it ended. What this attempt still wanted to write is void. */
export class FenceLost extends Error {
  constructor() {
    super("the job moved on without this attempt");
    this.name = "FenceLost";
  }
}

export interface FencedEventLog extends EventLog {
  /** Like `append`, for a worker: throws FenceLost unless the job is in progress under this epoch. */
  appendFenced(
    tx: Executor,
    tenant: string,
    job: string,
    epoch: bigint,
    events: readonly NewEvent[],
  ): Promise<readonly JobEvent[]>;
}

export interface EventLogOptions {
  /** Where reads go. */
  readonly reader: Executor;
  readonly sealer: Sealer;
  /** Random event id; `evt_` and no "." (Standard Webhooks). */
  readonly newEventId?: () => string;
}

const randomEventId = (): string => `evt_${randomBytes(16).toString("hex")}`;

const sealContext = (tenant: string, job: string, event: string): SealContext => ({
  tenant,
  purpose: "event",
  id: job,
  version: event,
});

function sectionOf(data: EventData): string | null {
  return typeof data["section"] === "string" ? data["section"] : null;
}

/** `summary.*` stands for every type that begins so; the types that a feed can hold are known. */
function expandTypes(patterns: readonly string[]): readonly string[] {
  return publicEventTypes.filter((type) =>
    patterns.some(
      (pattern) =>
        pattern === "*" || pattern === type || (pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1))),
    ),
  );
}

function toAppended(tenant: string, log: string, row: AppendedRow, event: NewEvent | undefined): JobEvent {
  return {
    id: row.id,
    tenant,
    job: log,
    sequence: row.seq,
    type: row.type as EventType,
    time: row.at.toISOString(),
    source: row.source,
    data: event?.data ?? {},
    ...(row.trace_parent === null ? {} : { traceParent: row.trace_parent }),
  };
}

async function insertStream(
  newEventId: () => string,
  tx: Executor,
  tenant: string,
  stream: string,
  source: string,
  events: readonly NewEvent[],
): Promise<readonly JobEvent[]> {
  if (events.length === 0) return [];
  const ids = events.map(() => newEventId());
  const types = events.map(({ type }) => type);
  const data = events.map((event) => JSON.stringify(event.data));
  const rows = await run(tx, appendStreamEvents, tenant, stream, events.length, source, ids, types, data);
  return rows.map((row, index) => toAppended(tenant, stream, row, events[index]));
}

export function createEventLog(options: EventLogOptions): FencedEventLog {
  const { reader, sealer } = options;
  const newEventId = options.newEventId ?? randomEventId;

  const toEvent = (tenant: string, row: EventRow): JobEvent => ({
    id: row.id,
    tenant,
    job: row.job,
    sequence: row.seq,
    type: row.type as EventType,
    time: row.at.toISOString(),
    source: row.source,
    data: row.data ?? unsealed(tenant, row),
    ...(row.trace_parent === null ? {} : { traceParent: row.trace_parent }),
    ...(row.pos === null ? {} : { position: Number(row.pos) }),
  });

  const unsealed = (tenant: string, row: EventRow): EventData =>
    row.sealed === null ? {} : (openJson(sealer, row.sealed, sealContext(tenant, row.job, row.id)) as EventData);

  async function insert(
    tx: Executor,
    tenant: string,
    job: string,
    fence: bigint | null,
    events: readonly NewEvent[],
  ): Promise<readonly JobEvent[]> {
    if (events.length === 0) return [];
    const ids = events.map(() => newEventId());
    const rows = await run(
      tx,
      appendEvents,
      tenant,
      job,
      events.length,
      fence === null ? null : String(fence),
      ids,
      events.map((event) => event.type),
      events.map((event) => (isDraftEvent(event.type) ? sectionOf(event.data) : null)),
      events.map((event) => (isDraftEvent(event.type) ? null : JSON.stringify(event.data))),
      events.map((event, index) =>
        isDraftEvent(event.type) ? sealJson(sealer, event.data, sealContext(tenant, job, ids[index] ?? "")) : null,
      ),
    );
    if (rows.length !== events.length)
      throw fence === null ? new AdapterError("not_found", { at: "job" }) : new FenceLost();
    return rows.map((row, index) => toAppended(tenant, job, row, events[index]));
  }

  return {
    append: (tx, tenant, job, events) => insert(tx, tenant, job, null, events),
    appendFenced: (tx, tenant, job, epoch, events) => insert(tx, tenant, job, epoch, events),
    appendStream: (...given) => insertStream(newEventId, ...given),
    async readJob(tenant, job, afterSequence, limit) {
      const rows = await run(reader, readJobEvents, tenant, job, afterSequence, limit);
      return rows.map((row) => toEvent(tenant, row));
    },
    async readJobs(tenant, cursors, limitPerJob) {
      if (cursors.size === 0) return [];
      const rows = await run(reader, readJobsEvents, tenant, [...cursors.keys()], [...cursors.values()], limitPerJob);
      return rows.map((row) => toEvent(tenant, row));
    },
    async readFeed(tenant, afterPosition, limit, types) {
      const wanted = types === undefined ? null : expandTypes(types);
      const rows = await run(reader, readFeedEvents, tenant, String(afterPosition), wanted, limit);
      return rows.map((row) => toEvent(tenant, row));
    },
    async newestPosition(tenant) {
      const [row] = await run(reader, newestPosition, tenant);
      return Number(row?.pos ?? 0);
    },
    async readOne(tenant, job, sequence) {
      const [row] = await run(reader, readOneEvent, tenant, job, sequence);
      return row === undefined ? undefined : toEvent(tenant, row);
    },
  };
}
