/**
 * Hooks as many EHRs send them: at a steady rate that does not wait for answers, and at twice what the machine can take. Each
 * call carries a whole prefetched chart and a token of its own, and makes a job. Against a bare express route that only parses
 * the same body. Options: `--chart FILE`, `--seconds N` (30), `--rate N` (100).
 */
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fillPrefetch } from "../sandbox/cds-client/prefetch.ts";
import { createSigningKey, signHookToken } from "../sandbox/cds-client/signing-key.ts";
import { loadChartFile, loadCharts } from "../sandbox/charts/load.ts";
import { startSandbox } from "../sandbox/main.ts";
import { service } from "../cds-services/discharge-summary/service.ts";
import { serviceAudience, startMeasured } from "./hook/adapter.ts";
import type { LoadAnswer, LoadBatch } from "./hook/load-caller.ts";
import { startBenchDatabase } from "./measure/database.ts";
import type { Figure } from "./measure/figures.ts";
import { percentile, printFigures } from "./measure/figures.ts";

const { values } = parseArgs({
  options: {
    chart: { type: "string" },
    seconds: { type: "string", default: "30" },
    rate: { type: "string", default: "100" },
    json: { type: "boolean" },
  },
});
const seconds = Number(values.seconds);
const rate = Number(values.rate);

const place = await startBenchDatabase();
const brought = values.chart === undefined ? [] : [await loadChartFile(values.chart)];
const sandbox = await startSandbox({ adapterUrl: "http://adapter.invalid", charts: [...brought, ...loadCharts()] });
const { fhirBaseUrl } = sandbox.ehr;
const issuer = "https://ehr.example";
const jku = "https://ehr.example/jwks";
const key = await createSigningKey();
const measured = await startMeasured(place.appUrl, fhirBaseUrl, { iss: issuer, jku, jwks: key.jwks });
const caller = fork(join(import.meta.dirname, "hook", "load-caller.ts"));

const [stay] = sandbox.charts;
if (stay === undefined) throw new Error("the sandbox has no chart");
const context = { userId: "Practitioner/attending-1", patientId: stay.patientId, encounterId: stay.encounterId };
const token = sandbox.ehr.mintToken({ clientId: "sandbox-cds-client", scopes: ["system/*.rs"] }, 600);
const templates = service.hooks["encounter-discharge"]?.prefetch ?? {};
const prefetch = await fillPrefetch(templates, context, { fhirServer: fhirBaseUrl, token, keys: "all" });
await sandbox.close();

const body = { hook: "encounter-discharge", hookInstance: "INSTANCE", fhirServer: fhirBaseUrl, context, prefetch };
const template = JSON.stringify(body).replaceAll(context.encounterId, "ENCOUNTER");

interface Load {
  readonly answers: readonly LoadAnswer[];
  /** Of this process: adapter and bare route; Postgres and the calling side have their own. */
  readonly cpuMsPerCall: number;
}

async function load(url: string, ratePerSecond: number, count: number): Promise<Load> {
  const calls: LoadBatch["calls"][number][] = [];
  for (let index = 0; index < count; index += 1) {
    const claims = { issuer, jku, audience: serviceAudience, jti: randomUUID(), now: new Date() };
    const authorization = `Bearer ${await signHookToken(key, claims)}`;
    calls.push({ authorization, encounter: `stay-${randomUUID()}`, instance: randomUUID() });
  }
  const before = process.cpuUsage();
  caller.send({ url, template, calls, ratePerSecond } satisfies LoadBatch);
  const [answers] = (await once(caller, "message")) as [readonly LoadAnswer[]];
  const { user, system } = process.cpuUsage(before);
  return { answers, cpuMsPerCall: (user + system) / 1_000 / count };
}

const times = (answers: readonly LoadAnswer[]): readonly number[] => answers.map(({ durationMs }) => durationMs);
const bare = "express route: the same body parsed";

function steadyFigures(ours: Load, base: Load): readonly Figure[] {
  const at = `at ${rate}/s for ${seconds} s`;
  const latency = [0.5, 0.99].map((share) => ({
    figure: `${at}, p${share * 100}`,
    value: percentile(times(ours.answers), share),
    unit: "ms",
    baseline: { name: bare, value: percentile(times(base.answers), share) },
  }));
  const refused = ours.answers.filter(({ status }) => status !== 200).length;
  return [
    ...latency,
    {
      figure: `${at}, CPU a call`,
      value: ours.cpuMsPerCall,
      unit: "ms",
      baseline: { name: bare, value: base.cpuMsPerCall },
    },
    { figure: `${at}, not answered 200`, value: refused, unit: "calls" },
  ];
}

function floodFigures({ answers }: Load, offered: number): readonly Figure[] {
  const at = `at ${Math.round(offered)}/s, twice the most`;
  const answered = answers.filter(({ status }) => status === 200);
  const shed = answers.filter(({ status, retryAfter }) => (status === 429 || status === 503) && retryAfter);
  return [
    { figure: `${at}: answered, p50`, value: percentile(times(answered), 0.5), unit: "ms" },
    { figure: `${at}: answered, p99`, value: percentile(times(answered), 0.99), unit: "ms" },
    { figure: `${at}: answered`, value: (100 * answered.length) / answers.length, unit: "%" },
    { figure: `${at}: shed with Retry-After`, value: (100 * shed.length) / answers.length, unit: "%" },
    { figure: `${at}: neither`, value: answers.length - answered.length - shed.length, unit: "calls" },
  ];
}

try {
  await load(measured.url, 20, 100);
  await load(measured.bareUrl, 20, 100);
  const base = await load(measured.bareUrl, rate, rate * seconds);
  const ours = await load(measured.url, rate, rate * seconds);
  // The most: what calls that are all answered take of this process's time, were it never idle.
  const most = 1_000 / (await load(measured.url, 20, 200)).cpuMsPerCall;
  const flood = await load(measured.url, 2 * most, Math.round(2 * most * Math.min(seconds, 10)));
  const size = { figure: "body", value: template.length / 1024, unit: "kB" };
  printFigures("hooks", [size, ...steadyFigures(ours, base), ...floodFigures(flood, 2 * most)]);
} finally {
  caller.kill();
  await measured.stop();
  await place.drop();
}
