/** What each kind of event says besides its place in the log. The catalogue, AsyncAPI and the tests all stand on these. */
import { z } from "zod";
import { jobStatuses, jobSteps } from "../job/status.ts";
import { sectionSchema } from "../summary/section-schema.ts";
import { allSectionIds } from "../summary/sections.ts";
import { docStatuses } from "../summary/status.ts";
import type { EventType } from "./event.ts";

const described = <T extends z.ZodType>(schema: T, description: string): T => schema.meta({ description });

const time = described(z.iso.datetime(), "RFC 3339, UTC.");
const sha256 = described(z.string().regex(/^[0-9a-f]{64}$/u), "Of the canonical text, hex.");
const count = z.int().min(0);
const milliseconds = described(count, "Milliseconds.");
const attempt = described(z.int().min(1), "Which attempt at the job's work, from 1.");
const code = described(z.string(), "A fixed word; docs/errors.md lists those of the adapter.");
const section = z.enum(allSectionIds);

const place = {
  patient: described(z.string(), "FHIR reference, `Patient/123`."),
  encounter: described(z.string(), "FHIR reference, `Encounter/9`."),
};
const task = z.object({ status: z.enum(jobStatuses), ...place });

const version = described(z.int().min(1), "A new draft or an amendment is a new version.");
const summaryVersion = z.object({ version, docStatus: z.enum(docStatuses) });
const summary = summaryVersion.extend({
  href: described(z.url(), "Where the summary can be read, with a token."),
  sha256,
  text: described(z.string(), "The summary as plain text: `full` deliveries only.").optional(),
});
const summaryEvent = task.extend({ summary });
const signed = summaryEvent.extend({
  signedBy: described(z.string(), "FHIR reference of the person."),
  signedAt: time,
});

const batch = z.object({
  batch: z.string(),
  total: count,
  done: described(count, "Encounters whose draft is there."),
  failed: count,
});

const elementChange = z.object({
  path: described(z.string(), "FHIRPath within the resource, `dosageInstruction[0].text`."),
  old: described(
    z.unknown(),
    "Text, number, true or false. `full` deliveries only; absent where there was nothing, and for long text.",
  ).optional(),
  new: described(
    z.unknown(),
    "Text, number, true or false. `full` deliveries only; absent where there is nothing now, and for long text.",
  ).optional(),
});

const endpoint = z.object({ endpoint: described(z.string(), "The endpoint's id.") });

const receiver = z.object({
  receiver: described(z.enum(["hooks", "api", "fhir"]), "Which side of the adapter: CDS Hooks, the job API, FHIR."),
  requests: described(count, "Answered within the time."),
  failed: described(count, "Of these, with an error of the adapter's own, or turned away."),
  withinSeconds: z.number(),
});

