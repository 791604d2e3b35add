/** Events of the log and their envelope (contract, section 4): CloudEvents attributes plus tenant, job and positions. */

export const publicEventTypes = [
  "task.requested",
  "task.waiting",
  "task.started",
  "task.progress",
  "task.completed",
  "task.failed",
  "task.cancelled",
  "summary.ready",
  "summary.signed",
  "summary.amended",
  "summary.retracted",
  "summary.discarded",
  "summary.recalled",
  "document.written",
  "document.rejected",
  "document.waiting",
  "context.updated",
  "batch.progress",
  "batch.completed",
  "endpoint.failing",
  "endpoint.disabled",
  "endpoint.recovered",
  "endpoint.troubled",
  "endpoint.circuit_opened",
  "endpoint.circuit_closed",
  "endpoint.behind",
  "endpoint.caught_up",
  "delivery.exhausted",
  "safety.reported",
  "receiver.degraded",
  "receiver.recovered",
] as const;

/** Text of the draft: the job's own stream only, sealed at rest, never in the global order. */
export const draftEventTypes = ["draft.delta", "draft.section", "draft.reset"] as const;

export type PublicEventType = (typeof publicEventTypes)[number];
export type DraftEventType = (typeof draftEventTypes)[number];
export type EventType = PublicEventType | DraftEventType;

/** Tells of deliveries themselves, and of our own sides that others call. Never sent to the endpoint it is about, and its own failure is not told in turn. */
export function isOperationalEvent(type: EventType): boolean {
  return /^(?:endpoint|delivery|receiver)\./u.test(type);
}

export function isDraftEvent(type: EventType): type is DraftEventType {
  return type.startsWith("draft.");
}

/** Values of an event besides the envelope's own. No PHI: references, codes, counts and times only (draft.* apart). */
export type EventData = Readonly<Record<string, unknown>>;

/** One stored event of a job's log. */
export interface JobEvent {
  /** `evt_...`; the same in every delivery. Holds no "." (Standard Webhooks). */
  readonly id: string;
  readonly tenant: string;
  /** The job whose log it stands in; of another log its name, `batch/<id>` or `endpoint/<id>`. */
  readonly job: string;
  /** Gapless within that log, from 1. */
  readonly sequence: number;
  readonly type: EventType;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** URI of the tenant at this adapter, fixed when the event was appended. */
  readonly source: string;
  readonly data: EventData;
  /** W3C `traceparent` of the request that asked for the job; absent where that named none. */
  readonly traceParent?: string;
  /** Global position; absent until sequenced, and for draft.* always. */
  readonly position?: number;
}

/** The CloudEvents 1.0 JSON form of an event, as the stream, the feed and webhooks carry it. */
export interface Envelope {
  readonly specversion: "1.0";
  readonly id: string;
  readonly type: EventType;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly dataschema: string;
  readonly datacontenttype: "application/json";
  /** CloudEvents' distributed tracing extension: where the event comes from, the same in every delivery. */
  readonly traceparent?: string;
  readonly data: EventData;
}

/** What an event is about, as the envelope's `subject` says it: `job/<id>`, `batch/<id>`, `endpoint/<id>`, `safety/<id>`. */
export function subjectOf(log: string): string {
  return log.includes("/") ? log : `job/${log}`;
}

/** Where an event stands, as its envelope's `data` says it. `extra` adds what only one reader knows, such as `endpointSequence`. */
export function placeOf(event: JobEvent, extra: EventData): EventData {
  const place = event.job.includes("/")
    ? { sequence: event.sequence }
    : { job: event.job, jobSequence: event.sequence };
  return { tenant: event.tenant, ...place, ...extra };
}

/** The envelope around some data. */
export function envelopeOf(event: Omit<JobEvent, "data">, data: EventData): Envelope {
  const origin = event.source.replace(/\/tenants\/[^/]*$/u, "");
  return {
    specversion: "1.0",
    id: event.id,
    type: event.type,
    source: event.source,
    subject: subjectOf(event.job),
    time: event.time,
    dataschema: `${origin}/event-types/${event.type}/v1`,
    datacontenttype: "application/json",
    ...(event.traceParent === undefined ? {} : { traceparent: event.traceParent }),
    data,
  };
}

/** Renders an event's envelope. `extra` as for `placeOf`. */
export function toEnvelope(event: JobEvent, extra: EventData = {}): Envelope {
  return envelopeOf(event, { ...placeOf(event, extra), ...event.data });
}
