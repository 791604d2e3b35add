/** The job API's requests and answers (contract, sections 3 and 5). OpenAPI is generated from these same schemas. */
import { z } from "zod";
import { dataFilterSchema } from "../core/delivery/data-filter.ts";
import { jobStatuses, jobSteps } from "../core/job/status.ts";
import { docStatuses } from "../core/summary/status.ts";
import { sourceChangeKinds } from "../core/staleness/source-change.ts";
import { unreadReasons } from "../core/staleness/source-check.ts";
import { historyProblems, summaryActNames } from "../core/summary/history.ts";
import { reviewSchema } from "../core/verification/second-look/review-schema.ts";
import { sectionSchema } from "../core/summary/section-schema.ts";
import { allSectionIds } from "../core/summary/sections.ts";

const fhirId = "[A-Za-z0-9.-]{1,64}";
const relative = (type: string): z.ZodString =>
  z.string().regex(new RegExp(`^${type}/${fhirId}$`, "u"), `a relative reference, ${type}/<id>`);

const identifier = z.strictObject({ system: z.string().min(1).max(500), value: z.string().min(1).max(200) });

/** A patient or encounter as a caller may name it. Identifiers of people stand in bodies only, never in a query. */
const subject = (type: "Patient" | "Encounter") =>
  z.union([
    relative(type).transform((reference) => ({ reference })),
    z.strictObject({ reference: relative(type) }),
    z.strictObject({ identifier }),
  ]);

/** `{ reference }` or `{ identifier }`. */
export type SubjectName = z.output<ReturnType<typeof subject>>;

const timestamp = z.iso.datetime({ offset: true });
const time = z.iso.datetime().meta({ description: "RFC 3339, UTC." });

const resource = z.looseObject({ resourceType: z.string().regex(/^[A-Z][A-Za-z]{1,63}$/u) });
export const chartBundle = z
  .looseObject({
    resourceType: z.literal("Bundle"),
    entry: z
      .array(z.looseObject({ resource: resource.optional() }))
      .max(20_000)
      .default([]),
  })
  .meta({ id: "ChartBundle", description: "A FHIR R4 Bundle with the stay's chart." });

export const createJobBody = z
  .strictObject({
    patient: subject("Patient"),
    encounter: subject("Encounter"),
    documentType: z.literal("discharge-summary").default("discharge-summary"),
    chart: chartBundle.optional(),
    callback: z.strictObject({ url: z.url({ protocol: /^https?$/u }).max(2000) }).optional(),
  })
  .meta({ id: "CreateJob" });
export type CreateJobBody = z.output<typeof createJobBody>;

export const createBatchBody = z
  .strictObject({
    items: z
      .array(z.strictObject({ patient: subject("Patient"), encounter: subject("Encounter") }))
      .min(1)
      .max(1000),
  })
  .meta({ id: "CreateBatch" });

export const batchAnswer = z
  .object({
    id: z.string(),
    total: z.int(),
    done: z.int().meta({ description: "Drafts that are there." }),
    failed: z.int(),
    createdAt: time,
    completedAt: time.optional(),
  })
  .meta({ id: "Batch" });

export const batchItemsAnswer = batchAnswer
  .extend({
    items: z.array(
      z.object({
        state: z.enum(["waiting", "started", "done", "failed"]),
        job: z.string().optional(),
        patient: z.string().optional(),
        encounter: z.string().optional(),
        code: z.string().optional(),
      }),
    ),
  })
  .meta({ id: "BatchWithItems" });

const limit = z.coerce.number().int().min(1).max(200);
const cursor = z.string().min(1).max(1400);
const wait = z.coerce.number().min(0).max(30).meta({ description: "Seconds to wait for news, at most 30." });

export const jobSearchQuery = z.strictObject({
  encounter: relative("Encounter").optional(),
  patient: relative("Patient").optional(),
  status: z.enum(jobStatuses).optional(),
  updatedSince: timestamp.optional(),
  limit: limit.default(50),
  cursor: cursor.optional(),
});

export const jobSearchBody = z
  .strictObject({
    encounter: subject("Encounter").optional(),
    patient: subject("Patient").optional(),
    status: z.enum(jobStatuses).optional(),
    updatedSince: timestamp.optional(),
    limit: z.int().min(1).max(200).default(50),
    cursor: cursor.optional(),
  })
  .meta({ id: "JobSearch" });
export type JobSearchBody = z.output<typeof jobSearchBody>;

export const waitQuery = z.strictObject({ wait: wait.default(0) });

export const jobEventsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  lastEventId: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(500),
});

function toJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.issues.push({ code: "custom", message: "expected JSON", input: text });
    return z.NEVER;
  }
}