/** Of events in a log: `data` without tenant and place. */
export const eventDataSchemas = {
  "task.requested": task.extend({
    trigger: described(z.string(), "What asked for the job: `hook`, `api`, `batch` ..."),
  }),
  "task.waiting": task.extend({ waitingFor: described(z.literal("chart"), "Until a SMART launch brings it.") }),
  "task.started": task.extend({ attempt, steps: z.array(z.enum(jobSteps)) }),
  "task.progress": task.extend({
    attempt,
    step: z.enum(jobSteps),
    index: described(z.int().min(1), "The step's number, from 1."),
    of: described(z.int().min(1), "How many steps there are."),
    progress: described(z.number().min(0).max(1), "Share of the whole work that is done."),
  }),
  "task.completed": task.extend({
    durationMs: milliseconds,
    engine: z.enum(["template", "model"]),
    model: z.string().optional(),
    usage: z.object({ inputTokens: count, outputTokens: count }).optional(),
    fellBackBecause: described(z.string(), "Why the template wrote what the model was to.").optional(),
    droppedSentences: described(count, "Sentences of the model that verification refused.").optional(),
    summary,
  }),
  "task.failed": task.extend({ error: code }),
  "task.cancelled": task,
  "summary.ready": summaryEvent,
  "summary.signed": signed,
  "summary.amended": signed,
  "summary.retracted": summaryEvent,
  "summary.discarded": summaryEvent,
  "summary.recalled": summaryEvent.extend({
    recall: described(z.string(), "Id of the recall; one may concern many summaries."),
    cause: z.enum(["model", "prompt", "source"]),
    subject: described(z.string(), "The model's name, the prompt's version, or the FHIR reference of the record."),
  }),
  "document.written": z.object({
    ...place,
    reference: described(z.string(), "The document at the EHR, `DocumentReference/5`."),
    summary: summaryVersion.extend({ sha256 }),
    provenance: described(
      z.enum(["written", "not-granted", "refused", "never"]),
      "What became of the Provenance beside it: our token may write none, the EHR took none, the write profile wants none. The document stands without it.",
    ).optional(),
  }),
  "document.rejected": z.object({
    code,
    summary: summaryVersion,
    issues: described(
      z.array(z.object({ rule: z.string(), expression: z.string() })).max(10),
      "With `resource_invalid`: which rules of FHIR, where in the resource. It was not sent; the summary stands.",
    ).optional(),
  }),
  "document.waiting": z.object({
    signer: described(z.string(), "Whose launch it waits for, `Practitioner/7`."),
    summary: summaryVersion,
  }),
  "context.updated": task.extend({
    entity: described(
      z.object({ type: z.string(), id: z.string() }),
      "The FHIR resource that is new or another one now.",
    ),
    change: z.enum(["added", "changed"]),
    changes: described(z.array(elementChange).max(50), "Its elements that differ, the first 50."),
    of: described(z.int().min(1), "So many resources came changed at once; the first 20 have an event each."),
    source: described(z.enum(["hook", "api", "page", "subscription"]), "What brought the newer chart."),
    summary: described(summaryVersion, "The draft that was written before."),
  }),
  "batch.progress": batch,
  "batch.completed": batch.extend({ durationMs: milliseconds }),
  "endpoint.failing": endpoint.extend({
    percent: described(z.int().min(1).max(99), "Of the time after which it is disabled: 50, 70 or 90."),
    failingSince: described(z.iso.datetime(), "Its first failure since it last took anything."),
    disabledAt: described(z.iso.datetime(), "When it is disabled if it goes on failing."),
  }),
  "endpoint.disabled": endpoint.extend({
    status: z.literal("disabled"),
    reason: described(z.string(), "`gone` (410), `failing` (for too long), `exhausted` ..."),
  }),
  "endpoint.recovered": endpoint.extend({ status: z.literal("active") }),
  "endpoint.troubled": endpoint.extend({
    failures: described(z.int().min(1), "So many attempts failed ..."),
    withinSeconds: described(z.number(), "... within so long, the last of them just now."),
    code: described(z.string(), "What the last one came to.").optional(),
  }),
  "endpoint.circuit_opened": endpoint.extend({
    failures: described(z.int().min(1), "Failures in a row."),
    probeAt: described(time, "When one request is tried."),
  }),
  "endpoint.circuit_closed": endpoint,
  "endpoint.behind": endpoint.extend({
    pending: described(count, "Deliveries that wait, counted up to 10,000."),
    oldestSeconds: described(count, "Age of the oldest."),
  }),
  "endpoint.caught_up": endpoint,
  "delivery.exhausted": endpoint.extend({
    delivery: described(z.string(), "`<endpoint>:<endpointSequence>`."),
    event: described(z.string(), "Id of the event that was not delivered."),
    eventType: z.string(),
    code: described(z.string(), "What the last attempt came to: `http_503`, `timeout` ..."),
    attempts: z.int().min(1),
  }),
  "safety.reported": z.object({
    report: described(z.string(), "Id of the report."),
    category: described(
      z.string(),
      "`wrong-patient`, `wrong-content`, `missing-content`, `delay`, `privacy` or `other`.",
    ),
    about: described(z.string(), "The job that it is about, where it is about one.").optional(),
  }),
  "receiver.degraded": receiver,
  "receiver.recovered": receiver,
  "draft.delta": z.object({ section, attempt, text: z.string() }),
  "draft.section": z.object({ section, attempt, state: z.literal("finished"), content: sectionSchema }),
  "draft.reset": z.object({ section, attempt }),
} as const satisfies Readonly<Record<EventType, z.ZodObject>>;

/** Of what is sent to one endpoint on request, outside every log. */
export const trialDataSchemas = {
  "endpoint.test": endpoint.extend({ message: z.string() }),
  "endpoint.verification": endpoint.extend({
    challenge: described(z.string(), 'To be answered as `{ "challenge": ... }`.'),
  }),
} as const;
