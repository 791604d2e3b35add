/** `handover endpoint ...`: what the endpoint API of a running adapter does, for a person and for a script. */
import { z } from "zod";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { numberOf, secretOf, settingsOf } from "./endpoint/settings.ts";
import { attemptTable, endpointTable, endpointText, statsText, trialText } from "./endpoint/text.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import type { RemoteAdapter } from "./remote/adapter.ts";
import { readAll, remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";
import { usageError } from "./remote/failure.ts";
import { parseMoment } from "./remote/moment.ts";
import { attemptShape, endpointShape, pageOf, queuedShape, statsShape, trialShape } from "./remote/shapes.ts";

const adapterOf = (options: Options): RemoteAdapter => remoteAdapter(connectionOf(options));
const pathOf = (id: string): string => `/v1/endpoints/${encodeURIComponent(id)}`;

/** The answer as JSON, or as words. */
function print(options: Options, io: Io, value: unknown, text: () => string): number {
  io.stdout(options["json"] === true ? `${JSON.stringify(value, undefined, 2)}\n` : text());
  return exitCodes.ok;
}

/** A secret stands alone on standard output, so that `> file` keeps it and a screen need not show anything else. */
function printSecret(options: Options, io: Io, value: { readonly secret: string }, said: string): number {
  if (options["json"] !== true) io.stderr(`${said}\nIts secret, shown this once:\n`);
  return print(options, io, value, () => `${value.secret}\n`);
}

export async function listEndpoints(options: Options, io: Io): Promise<number> {
  const endpoints = await readAll(adapterOf(options), "/v1/endpoints", pageOf(endpointShape), { limit: 200 });
  return print(options, io, { endpoints }, () => endpointTable(endpoints));
}

export async function showEndpoint(id: string, options: Options, io: Io): Promise<number> {
  const endpoint = await adapterOf(options).read("GET", pathOf(id), endpointShape);
  return print(options, io, endpoint, () => endpointText(endpoint));
}

export async function listAttempts(id: string, options: Options, io: Io): Promise<number> {
  const since = textOf(options, "since");
  const most = numberOf(options, "limit") ?? 20;
  const attempts = await readAll(
    adapterOf(options),
    `${pathOf(id)}/attempts`,
    pageOf(attemptShape),
    {
      outcome: textOf(options, "outcome"),
      since: since === undefined ? undefined : parseMoment(since, Date.now()),
      limit: Math.min(200, most),
    },
    most,
  );
  return print(options, io, { attempts }, () => attemptTable(attempts));
}

export async function endpointStats(id: string, options: Options, io: Io): Promise<number> {
  const query = { window: textOf(options, "window") };
  const stats = await adapterOf(options).read("GET", `${pathOf(id)}/stats`, statsShape, { query });
  return print(options, io, stats, () => statsText(stats));
}

const madeShape = z.looseObject({ endpoint: endpointShape, secret: z.string() });

export async function createEndpoint(id: string, receiver: string, options: Options, io: Io): Promise<number> {
  const secret = secretOf(options);
  const verify = options["verify"] === true ? { verify: true } : {};
  const body = { ...settingsOf(options), id, url: receiver, ...verify, ...(secret === undefined ? {} : { secret }) };
  const made = await adapterOf(options).read("POST", "/v1/endpoints", madeShape, { body });
  return printSecret(options, io, made, `Endpoint ${id} is made, and ${made.endpoint.status}.`);
}

export async function changeEndpoint(id: string, options: Options, io: Io): Promise<number> {
  const receiver = textOf(options, "receiver");
  const changes = { ...settingsOf(options), ...(receiver === undefined ? {} : { url: receiver }) };
  if (Object.keys(changes).length === 0) throw usageError("Say what is to change.");
  const adapter = adapterOf(options);
  // Between this reading and the change somebody else's change makes ours a 412, never an overwriting.
  const { revision } = await adapter.read("GET", pathOf(id), endpointShape);
  const headers = { "if-match": `"${revision}"` };
  const changed = await adapter.read("PATCH", pathOf(id), endpointShape, { body: changes, headers });
  return print(options, io, changed, () => endpointText(changed));
}

export async function removeEndpoint(id: string, options: Options, io: Io): Promise<number> {
  await adapterOf(options).call("DELETE", pathOf(id));
  return print(
    options,
    io,
    { removed: id },
    () => `Endpoint ${id} is removed. What it was owed is kept, and not sent.\n`,
  );
}

const rotatedShape = z.looseObject({ secret: z.string(), previousValidUntil: z.string().optional() });

export async function rotateEndpoint(id: string, options: Options, io: Io): Promise<number> {
  const [secret, overlapHours] = [secretOf(options), numberOf(options, "overlap")];
  const body = { ...(secret === undefined ? {} : { secret }), ...(overlapHours === undefined ? {} : { overlapHours }) };
  const rotated = await adapterOf(options).read("POST", `${pathOf(id)}/rotate-secret`, rotatedShape, { body });
  const before =
    rotated.previousValidUntil === undefined
      ? "The secret before is void."
      : `The secret before signs beside it until ${rotated.previousValidUntil}.`;
  return printSecret(options, io, rotated, `Endpoint ${id} signs with a new secret. ${before}`);
}

export async function moveEndpoint(id: string, deed: "pause" | "resume", options: Options, io: Io): Promise<number> {
  const moved = await adapterOf(options).read("POST", `${pathOf(id)}/${deed}`, endpointShape);
  return print(options, io, moved, () => `Endpoint ${id} is ${moved.status}.\n`);
}

/** Exit code 1 where the receiver did not take it. */
export async function tryEndpoint(id: string, deed: "test" | "verify", options: Options, io: Io): Promise<number> {
  const trial = await adapterOf(options).read("POST", `${pathOf(id)}/${deed}`, trialShape);
  print(options, io, trial, () => trialText(trial, id, deed === "verify" ? "verified" : "accepted"));
  return trial.ok ? exitCodes.ok : exitCodes.failed;
}

export async function recoverEndpoint(id: string, options: Options, io: Io): Promise<number> {
  const query = {
    since: parseMoment(textOf(options, "since") ?? "", Date.now()),
    only: textOf(options, "only"),
    perSecond: numberOf(options, "rate"),
  };
  const answer = await adapterOf(options).read("POST", `${pathOf(id)}/recover`, queuedShape, { query });
  return print(
    options,
    io,
    answer,
    () => `${answer.queued} ${answer.queued === 1 ? "delivery" : "deliveries"} will be sent to ${id}.\n`,
  );
}
