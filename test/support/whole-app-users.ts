/** Who uses the whole product in tests: an integration by API key, an EHR that calls hooks, a clinician in a browser. */
import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import { z } from "zod";
import { createBrowser } from "../../sandbox/story/browser.ts";
import type { CdsClient, HookCall } from "../../sandbox/cds-client/client.ts";
import { linkAddress } from "../../sandbox/cds-client/launch-link.ts";
import type { CardLink } from "../../sandbox/cds-client/service.ts";
import { assertCatalogued } from "./event-catalogue.ts";
import { valueAt } from "./sandbox-ehr.ts";
import type { WholeApp } from "./whole-app.ts";
import { apiKey } from "./whole-app.ts";

const LIMIT_MS = 20_000;

export const attending = "Practitioner/attending-1";
export const nurse = "Practitioner/nurse-1";

export interface Stay {
  readonly patientId: string;
  readonly encounterId: string;
}

/** One of the sandbox's inpatients; 0 is the demo's main character. */
export function stayOf({ sandbox }: WholeApp, index = 0): Stay {
  const chart = sandbox.charts[index];
  assert.ok(chart !== undefined, `the sandbox has no chart ${index}`);
  return chart;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; a body that is none fails the test. */
  readonly json: () => unknown;
  /** A value in the JSON body by its dotted path. */
  readonly at: (path: string) => unknown;
}

export interface CallInit {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = (): unknown => JSON.parse(text);
  return { status: response.status, headers: response.headers, text, json, at: (path) => valueAt(json(), path) };
}

