/**
 * The CDS hook call as an EHR waits for it: signed JWT, whole prefetch, job and log in a durable database, card. Against a bare
 * express route that parses the same body and does one `select 1`, in the same process and run, call by call in turn. The EHR
 * calls from a process of its own.
 */
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { fillPrefetch } from "../sandbox/cds-client/prefetch.ts";
import { createSigningKey, signHookToken } from "../sandbox/cds-client/signing-key.ts";
import { startSandbox } from "../sandbox/main.ts";
import { service } from "../cds-services/discharge-summary/service.ts";
import { serviceAudience, startMeasured } from "./hook/adapter.ts";
import type { PreparedCall, Sent } from "./hook/caller.ts";
import { startBenchDatabase } from "./measure/database.ts";
import type { Figure } from "./measure/figures.ts";
import { latencyFigures, printFigures } from "./measure/figures.ts";

const callsOfEach = 300;
const warmUpCalls = 100;
const issuer = "https://ehr.example";
const jku = "https://ehr.example/jwks";

const place = await startBenchDatabase();
const sandbox = await startSandbox({ adapterUrl: "http://adapter.invalid" });
const { fhirBaseUrl } = sandbox.ehr;
const key = await createSigningKey();
const measured = await startMeasured(place.appUrl, fhirBaseUrl, { iss: issuer, jku, jwks: key.jwks });
const caller = fork(join(import.meta.dirname, "hook", "caller.ts"));

async function send(calls: readonly PreparedCall[], concurrency: number): Promise<readonly Sent[]> {
  caller.send({ calls, concurrency });
  const [sent] = (await once(caller, "message")) as [readonly Sent[]];
  const refused = sent.find(({ status }) => status !== 200);
  if (refused !== undefined) throw new Error(`${refused.label} answered ${refused.status}: ${refused.answer}`);
  return sent;
}

async function authorization(): Promise<string> {
  const claims = { issuer, jku, audience: serviceAudience, jti: randomUUID(), now: new Date() };
  return `Bearer ${await signHookToken(key, claims)}`;
}

const [stay] = sandbox.charts;
if (stay === undefined) throw new Error("the sandbox has no chart");
const context = { userId: "Practitioner/attending-1", patientId: stay.patientId, encounterId: stay.encounterId };
const token = sandbox.ehr.mintToken({ clientId: "sandbox-cds-client", scopes: ["system/*.rs"] }, 600);
const prefetch = await fillPrefetch(service.hooks["encounter-discharge"]?.prefetch ?? {}, context, {
  fhirServer: fhirBaseUrl,
  token,
  keys: "all",
});
await sandbox.close();

/** A call about some stay: the same chart under another encounter's id. */
async function hookCall(label: string, hook: string, encounterId: string): Promise<PreparedCall> {
  const body = JSON.stringify({
    hook,
    hookInstance: randomUUID(),
    fhirServer: fhirBaseUrl,
    context,
    // patient-view is declared without prefetch: opening a chart starts nothing.
    ...(hook === "patient-view" ? {} : { prefetch }),
  }).replaceAll(context.encounterId, encounterId);
  return { label, url: measured.url, headers: { authorization: await authorization() }, body };
}

const bareCall = ({ body }: PreparedCall, label: string): PreparedCall => ({
  label: `bare ${label}`,
  url: measured.bareUrl,
  headers: {},
  body,
});

interface Kind {
  readonly label: string;
  readonly hook: "encounter-discharge" | "patient-view";
  /** The encounter of the nth call. */
  readonly encounterOf: (index: number) => string;
}

/** Ours and the bare route in turn, so that whatever else the machine does meets both. */
async function callsOf({ label, hook, encounterOf }: Kind, count: number): Promise<readonly PreparedCall[]> {
  const calls: PreparedCall[] = [];
  for (let index = 0; index < count; index += 1) {
    const ours = await hookCall(label, hook, encounterOf(index));
    calls.push(ours, bareCall(ours, label));
  }
  return calls;
}

const durations = (sent: readonly Sent[], label: string): readonly number[] =>
  sent.filter((one) => one.label === label).map(({ durationMs }) => durationMs);

async function measure(kind: Kind, concurrency: number): Promise<readonly Figure[]> {
  const sent = await send(await callsOf(kind, callsOfEach), concurrency);
  const at = concurrency === 1 ? kind.label : `${kind.label}, ${concurrency} at once`;
  return latencyFigures(at, durations(sent, kind.label), {
    name: "express route: same body parsed, one `select 1`",
    samples: durations(sent, `bare ${kind.label}`),
  });
}

/** Every stay that the measured calls meet has an id of its own. */
const stays = (prefix: string) => (index: number) => `${prefix}-${index}`;
const known = (): string => "known-stay";
const kinds: readonly Kind[] = [
  { label: "encounter-discharge, new job", hook: "encounter-discharge", encounterOf: stays("new") },
  { label: "encounter-discharge, joins a job", hook: "encounter-discharge", encounterOf: known },
  { label: "patient-view, stay with a job", hook: "patient-view", encounterOf: known },
  { label: "patient-view, stay without a job", hook: "patient-view", encounterOf: stays("none") },
];

try {
  const warmUp = kinds.map((kind, index) =>
    callsOf({ ...kind, encounterOf: stays(`warm${index}`) }, index === 0 ? warmUpCalls : warmUpCalls / 2),
  );
  for (const calls of warmUp) await send(await calls, 1);
  await send([await hookCall("first", "encounter-discharge", known())], 1);
  const figures: Figure[] = [
    { figure: "body of encounter-discharge", value: JSON.stringify(prefetch).length / 1024, unit: "kB" },
  ];
  for (const kind of kinds) figures.push(...(await measure(kind, 1)));
  const together: Kind = {
    label: "encounter-discharge, new job",
    hook: "encounter-discharge",
    encounterOf: stays("together"),
  };
  figures.push(...(await measure(together, 8)));
  printFigures("hook-latency", figures);
} finally {
  caller.kill();
  await measured.stop();
  await place.drop();
}
