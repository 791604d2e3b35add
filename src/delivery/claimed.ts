/** Rows that a lane claimed, as the deliveries it sends. */
import type { EventData, EventType, JobEvent } from "../core/event/event.ts";
import type { ClaimedDelivery } from "./destinations/destination.ts";
import type { DueRow, EventRow } from "./due-rows.ts";

/** An event whose data is parsed when somebody asks for it: most deliveries pass it on as it is. */
class ClaimedEvent implements JobEvent {
  readonly id: string;
  readonly tenant: string;
  readonly job: string;
  readonly sequence: number;
  readonly type: EventType;
  readonly time: string;
  readonly source: string;
  readonly traceParent?: string;
  readonly #json: string;

  constructor(tenant: string, id: string, row: EventRow) {
    this.id = id;
    this.tenant = tenant;
    this.job = row.job;
    this.sequence = row.job_sequence;
    this.type = row.type as EventType;
    this.time = row.at.toISOString();
    this.source = row.source;
    this.#json = row.data;
    if (row.trace_parent !== null) this.traceParent = row.trace_parent;
  }

  get data(): EventData {
    return JSON.parse(this.#json) as EventData;
  }
}

/** What all deliveries of an event have in common; undefined where the event is gone. */
export type ClaimedContent = Pick<ClaimedDelivery, "event" | "dataJson">;

export function toContent(tenant: string, row: EventRow): ClaimedContent | undefined {
  if (row.event_id === null) return undefined;
  return { event: new ClaimedEvent(tenant, row.event_id, row), dataJson: row.data };
}

/** Undefined where the row's event is gone: nothing is left to send. */
export function toClaimed(tenant: string, row: DueRow): ClaimedDelivery | undefined {
  const content = toContent(tenant, row);
  if (row.sequence === null || content === undefined) return undefined;
  return {
    sequence: row.sequence,
    ...content,
    attempts: row.attempts,
    scheduleFrom: row.schedule_from,
    ...(row.overtook === null ? {} : { overtook: row.overtook }),
    ...(row.body === null ? {} : { body: row.body }),
  };
}