function requestInit(method: string, { headers = {}, json }: CallInit): RequestInit {
  return {
    method,
    signal: AbortSignal.timeout(LIMIT_MS),
    headers: {
      accept: "application/json",
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  };
}

/** A call with the gateway's API key; `base` is another replica's URL. */
export async function api(
  app: WholeApp,
  method: string,
  path: string,
  init: CallInit & { readonly base?: string; readonly key?: string } = {},
): Promise<Answer> {
  const headers = { authorization: `Bearer ${init.key ?? apiKey}`, ...init.headers };
  return answerOf(await fetch(`${init.base ?? app.url}${path}`, requestInit(method, { ...init, headers })));
}

const jobAnswer = z.looseObject({
  id: z.string(),
  status: z.string(),
  attempt: z.number(),
  error: z.looseObject({ code: z.string() }).optional(),
});

export type JobAnswer = z.infer<typeof jobAnswer>;

/** The id in an answer that is a job. */
export const jobIn = (answer: Answer): JobAnswer => jobAnswer.parse(answer.json());

/** Waits by long poll until the job is over, or as `until` says. */
export async function jobWhen(
  app: WholeApp,
  id: string,
  until: (job: JobAnswer) => boolean = ({ status }) => isOver(status),
  key?: string,
): Promise<JobAnswer> {
  const deadline = performance.now() + LIMIT_MS;
  let etag = "";
  let last: JobAnswer | undefined;
  while (performance.now() < deadline) {
    const headers = etag === "" ? {} : { "if-none-match": etag };
    const answer = await api(app, "GET", `/v1/jobs/${id}?wait=5`, { headers, ...(key === undefined ? {} : { key }) });
    if (answer.status === 304) continue;
    assert.equal(answer.status, 200, answer.text);
    etag = answer.headers.get("etag") ?? "";
    last = jobIn(answer);
    if (until(last)) return last;
  }
  return assert.fail(`the job stayed ${JSON.stringify(last)}`);
}

const isOver = (status: string): boolean => ["completed", "failed", "cancelled"].includes(status);

export interface HookInit {
  readonly user?: string;
  readonly hookInstance?: string;
  /** Whose answer is wanted, of those that listen; default `discharge-summary`. */
  readonly service?: string;
  /** Default: the sandbox's own. */
  readonly client?: CdsClient;
}

/** The adapter's own time is up soon after this: what it answers then says nothing of the summary. */
const LATE_MS = 380;

/**
 * One hook call, checked against CDS Hooks 2.0's SHALLs where it was answered with cards. On a machine that is too busy for the
 * hook's budget it is made again: what a late call answers is for other tests, with a clock of their own.
 */
export async function callHook(app: WholeApp, hook: string, stay: Stay, init: HookInit = {}): Promise<HookCall> {
  for (let round = 1; ; round += 1) {
    const call = await callOnce(app, hook, stay, init);
    if (call.durationMs < LATE_MS || round === 20) return call;
  }
}

async function callOnce(app: WholeApp, hook: string, stay: Stay, init: HookInit): Promise<HookCall> {
  const { patientId, encounterId } = stay;
  const { client = app.sandbox.cdsClient, user = attending, service = "discharge-summary", hookInstance } = init;
  const options = hookInstance === undefined ? {} : { hookInstance };
  const calls = await client.call(hook, { userId: user, patientId, encounterId }, options);
  const call = calls.find(({ service: id }) => id === service);
  assert.ok(call !== undefined, `${service} does not listen to ${hook}`);
  assert.deepEqual(call.violations, []);
  return call;
}

export const discharge = (app: WholeApp, stay: Stay, init?: HookInit): Promise<HookCall> =>
  callHook(app, "encounter-discharge", stay, init);

export const openChart = (app: WholeApp, stay: Stay, init?: HookInit): Promise<HookCall> =>
  callHook(app, "patient-view", stay, init);

/** The first card's link; a card without one fails the test. */
export function linkOf(call: HookCall): CardLink {
  const link = call.cards[0]?.card.links?.[0];
  assert.ok(link !== undefined, `no link: status ${call.status}, ${call.problem ?? "no card"}`);
  return link;
}

/** The job that a card's SMART link speaks of. */
export function jobOf(call: HookCall): string {
  const id = linkOf(call).appContext;
  assert.ok(id !== undefined, "the link names no job");
  return id;
}

/** What the call showed, one line a card: empty for no card. */
export function shown({ status, cards, problem, durationMs }: HookCall): readonly string[] {
  assert.equal(status, 200, `${problem} (${durationMs} ms)`);
  return cards.map(({ card }) => card.summary);
}

/** A page of ours in a clinician's browser. */
export interface Page {
  /** Names the session; part of the page's path. */
  readonly launch: string;
  readonly csrf: string;
  /** What the page was told of itself, by dotted path. */
  readonly context: (path: string) => unknown;
  /** As the page's own script calls: cookie, launch, and on changes the CSRF token. */
  call(method: string, path: string, init?: CallInit): Promise<Answer>;
  stream(job: string, init?: StreamInit): Promise<StreamRead>;
}

/** Follows a card's link: a SMART launch with all its redirects, or the ticket's landing page and its button. */
export async function openPage(app: WholeApp, link: CardLink, stay: Stay, user = attending): Promise<Page> {
  const browser = createBrowser(LIMIT_MS);
  const opened = await browser.open(linkAddress(link, { ...stay, fhirUser: user }, app.sandbox.ehr));
  const landed =
    link.type === "smart"
      ? opened.url
      : new URL((await browser.fetch(opened.url, { method: "POST" })).headers.get("location") ?? "", app.url).href;
  const launch = /^\/app\/([^/]+)\/$/u.exec(new URL(landed).pathname)?.[1];
  assert.ok(launch !== undefined, `the link led to ${opened.status} ${new URL(landed).pathname}`);
  const named = { "x-handover-launch": launch };
  const call = async (method: string, path: string, { headers = {}, json }: CallInit = {}): Promise<Answer> =>
    answerOf(
      await browser.fetch(`${app.url}${path}`, requestInit(method, { headers: { ...named, ...headers }, json })),
    );
  const answer = await call("GET", `/app/${launch}/context`);
  assert.equal(answer.status, 200, answer.text);
  const csrf = String(answer.at("csrf"));
  return {
    launch,
    csrf,
    context: answer.at,
    call: (method, path, init = {}) => {
      const token = method === "GET" ? {} : { "x-csrf-token": csrf };
      return call(method, path, { ...init, headers: { ...token, ...init.headers } });
    },
    stream: (job, init) =>
      readStream(
        (path, request) =>
          browser.fetch(`${app.url}${path}`, { ...request, headers: { ...named, ...headersOf(request) } }),
        job,
        init,
      ),
  };
}

function headersOf(init: RequestInit | undefined): Record<string, string> {
  return Object.fromEntries(new Headers(init?.headers));
}

export interface StreamInit {
  /** `Last-Event-ID`. */
  readonly after?: string;
  /** Reads until this event, then leaves as a browser does that closes a tab. */
  readonly leaveAt?: (event: StreamedEvent) => boolean;
}

const envelope = z.looseObject({
  id: z.string(),
  type: z.string(),
  data: z.looseObject({ job: z.string(), jobSequence: z.number() }),
});

export type EventEnvelope = z.infer<typeof envelope>;
/** An event of a job, as the catalogue describes it. */
export const parseEnvelope = (value: unknown): EventEnvelope => envelope.parse(assertCatalogued(value));

export interface StreamedEvent {
  readonly id: string;
  readonly type: string;
  readonly envelope: EventEnvelope;
}

export interface StreamRead {
  readonly status: number;
  readonly headers: Headers;
  readonly events: readonly StreamedEvent[];
  /** The bytes as they came. */
  readonly text: string;
}

/** One connection to a job's stream with the API key, at any replica. */
export function streamOf(app: WholeApp, job: string, init: StreamInit & { readonly base?: string } = {}) {
  const authorization = `Bearer ${apiKey}`;
  return readStream(
    (path, request) =>
      fetch(`${init.base ?? app.url}${path}`, { ...request, headers: { authorization, ...headersOf(request) } }),
    job,
    init,
  );
}

async function readStream(
  fetchPath: (path: string, init: RequestInit) => Promise<Response>,
  job: string,
  { after, leaveAt }: StreamInit = {},
): Promise<StreamRead> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(LIMIT_MS)]);
  const resume: Record<string, string> = after === undefined ? {} : { "last-event-id": after };
  const headers = { accept: "text/event-stream", ...resume };
  const response = await fetchPath(`/v1/jobs/${job}/events`, { headers, signal });
  const events: StreamedEvent[] = [];
  let left = false;
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (left) return;
      const streamed = { id: id ?? "", type: event ?? "", envelope: envelope.parse(JSON.parse(data)) };
      events.push(streamed);
      left = leaveAt?.(streamed) ?? false;
    },
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body ?? []) {
    const chunk = decoder.decode(bytes, { stream: true });
    text += chunk;
    parser.feed(chunk);
    if (left) break;
  }
  leaving.abort();
  return { status: response.status, headers: response.headers, events, text };
}

export const attestation = "I have read this summary against the chart and it is correct.";

/** Signs what stands now; returns the answer. */
export async function sign(page: Page, job: string): Promise<Answer> {
  const read = await page.call("GET", `/v1/jobs/${job}/summary`);
  const etag = read.headers.get("etag") ?? "";
  return page.call("POST", `/v1/jobs/${job}/summary/sign`, { json: { attestation }, headers: { "if-match": etag } });
}
