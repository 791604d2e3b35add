/**
 * What the model path adds to each token: from the moment at which the provider sent it until the engine hands it on (parsed,
 * put back, gated), against a reader that does nothing but parse the same provider's stream in the same run. In turns. The
 * gathering of pieces before they are stored (50 ms at most) comes behind, and is none of it.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { z } from "zod";
import { loadCharts } from "../sandbox/charts/load.ts";
import { buildChart } from "../src/core/chart/build-chart.ts";
import { createModelGenerator } from "../src/generation/model/model-generator.ts";
import { createOpenAiCompatibleProvider } from "../src/generation/model/openai-compatible/openai-compatible.ts";
import { structureChart } from "../src/generation/model/structure.ts";
import { latencyFigures, printFigures } from "./measure/figures.ts";
import type { Told } from "./model/provider.ts";
import { us } from "../test/support/jurisdictions.ts";

const rounds = 10;
const clock = (): number => performance.timeOrigin + performance.now();
const options = { timeZone: "America/Chicago", language: "en", jurisdiction: us } as const;
const timeouts = { firstChunkTimeoutMs: 60_000, chunkTimeoutMs: 60_000, totalTimeoutMs: 600_000 };

const child = fork(new URL("model/provider.ts", import.meta.url));
const [address] = z
  .tuple([z.object({ port: z.number() })])
  .rest(z.unknown())
  .parse(await once(child, "message"));
const url = `http://127.0.0.1:${address.port}`;
const told = async (): Promise<Told> => (await (await fetch(url)).json()) as Told;

const [loaded] = loadCharts();
if (loaded === undefined) throw new Error("the sandbox has no chart");
const chart = buildChart({ resources: loaded.bundle, encounterId: loaded.encounterId });

let asked = "";
const recordingFetch: typeof fetch = (input, init) => {
  asked = typeof init?.body === "string" ? init.body : asked;
  return fetch(input, init);
};
const provider = createOpenAiCompatibleProvider({
  baseUrl: `${url}/v1`,
  model: "bench",
  timeouts,
  fetch: recordingFetch,
});

/** What the engine puts in the place of a mark. */
const printedDate = /\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: \d{4})?\b/gu;

/** Only tokens that a reader sees something of: the others are the form around the sentences. */
function latencies({ sentAt, visible }: Told, cameAt: (index: number) => number | undefined): readonly number[] {
  return sentAt.flatMap((sent, index) => {
    const isShown = (visible[index] ?? 0) > (visible[index - 1] ?? 0);
    const came = isShown ? cameAt(index) : undefined;
    return came === undefined ? [] : [came - sent];
  });
}

/** The engine's own way, from the request to the delta that carries the token. */
async function throughEngine(): Promise<readonly number[]> {
  const arrivals: { readonly until: number; readonly at: number }[] = [];
  let text = "";
  const generator = createModelGenerator({ provider, structure: structureChart, parts: ["course"] });
  const { signal } = new AbortController();
  for await (const event of generator.generate({ chart, options, finished: [], signal, requestId: "bench" })) {
    if (event.kind === "reset") throw new Error("a sentence fell: the streams cannot be compared");
    if (event.kind !== "delta") continue;
    const at = clock();
    text += event.text;
    arrivals.push({ until: text.replaceAll(printedDate, "").replaceAll("\n", "").length, at });
  }
  const stream = await told();
  let next = 0;
  return latencies(stream, (index) => {
    while ((arrivals[next]?.until ?? Number.MAX_SAFE_INTEGER) < (stream.visible[index] ?? 0)) next += 1;
    return arrivals[next]?.at;
  });
}

/** The same request, its events parsed and nothing more. */
async function direct(): Promise<readonly number[]> {
  const arrivals: number[] = [];
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: asked,
  });
  const events = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  if (events === undefined) throw new Error("no stream");
  for await (const { data } of events) {
    if (data === "[DONE]") break;
    const chunk: unknown = JSON.parse(data);
    if (JSON.stringify(chunk).includes('"content"')) arrivals.push(clock());
  }
  return latencies(await told(), (index) => arrivals[index]);
}

await throughEngine();
const engine: number[] = [];
const bare: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  bare.push(...(await direct()));
  engine.push(...(await throughEngine()));
}
child.kill();
printFigures(
  "model",
  latencyFigures("one token, provider to engine's delta", engine, { name: "a bare reader", samples: bare }),
);
