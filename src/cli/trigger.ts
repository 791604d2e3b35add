/** `handover trigger`: the example of an event, signed, to any receiver, or through the adapter to an endpoint. */
import { randomBytes } from "node:crypto";
import { judge } from "../core/delivery/outcome.ts";
import { eventCatalogue } from "../core/event/catalogue.ts";
import { sampleEvent, sampleTypes } from "../core/event/sample.ts";
import { retryPresets } from "../core/retry/policy.ts";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { secretOf } from "./endpoint/settings.ts";
import { table, trialText } from "./endpoint/text.ts";
import { caOf, checkReceiver, createReceiver, formOf, timeoutMsOf } from "./forward/receiver.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";
import { usageError } from "./remote/failure.ts";
import { trialShape } from "./remote/shapes.ts";

interface Outcome {
  readonly id: string;
  readonly ok: boolean;
  readonly code: string;
  readonly durationMs: number;
}

function listTypes(options: Options, io: Io): number {
  const types = eventCatalogue.filter(({ type }) => sampleTypes.includes(type));
  const shown = types.map(({ type, description }) => ({ type, description }));
  if (options["json"] === true) io.stdout(`${JSON.stringify({ types: shown }, undefined, 2)}\n`);
  else io.stdout(table(shown.map(({ type, description }) => [type, description])));
  return exitCodes.ok;
}

/** Straight to the receiver, signed here: no adapter is needed. */
async function sendDirectly(type: string, url: string, options: Options): Promise<Outcome> {
  const [secret, form] = [secretOf(options), formOf(options)];
  if (secret === undefined)
    throw usageError("Events are never sent unsigned: name the secret's variable with --secret-env.");
  checkReceiver({ url, form, secrets: [secret] });
  const id = `evt_${randomBytes(16).toString("hex")}`;
  const origin = { id, tenant: "general", publicUrl: "https://adapter.example", timeMs: Date.now() };
  const body = Buffer.from(JSON.stringify(sampleEvent(type, origin)));
  const timeoutMs = timeoutMsOf(options);
  const receiver = createReceiver({ url, form, secrets: [secret], headers: {}, timeoutMs, ...caOf(options) });
  try {
    const came = await receiver.post(id, body, AbortSignal.timeout(timeoutMs + 1_000));
    const { kind, code } = judge(came, { policy: retryPresets.short, attemptsBefore: 0, nowMs: 0, random: 0 });
    return { id, ok: kind === "delivered", code, durationMs: came.durationMs };
  } finally {
    await receiver.close();
  }
}

async function sendThroughAdapter(type: string, endpoint: string, options: Options): Promise<Outcome> {
  const path = `/v1/endpoints/${encodeURIComponent(endpoint)}/test`;
  return remoteAdapter(connectionOf(options)).read("POST", path, trialShape, { query: { type } });
}

/** Exit code 1 where the receiver did not take it. */
export async function trigger(type: string | undefined, options: Options, io: Io): Promise<number> {
  if (options["list"] === true) return listTypes(options, io);
  if (type === undefined || !sampleTypes.includes(type))
    throw usageError("Name an event type that webhooks carry; `handover trigger --list` shows them.");
  const [to, endpoint] = [textOf(options, "to"), textOf(options, "endpoint")];
  if ((to === undefined) === (endpoint === undefined))
    throw usageError("Say where to: either --to URL or --endpoint ID.");
  const sent =
    to === undefined ? await sendThroughAdapter(type, endpoint ?? "", options) : await sendDirectly(type, to, options);
  io.stdout(options["json"] === true ? `${JSON.stringify(sent)}\n` : trialText(sent, endpoint));
  return sent.ok ? exitCodes.ok : exitCodes.failed;
}
