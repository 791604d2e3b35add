/** The catalogue of events: what each is, who carries it, its schemas and an example. `GET /v1/event-types` shows it. */
import { z } from "zod";
import { eventDataSchemas, trialDataSchemas } from "./data-schemas.ts";
import type { Envelope, EventType } from "./event.ts";
import { isDraftEvent } from "./event.ts";
import { eventExamples } from "./examples.ts";

/** Sent to one endpoint because somebody asked for it; in no log. */
export type TrialType = keyof typeof trialDataSchemas;
export type CataloguedType = EventType | TrialType;

/** The ways to hear of an event: webhooks, the tenant's feed, the job's own stream. */
export const carriers = ["webhook", "feed", "stream"] as const;
export type Carrier = (typeof carriers)[number];

const descriptions: Readonly<Record<CataloguedType, string>> = {
  "task.requested": "A job was made.",
  "task.waiting": "There is no way to the chart but a SMART launch.",
  "task.started": "The first claim by a worker.",
  "task.progress": "A step begins, or a later attempt takes over.",
  "task.completed": "The draft is done.",
  "task.failed": "The job failed, and will not be tried again by itself.",
  "task.cancelled": "Somebody stopped the job.",
  "summary.ready": "A draft may be read and signed.",
  "summary.signed": "A clinician signed the summary.",
  "summary.amended": "A clinician signed a corrected version.",
  "summary.retracted": "The summary was entered in error; its text no longer counts.",
  "summary.discarded": "The draft was thrown away.",
  "summary.recalled":
    "What the summary rests on or was written by turned out to be wrong; somebody has to look at it again.",
  "document.written": "The EHR holds the document.",
  "document.rejected":
    "The EHR refused the document, or it broke a rule of FHIR and was not sent. Once the cause is mended it can be tried again.",
  "document.waiting":
    "The document is written with the signer's token, which has ended: it goes into the EHR at their next launch.",
  "context.updated":
    "The chart changed under a draft that nobody has signed: one event for each resource. The draft stays as it is.",
  "batch.progress": "A batch's counts changed.",
  "batch.completed": "Each encounter of a batch has its draft, or failed.",
  "endpoint.failing":
    "An endpoint has done nothing but fail for half, 70 % or 90 % of the time after which it is disabled.",
  "endpoint.disabled": "An endpoint gets nothing until somebody acts.",
  "endpoint.recovered": "A disabled endpoint gets events again.",
  "endpoint.troubled": "An endpoint fails often, as the tenant's alerts define it; told once until it has calmed down.",
  "endpoint.circuit_opened": "So many failures in a row that only one probe at a time is sent.",
  "endpoint.circuit_closed": "The probe succeeded: everything is sent again.",
  "endpoint.behind": "The oldest delivery waits longer than the tenant's alerts allow.",
  "endpoint.caught_up": "It waits no more than half as long again.",
  "delivery.exhausted": "A delivery used up its attempts.",
  "safety.reported": "A person says that something has gone wrong; what was said stays sealed.",
  "receiver.degraded": "A tenth or more of the answers of one of the adapter's own sides fails, at one replica.",
  "receiver.recovered": "They no longer do.",
  "draft.delta": "Text of a section still being written.",
  "draft.section": "A section is finished and verified.",
  "draft.reset": "Text of a dead attempt is void.",
  "endpoint.test": "A test that somebody asked for.",
  "endpoint.verification": "A challenge that verifies an endpoint by its answer.",
};

/** Every version there is of an event's `data`. Members may be added within one; anything else makes the next. */
export const EVENT_VERSION = 1;

export interface CatalogueEntry {
  readonly type: CataloguedType;
  readonly version: number;
  readonly description: string;
  readonly carriedBy: readonly Carrier[];
  /** `data`: tenant, place in the log, and what the event itself says. */
  readonly data: z.ZodObject;
  /** The whole CloudEvent. */
  readonly envelope: z.ZodObject;
  readonly example: Omit<Envelope, "type"> & { readonly type: CataloguedType };
}

const sequence = (description: string) => z.int().min(1).meta({ description });
const endpointSequence = sequence("Webhooks only: gapless over what the endpoint gets.").optional();
const tenant = z.string();