export const feedQuery = z.strictObject({
  after: cursor
    .optional()
    .meta({ description: "A cursor of an earlier answer, or `now`: only what comes from here on." }),
  consumer: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/u)
    .optional(),
  types: z
    .string()
    .max(1000)
    .optional()
    .meta({ description: "Comma-separated event types; `summary.*` covers a family." }),
  filter: z
    .string()
    .max(2000)
    .transform(toJson)
    .pipe(dataFilterSchema)
    .optional()
    .meta({ description: 'JSON: what an event must say besides its type, `{"data.status":["completed"]}`.' }),
  wait: wait.default(0),
  limit: limit.default(100),
});

export const consumerAnswer = z
  .object({
    consumer: z.string(),
    cursor: z.string(),
    updatedAt: time,
    behind: z.int().meta({ description: "Events not acknowledged yet; 10,000 means that many or more." }),
  })
  .meta({ id: "Consumer" });

export const ackBody = z
  .strictObject({ consumer: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/u), cursor })
  .meta({ id: "Acknowledgement" });

/** What is signed must be what the EHR stores: FHIR's string has no control characters, and UTF-8 no lone surrogates. */
export const prose = z
  .string()
  .refine((text) => text.isWellFormed() && !/[^\P{Cc}\t\n\r]/u.test(text), "expected text without control characters");
const edit = z.strictObject({ id: z.enum(allSectionIds), text: prose.max(50_000) });
const edits = z
  .array(edit)
  .max(allSectionIds.length)
  .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "expected each section once");
const reason = prose.trim().min(1).max(2000);

const additions = z
  .array(z.string().regex(/^f\d{1,6}$/u))
  .max(200)
  .meta({ description: "Ids of omissions of the draft's review: each brings its sentence, with its evidence." });
export const editBody = z
  .strictObject({ sections: edits.default([]), add: additions.default([]) })
  .refine(({ sections, add }) => sections.length + add.length > 0, "expected an edit or an addition")
  .meta({ id: "SummaryEdit" });
const attestation = prose.trim().min(1).max(2000);
const acknowledged = z
  .array(z.string().regex(/^[0-9a-f]{16}$/u))
  .max(2000)
  .optional()
  .meta({
    description:
      "Ids of the changes of `GET .../summary/sources` that the signer was shown, or `[]`: the sources are looked at once more, and what was not shown is refused. Absent: nobody looked.",
  });
export const signBody = z.strictObject({ attestation, acknowledged }).meta({ id: "Sign" });
export const amendBody = z
  .strictObject({ reason, sections: edits.default([]), attestation: attestation.optional(), acknowledged })
  .meta({ id: "Amend" });
export const reasonBody = z.strictObject({ reason }).meta({ id: "Reason" });

export const jobAnswer = z
  .object({
    id: z.string(),
    status: z.enum(jobStatuses),
    version: z.int(),
    attempt: z.int(),
    progress: z.object({ step: z.enum(jobSteps), index: z.int(), of: z.int(), value: z.number().min(0).max(1) }),
    patient: z.string().optional(),
    encounter: z.string().optional(),
    createdAt: time,
    updatedAt: time,
    contextUpdatedAt: time
      .optional()
      .meta({ description: "When the chart was last seen to have changed since the present draft was written." }),
    error: z
      .object({ code: z.string(), title: z.string(), fix: z.string() })
      .optional()
      .meta({ description: "Why it failed. While it is open: why its last try did; it is tried again by itself." }),
    links: z.object({ self: z.url(), events: z.url(), summary: z.url().optional(), cancel: z.url().optional() }),
  })
  .meta({ id: "Job" });

export const jobListAnswer = z
  .object({ items: z.array(jobAnswer), next: z.string().nullable() })
  .meta({ id: "JobList" });

export const envelope = z
  .looseObject({
    specversion: z.literal("1.0"),
    id: z.string(),
    type: z.string(),
    source: z.string(),
    subject: z.string(),
    time,
    dataschema: z.string(),
    datacontenttype: z.literal("application/json"),
    traceparent: z.string().optional(),
    data: z.looseObject({
      tenant: z.string(),
      job: z.string().optional(),
      jobSequence: z.int().optional(),
      sequence: z.int().optional().meta({ description: "In logs of batches and endpoints, which have no job." }),
    }),
  })
  .meta({ id: "EventEnvelope", description: "CloudEvents 1.0 in JSON." });

export const jobEventsAnswer = z
  .object({ events: z.array(envelope), lastSequence: z.int(), closed: z.boolean() })
  .meta({ id: "JobEvents" });
export const feedAnswer = z
  .object({ events: z.array(envelope), cursor: z.string(), more: z.boolean() })
  .meta({ id: "Feed" });

