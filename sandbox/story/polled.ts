/** What a system learns that only asks: status, renderings and the feed. Witness: the poller. */
import { z } from "zod";
import type { Signature } from "./draft.ts";
import { parseSummary } from "./draft.ts";
import { poll, readJob, searchJobs } from "./poller.ts";
import type { Seen } from "./step.ts";
import { expect } from "./step.ts";
import type { World } from "./world.ts";
import { limitOf } from "./world.ts";

const documentBundle = z.looseObject({
  resourceType: z.literal("Bundle"),
  type: z.literal("document"),
  entry: z.array(
    z.looseObject({ resource: z.looseObject({ resourceType: z.string(), status: z.string().optional() }) }),
  ),
});

/** Status with ETag and 304, the summary as JSON and as a FHIR document. */
export async function pollSummary(world: World, job: string, signature: Signature): Promise<Seen<string>> {
  const first = await poll(world, `/v1/jobs/${job}`);
  expect(first.status === 200 && first.etag !== null, `the job was answered ${first.status}, ETag ${first.etag}`);
  const { status } = readJob(first);
  expect(status === "completed", `the poller reads ${status}`);
  const again = await poll(world, `/v1/jobs/${job}`, { "if-none-match": first.etag });
  expect(again.status === 304, `an unchanged job was answered ${again.status}, not 304`);
  const json = await poll(world, `/v1/jobs/${job}/summary`);
  const summary = parseSummary(json.text);
  expect(summary.docStatus === "final" && summary.sha256 === signature.sha256, "the poller reads another summary");
  const sentences = summary.sections.flatMap((section) => section.sentences);
  const unsupported = sentences.filter(({ origin, evidence }) => origin !== "person" && evidence.length === 0).length;
  expect(unsupported === 0, `${unsupported} sentences cite no evidence`);
  const supported = sentences.filter(({ evidence }) => evidence.length > 0).length;
  const composition = await pollDocument(world, job);
  return {
    value: json.text,
    witness: `poller: completed, 304 on its ETag; ${summary.sections.length} sections, ${supported} of ${sentences.length} sentences with evidence; Composition ${composition}`,
  };
}

async function pollDocument(world: World, job: string): Promise<string> {
  const fhir = await poll(world, `/v1/jobs/${job}/summary`, { accept: "application/fhir+json" });
  expect(fhir.status === 200, `application/fhir+json was answered ${fhir.status}`);
  const [first] = documentBundle.parse(JSON.parse(fhir.text)).entry;
  expect(first?.resource.resourceType === "Composition", "the document does not begin with its Composition");
  return first.resource.status ?? "without status";
}

const feed = z.object({
  events: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      data: z.looseObject({ job: z.string(), jobSequence: z.number() }),
    }),
  ),
  cursor: z.string(),
  more: z.boolean(),
});

export interface FeedRecord {
  readonly ids: readonly string[];
  readonly types: readonly string[];
}

/** Events that the whole story must have left in the feed, each once. */
const ONCE = [
  "task.requested",
  "task.started",
  "task.completed",
  "summary.ready",
  "summary.signed",
  "document.written",
];

/** Pages through the feed until the document's event is there: the write-back appends it last. */
export async function readFeed(world: World, job: string): Promise<Seen<FeedRecord>> {
  const events: z.infer<typeof feed>["events"] = [];
  const deadline = performance.now() + limitOf(world, "document");
  let cursor: string | undefined;
  while (!events.some(({ type }) => type === "document.written")) {
    expect(performance.now() < deadline, `the feed shows ${events.length} events and no document.written`);
    const after = cursor === undefined ? "" : `&after=${encodeURIComponent(cursor)}`;
    const answer = await poll(world, `/v1/events?wait=5&limit=100${after}`);
    expect(answer.status === 200, `the feed was answered ${answer.status}`);
    const page = feed.parse(JSON.parse(answer.text));
    events.push(...page.events.filter(({ data }) => data.job === job));
    cursor = page.cursor;
  }
  const types = events.map(({ type }) => type);
  for (const type of ONCE) {
    const times = types.filter((one) => one === type).length;
    expect(times === 1, `the feed shows ${type} ${times} times`);
  }
  const sequences = events.map(({ data }) => data.jobSequence);
  expect(
    sequences.every((sequence, index) => index === 0 || sequence > (sequences[index - 1] ?? 0)),
    "the feed shows the job's events out of order",
  );
  expect(!types.some((type) => type.startsWith("draft.")), "draft text is in the feed");
  return { value: { ids: events.map(({ id }) => id), types }, witness: `poller: ${types.join(", ")}` };
}

/** One job, each event once, one document, the same bytes under each webhook id. */
export async function checkSingle(world: World, record: FeedRecord): Promise<Seen<true>> {
  const { ehr, receiver } = world.sandbox;
  const jobs = await searchJobs(world);
  expect(jobs.length === 1, `the stay has ${jobs.length} jobs`);
  expect(new Set(record.ids).size === record.ids.length, "an event stands twice in the feed");
  const documents = ehr.journal.writes({ resourceType: "DocumentReference" }).length;
  expect(documents === 1, `the EHR took ${documents} documents`);
  expect(receiver.changedBodies().length === 0, "a webhook changed its bytes between attempts");
  return {
    value: true,
    witness: `one job, ${record.ids.length} events each once, one document, ${receiver.inbox.length} webhooks each one body`,
  };
}