const placeOf = { job: jobPlace(), stream: streamPlace(), none: { tenant } };

function jobPlace() {
  return { tenant, job: z.string(), jobSequence: sequence("Gapless over the job's whole log."), endpointSequence };
}

function streamPlace() {
  return { tenant, sequence: sequence("Gapless over the log that `subject` names."), endpointSequence };
}

const examplePlaces = {
  job: { job: "0199c2f4-8a00-7000-8000-000000000001", jobSequence: 7 },
  stream: { sequence: 3 },
  none: {},
};

const isTrial = (type: CataloguedType): type is TrialType => Object.hasOwn(trialDataSchemas, type);

/** Whether an event stands in a job's log, in that of a batch or an endpoint, or in none. */
function logOf(type: CataloguedType): keyof typeof placeOf {
  if (isTrial(type)) return "none";
  return /^(?:batch|endpoint|delivery|receiver|safety)\./u.test(type) ? "stream" : "job";
}

function carriedBy(type: CataloguedType): readonly Carrier[] {
  if (isTrial(type)) return ["webhook"];
  if (isDraftEvent(type)) return ["stream"];
  return logOf(type) === "job" ? carriers : ["webhook", "feed"];
}

function envelopeOf(type: CataloguedType, data: z.ZodObject): z.ZodObject {
  return z.object({
    specversion: z.literal("1.0"),
    id: z.string().meta({ description: "The same in every delivery of this event." }),
    type: z.literal(type),
    source: z.url().meta({ description: "The tenant at this adapter." }),
    subject: z.string().meta({ description: "`job/<id>`, `batch/<id>`, `endpoint/<id>` or `receiver/<name>`." }),
    time: z.iso.datetime(),
    dataschema: z.url(),
    datacontenttype: z.literal("application/json"),
    traceparent: z
      .string()
      .optional()
      .meta({ description: "W3C trace context of the request that asked for the job, where it named one." }),
    data,
  });
}

function subjectFor(type: CataloguedType): string {
  if (type.startsWith("batch.")) return "batch/0199c2f4-8a00-7000-8000-0000000000b1";
  if (type.startsWith("safety.")) return "safety/sfr_5b1f0a2c9d7e4f60a1b2c3d4";
  if (type.startsWith("receiver.")) return "receiver/hooks";
  return logOf(type) === "job" ? `job/${examplePlaces.job.job}` : "endpoint/his";
}

function entryOf(type: CataloguedType): CatalogueEntry {
  const log = logOf(type);
  const own: z.ZodObject = isTrial(type) ? trialDataSchemas[type] : eventDataSchemas[type];
  const data = z.object({ ...placeOf[log], ...own.shape });
  return {
    type,
    version: EVENT_VERSION,
    description: descriptions[type],
    carriedBy: carriedBy(type),
    data,
    envelope: envelopeOf(type, data),
    example: {
      specversion: "1.0",
      id: "evt_0c4f1e2d3b5a69788796a5b4c3d2e1f0",
      type,
      source: "https://adapter.example/tenants/general",
      subject: subjectFor(type),
      time: "2026-03-17T10:00:00.000Z",
      dataschema: `https://adapter.example/event-types/${type}/v${EVENT_VERSION}`,
      datacontenttype: "application/json",
      data: { tenant: "general", ...examplePlaces[log], ...eventExamples[type] },
    },
  };
}

/** Every event that a caller can meet, in the order of the docs. */
export const eventCatalogue: readonly CatalogueEntry[] = (Object.keys(descriptions) as CataloguedType[]).map(entryOf);

const byType = new Map<string, CatalogueEntry>(eventCatalogue.map((entry) => [entry.type, entry]));

/** The entry of a type; undefined for what is no event of ours. */
export function catalogueEntry(type: string): CatalogueEntry | undefined {
  return byType.get(type);
}

/** JSON Schema 2020-12 of an event's `data`. Open: receivers must pass over members that they do not know. */
export function dataJsonSchema({ type, version, description, data }: CatalogueEntry, id: string): object {
  const { $schema, ...keywords } = z.toJSONSchema(data, { io: "input" });
  return { $schema, $id: id, title: `${type} v${version}`, description, ...keywords };
}