const generationAnswer = z
  .object({
    promptVersion: z.string(),
    temperature: z.number(),
    seed: z.int(),
    calls: z.array(
      z.object({
        part: z.string().meta({ description: "What the model was asked for: course, one-liner, patient-wording." }),
        provider: z.string(),
        model: z.string(),
        promptHash: z.string().meta({ description: "SHA-256 of all that was asked but for the chart." }),
        outcome: z.string().meta({ description: "`written`, `nothing-stood`, `cancelled`, or an error code." }),
        durationMs: z.int(),
        cached: z.boolean(),
        usage: z.object({ inputTokens: z.int(), outputTokens: z.int() }).optional(),
        factsShown: z.int(),
        factsLeftOut: z.int(),
        stood: z.int().meta({ description: "Sentences of the model that stand." }),
        dropped: z.int().meta({ description: "Sentences of the model that the gate refused." }),
        drops: z.record(z.string(), z.int()).meta({ description: "Refused sentences by rule." }),
      }),
    ),
  })
  .meta({ id: "GenerationRecord", description: "How the model's part of the draft came about." });

export const summaryAnswer = z
  .object({
    job: z.string(),
    version: z.int(),
    docStatus: z.enum(docStatuses),
    engine: z.enum(["template", "model"]),
    model: z.string().optional(),
    generation: generationAnswer.optional(),
    recalls: z
      .array(
        z.object({
          id: z.string(),
          cause: z.enum(["model", "prompt", "source"]),
          subject: z.string(),
          at: time,
          reason: z.string(),
        }),
      )
      .optional()
      .meta({ description: "What it rests on or was written by turned out to be wrong." }),
    style: z
      .object({ version: z.string(), digest: z.string() })
      .optional()
      .meta({ description: "The hospital's house style that it was written in." }),
    review: reviewSchema
      .optional()
      .meta({ description: "The second look at a draft, as it stands; absent once it is signed." }),
    sha256: z.string(),
    createdAt: time,
    signedBy: z.string().optional(),
    signedByDisplay: z.string().optional(),
    signedAt: time.optional(),
    attestation: z.string().optional(),
    sections: z.array(sectionSchema),
  })
  .meta({ id: "Summary" });

export const signAnswer = z
  .object({
    version: z.int(),
    docStatus: z.enum(docStatuses),
    sha256: z.string(),
    signedBy: z.string(),
    signedAt: time,
  })
  .meta({ id: "Signature" });

export const sourcesAnswer = z
  .object({
    checkedAt: time,
    outcome: z.enum(["checked", "partly", "unread"]),
    reason: z.enum(unreadReasons).optional().meta({ description: "Why nothing could be compared." }),
    unread: z.array(z.string()).meta({ description: "FHIR types that the EHR gave nothing of, or not all." }),
    changes: z.array(
      z.object({
        id: z.string().meta({ description: "What `acknowledged` of a signature names." }),
        kind: z.enum(sourceChangeKinds),
        reference: z.string(),
        version: z.string().optional(),
        sentences: z.array(z.string()).meta({ description: "Ids of the sentences that it touches." }),
        text: z.string(),
        abnormal: z.boolean(),
      }),
    ),
  })
  .meta({ id: "SourceCheck" });

const sectionDiff = z.object({
  id: z.enum(allSectionIds),
  title: z.string(),
  diff: z
    .array(z.object({ op: z.enum(["same", "removed", "added"]), text: z.string() }))
    .meta({ description: "`same` and `removed` in order are the text before, `same` and `added` the text after." }),
});
const digest = z.string().regex(/^[0-9a-f]{64}$/u);

export const historyAnswer = z
  .object({
    acts: z.array(
      z.object({
        number: z.int(),
        act: z.enum(summaryActNames),
        version: z.int(),
        revision: z.int(),
        docStatus: z.enum(docStatuses),
        at: time,
        by: z.object({ kind: z.string(), id: z.string(), display: z.string().optional() }),
        sha256: digest.meta({ description: "Of the text after the act." }),
        previous: z.string().meta({ description: "`chain` of the act before; empty for the first." }),
        chain: digest.meta({ description: "SHA-256 over the act, its details and `previous`." }),
        details: z.object({
          sections: z.array(sectionDiff),
          attestation: z.string().optional(),
          reason: z.string().optional(),
          sources: z
            .object({
              checkedAt: time,
              outcome: z.enum(["checked", "partly", "unread"]),
              acknowledged: z.array(z.string()),
            })
            .optional()
            .meta({ description: "What the signer was told of the draft's sources." }),
        }),
      }),
    ),
    sinceDraft: z.array(sectionDiff).meta({ description: "What people changed in all since the draft was written." }),
    verdict: z
      .object({
        ok: z.boolean(),
        acts: z.int(),
        chain: z.string().optional(),
        at: z.int().optional(),
        problem: z.enum(historyProblems).optional(),
      })
      .meta({ description: "Whether every hash, number and text holds, up to the summary as it stands." }),
  })
  .meta({ id: "SummaryHistory" });
