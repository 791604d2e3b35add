/** `handover replay`: owe deliveries anew: some by name, many by what they have in common, or all that an endpoint missed. */
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { numberOf } from "./endpoint/settings.ts";
import { deliveryTable } from "./explain/text.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import type { RemoteAdapter } from "./remote/adapter.ts";
import { readAll, remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";
import { usageError } from "./remote/failure.ts";
import { parseMoment } from "./remote/moment.ts";
import { deliveryShape, pageOf, queuedShape } from "./remote/shapes.ts";

/** What the options say of the deliveries to be replayed. */
interface Choice {
  readonly endpoint: string | undefined;
  readonly types: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly state: string | undefined;
  readonly perSecond: number | undefined;
}

function choiceOf(options: Options, nowMs: number): Choice {
  const moment = (name: string): string | undefined => {
    const text = textOf(options, name);
    return text === undefined ? undefined : parseMoment(text, nowMs);
  };
  return {
    endpoint: textOf(options, "endpoint"),
    types: textOf(options, "types"),
    since: moment("since"),
    until: moment("until"),
    state: textOf(options, "state"),
    perSecond: numberOf(options, "rate"),
  };
}

const given = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** Each by itself: one that is on its way already must not keep the others from going. */
async function replayNamed(adapter: RemoteAdapter, deliveries: readonly string[]): Promise<number> {
  let queued = 0;
  for (const each of deliveries) {
    const path = `/v1/deliveries/${encodeURIComponent(each)}/replay`;
    queued += (await adapter.read("POST", path, queuedShape)).queued;
  }
  return queued;
}

async function recover(adapter: RemoteAdapter, only: string, choice: Choice): Promise<number> {
  const { endpoint, since, perSecond, types, until, state } = choice;
  if (endpoint === undefined || since === undefined) throw usageError("--only needs --endpoint and --since.");
  if (types !== undefined || until !== undefined || state !== undefined)
    throw usageError("--only goes with --endpoint, --since and --rate alone.");
  const path = `/v1/endpoints/${encodeURIComponent(endpoint)}/recover`;
  return (await adapter.read("POST", path, queuedShape, { query: { since, only, perSecond } })).queued;
}

async function replayChosen(adapter: RemoteAdapter, choice: Choice): Promise<number> {
  const { types, ...rest } = choice;
  const body = given({ ...rest, types: types?.split(",") });
  return (await adapter.read("POST", "/v1/dead-letters/replay", queuedShape, { body })).queued;
}

async function showChosen(
  adapter: RemoteAdapter,
  { endpoint, types, since, until, state }: Choice,
  options: Options,
  io: Io,
): Promise<number> {
  const deliveries = await readAll(adapter, "/v1/dead-letters", pageOf(deliveryShape), {
    endpoint,
    types,
    since,
    until,
    state,
    limit: 200,
  });
  if (options["json"] === true) io.stdout(`${JSON.stringify({ deliveries }, undefined, 2)}\n`);
  else io.stdout(deliveries.length === 0 ? "Nothing is dead or held.\n" : deliveryTable(deliveries));
  return exitCodes.ok;
}

/** @throws RemoteFailure where nothing was chosen: everything at once is asked for by `--state` or `--since` */
export async function replay(names: readonly string[], options: Options, io: Io): Promise<number> {
  const adapter = remoteAdapter(connectionOf(options));
  const choice = choiceOf(options, Date.now());
  const only = textOf(options, "only");
  const chosen = Object.keys(given({ ...choice, perSecond: undefined, only })).length > 0;
  if (names.length > 0 && chosen) throw usageError("Name deliveries, or choose them by options: not both.");
  if (names.length > 0 && choice.perSecond !== undefined)
    throw usageError("--rate spreads what options choose; named deliveries go at once.");
  if (options["list"] === true) {
    if (names.length > 0 || only !== undefined) throw usageError("--list goes with the options that choose.");
    return showChosen(adapter, choice, options, io);
  }
  if (names.length === 0 && !chosen)
    throw usageError("Say what is to be replayed: deliveries, --endpoint, --since, --types or --state.");
  const queued =
    names.length > 0
      ? await replayNamed(adapter, names)
      : await (only === undefined ? replayChosen(adapter, choice) : recover(adapter, only, choice));
  io.stdout(
    options["json"] === true
      ? `${JSON.stringify({ queued })}\n`
      : `${queued} ${queued === 1 ? "delivery" : "deliveries"} will be sent, under the ids they have.\n`,
  );
  return exitCodes.ok;
}
