/** The page's stream, read to its end over as many connections as it takes. Witness: the bytes that arrived. */
import { createParser } from "eventsource-parser";
import { z } from "zod";
import type { DraftPage } from "./launch.ts";
import type { Seen } from "./step.ts";
import { expect, Missed } from "./step.ts";
import type { World } from "./world.ts";

export interface StreamedEvent {
  readonly sequence: number;
  readonly type: string;
  /** When it arrived here, in monotonic milliseconds. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface StreamRecord {
  readonly events: readonly StreamedEvent[];
  /** 1 unless the server told us to come back. */
  readonly connections: number;
}

const envelope = z.looseObject({
  type: z.string(),
  data: z.looseObject({ job: z.string(), jobSequence: z.number() }),
});

/** Reads until the server says that nothing more will come (204), as a browser's EventSource would. */
export async function readStream(world: World, page: DraftPage): Promise<Seen<StreamRecord>> {
  const started = performance.now();
  const events: StreamedEvent[] = [];
  const deadline = AbortSignal.timeout(world.limitMs);
  let connections = 0;
  while (!world.without.has("stream")) {
    const response = await connect(page, events.at(-1), deadline);
    if (response.status === 204) break;
    connections += 1;
    await readConnection(page.job, response, events);
  }
  checkOrder(events);
  const firstText = events.find(({ type }) => type === "draft.delta" || type === "draft.section");
  expect(firstText !== undefined, "the stream ended without text");
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const deltas = events.filter(({ type }) => type === "draft.delta").length;
  const witness = `page: ${events.length} events in order, ${deltas} pieces of text, first after ${Math.round(firstText.at - started)} ms, whole after ${seconds} s`;
  return { value: { events, connections }, witness };
}

async function connect(page: DraftPage, last: StreamedEvent | undefined, signal: AbortSignal): Promise<Response> {
  const resume: Record<string, string> = last === undefined ? {} : { "last-event-id": `${page.job}:${last.sequence}` };
  const headers = { accept: "text/event-stream", ...resume };
  const response = await page.call("GET", `/v1/jobs/${page.job}/events`, { headers, signal });
  if (response.status === 204) return response;
  expect(response.status === 200, `the stream was answered ${response.status}`);
  const type = response.headers.get("content-type") ?? "none";
  expect(type.startsWith("text/event-stream"), `the stream's content type is ${type}`);
  return response;
}

async function readConnection(job: string, response: Response, events: StreamedEvent[]): Promise<void> {
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      const body = envelope.parse(JSON.parse(data));
      expect(event === body.type, `an event is named ${event} and is a ${body.type}`);
      expect(id === `${job}:${body.data.jobSequence}`, `event ${id} says that it is number ${body.data.jobSequence}`);
      events.push({ sequence: body.data.jobSequence, type: body.type, at: performance.now(), data: body.data });
    },
  });
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }));
  } catch (error) {
    if (error instanceof Missed) throw error;
    throw new Missed(`the stream broke off after event ${events.at(-1)?.sequence ?? 0}`);
  }
}

/** Gapless from 1, and both ends of the work in it. */
function checkOrder(events: readonly StreamedEvent[]): void {
  const gap = events.findIndex(({ sequence }, index) => sequence !== index + 1);
  expect(gap === -1, `event ${gap + 1} of the stream is missing or out of order`);
  for (const type of ["task.requested", "task.completed", "summary.ready"]) {
    const times = events.filter((event) => event.type === type).length;
    expect(times === 1, `${type} came ${times} times`);
  }
}
