/** What must hold after any fault: each accepted job once, its log whole, its summary single, its stream equal to its text. */
import type { JobEvent } from "../../src/core/event/event.ts";
import { streamedText } from "../../src/core/summary/streamed-text.ts";
import type { Heart } from "../support/adapter-heart.ts";
import { scriptedSections } from "../support/adapter-heart.ts";
import type { TestDatabase } from "../support/postgres.ts";

const tenant = "general";

function count(events: readonly JobEvent[], type: string): number {
  return events.filter((event) => event.type === type).length;
}

/** The text of each section as a client that follows the stream ends up with it. */
export function rebuild(events: readonly JobEvent[]): ReadonlyMap<string, string> {
  const text = new Map<string, string>();
  for (const event of events) {
    const section = String(event.data["section"]);
    if (event.type === "draft.reset") text.delete(section);
    if (event.type === "draft.delta") text.set(section, (text.get(section) ?? "") + String(event.data["text"]));
  }
  return text;
}

function sequenceProblems(job: string, events: readonly JobEvent[], lastSequence: number): readonly string[] {
  const problems: string[] = [];
  events.forEach((event, index) => {
    if (event.sequence !== index + 1) problems.push(`${job}: sequence ${event.sequence} at place ${index + 1}`);
  });
  if (events.length !== lastSequence) problems.push(`${job}: ${events.length} events, the row counts ${lastSequence}`);
  for (const type of ["task.requested", "task.started", "task.completed", "summary.ready"]) {
    if (count(events, type) !== 1) problems.push(`${job}: ${count(events, type)} times ${type}`);
  }
  const last = events.slice(-2).map((event) => event.type);
  if (last.join() !== "task.completed,summary.ready") problems.push(`${job}: ends with ${last.join(", ")}`);
  return problems;
}

function streamProblems(job: string, events: readonly JobEvent[]): readonly string[] {
  const text = rebuild(events);
  return scriptedSections.flatMap((section) => {
    const finished = events.filter(
      (event) => event.type === "draft.section" && event.data["section"] === section.id,
    ).length;
    const problems = finished === 1 ? [] : [`${job}: section ${section.id} was finished ${finished} times`];
    return text.get(section.id) === streamedText(section)
      ? problems
      : [...problems, `${job}: the stream's text of ${section.id} differs from the summary's`];
  });
}

async function jobProblems(heart: Heart, id: string): Promise<readonly string[]> {
  const job = await heart.jobs.get(tenant, id);
  if (job === undefined) return [`${id}: lost`];
  if (job.status !== "completed") return [`${id}: ended ${job.status} (${job.error ?? "no error"})`];
  const events = await heart.eventLog.readJob(tenant, id, 0, 100_000);
  const summary = await heart.jobs.summary(tenant, id);
  const same = JSON.stringify(summary?.sections) === JSON.stringify(scriptedSections);
  return [
    ...sequenceProblems(id, events, job.lastSequence),
    ...streamProblems(id, events),
    ...(summary?.version === 1 && same ? [] : [`${id}: the summary differs from what the engine wrote`]),
  ];
}

/** Problems of what a reader with a cursor saw, against what the log holds. */
async function feedProblems(
  heart: Heart,
  jobs: readonly string[],
  seen: readonly JobEvent[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const ids = seen.map((event) => event.id);
  if (new Set(ids).size !== ids.length) problems.push("the feed's reader saw an event twice");
  const known = new Set(ids);
  for (const job of jobs) {
    const events = (await heart.eventLog.readJob(tenant, job, 0, 100_000)).filter(
      (event) => !event.type.startsWith("draft."),
    );
    const missed = events.filter((event) => !known.has(event.id));
    if (missed.length > 0)
      problems.push(`${job}: the feed's reader missed ${missed.map((event) => event.type).join(", ")}`);
    const order = seen.filter((event) => event.job === job).map((event) => event.sequence);
    if (order.some((sequence, index) => index > 0 && sequence <= (order[index - 1] ?? 0)))
      problems.push(`${job}: the feed's reader saw its events out of order`);
  }
  return problems;
}

const leftovers: readonly (readonly [what: string, sql: string])[] = [
  ["jobs that nobody asked for", "select count(*)::int as n from handover.job where id <> all ($1::text[])"],
  [
    "second summaries",
    "select count(*)::int as n from (select 1 from handover.summary where job = any ($1::text[]) group by job having count(*) > 1) d",
  ],
  ["charts of ended jobs", "select count(*)::int as n from handover.chart_snapshot where job = any ($1::text[])"],
  ["sections of ended jobs", "select count(*)::int as n from handover.summary_section where job = any ($1::text[])"],
  [
    "jobs held by dead workers",
    "select count(*)::int as n from handover.job j join handover.worker w on w.id = j.worker where w.dead and j.status = 'in-progress' and j.id = any ($1::text[])",
  ],
  [
    "chart values in the queue's tables",
    "select count(*)::int as n from pgboss.job where (data::text ~* 'canary' or output::text ~* 'canary') and $1::text[] is not null",
  ],
];

/** Everything that is wrong after a run, in words. `seen` is what a reader with a cursor read meanwhile, in order. */
export async function checkInvariants(
  testDatabase: TestDatabase,
  heart: Heart,
  jobs: readonly string[],
  seen: readonly JobEvent[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const job of jobs) problems.push(...(await jobProblems(heart, job)));
  problems.push(...(await feedProblems(heart, jobs, seen)));
  for (const [what, sql] of leftovers) {
    const [row] = await testDatabase.asOwner(sql, [jobs]);
    if (row?.["n"] !== 0) problems.push(`${String(row?.["n"])} ${what}`);
  }
  return problems;
}
