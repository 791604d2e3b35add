/**
 * `handover relay`: for hospitals whose firewall lets nothing in. It asks the adapter for events, brings them to receivers
 * inside as signed webhooks, and acknowledges only what they have taken: whatever dies in between, nothing is lost.
 */
import { checkHeaders } from "../core/delivery/headers.ts";
import type { GrowingPolicy } from "../core/retry/policy.ts";
import { listen } from "../http/server.ts";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { untilInterrupted } from "./demo/interrupt.ts";
import { filterOf, headersOf, numberOf, wholeOf } from "./endpoint/settings.ts";
import { acknowledge, beginNow, followFeed } from "./feed/follow.ts";
import type { Forwarded } from "./forward/forward-page.ts";
import { forwardPage, isRefusal } from "./forward/forward-page.ts";
import { forwardedJson, forwardedLine, troubleLine } from "./forward/lines.ts";
import type { Receiver } from "./forward/receiver.ts";
import { caOf, checkReceiver, createReceiver, formOf, timeoutMsOf } from "./forward/receiver.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { RelayHealth } from "./relay/health.ts";
import type { RelayTarget } from "./relay/targets.ts";
import { listOf, secretsOf, targetsOf } from "./relay/targets.ts";
import type { RemoteAdapter } from "./remote/adapter.ts";
import { remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";
import type { RemoteFailure } from "./remote/failure.ts";
import { usageError } from "./remote/failure.ts";

/** Soon after a restart of the receiver, and once a minute through a long outage. */
const policy: GrowingPolicy = {
  kind: "growing",
  attempts: Number.POSITIVE_INFINITY,
  baseSeconds: 1,
  factor: 2,
  maxSeconds: 60,
  jitter: 0.2,
};

/** What is under way may end for so long after a signal to stop. */
const STOP_MS = 5_000;

interface Relay {
  readonly adapter: RemoteAdapter;
  readonly health: RelayHealth;
  readonly types: string | undefined;
  readonly filter: ReturnType<typeof filterOf>;
  readonly concurrency: number;
  readonly limit: number;
  /** Refused for so long, an event is passed over; undefined: never. */
  readonly giveUpMs: number | undefined;
  readonly fromNow: boolean;
  readonly tell: (target: RelayTarget, forwarded: Forwarded) => void;
  readonly onTrouble: (failure: RemoteFailure, delayMs: number) => void;
  /** No new page. */
  readonly stop: AbortSignal;
  /** Not even what is under way. */
  readonly abandon: AbortSignal;
}

function receiverFor(target: RelayTarget, options: Options): Receiver {
  const [form, secrets] = [formOf(options), secretsOf(listOf(options, "secretEnv"), target.name)];
  if (secrets.length === 0)
    throw usageError("Events are never sent unsigned: name the secret's variable with --secret-env.");
  checkReceiver({ url: target.url, form, secrets });
  const timeoutMs = timeoutMsOf(options);
  const headers = headersOf(options) ?? {};
  const problem = checkHeaders(headers);
  if (problem !== undefined) throw usageError(`--header-env: ${problem}.`);
  return createReceiver({ url: target.url, form, secrets, headers, timeoutMs, ...caOf(options) });
}

const encode = ({ raw }: { readonly raw: object }): Uint8Array => Buffer.from(JSON.stringify(raw));

/** One target: a page at a time, acknowledged when all of it was taken. Ends by the signal only. */
async function relayTo(target: RelayTarget, receiver: Receiver, relay: Relay): Promise<void> {
  const { adapter, health, types, filter, limit, giveUpMs, stop, abandon, onTrouble } = relay;
  const calls = { signal: stop, onTrouble };
  if (relay.fromNow) await beginNow(adapter, target.consumer, calls);
  const onAnswer = (): void => health.adapterAnswered();
  for await (const page of followFeed(adapter, {
    ...calls,
    types,
    filter,
    limit,
    consumer: target.consumer,
    onAnswer,
  })) {
    await forwardPage(page.events, {
      receiver,
      bodyOf: encode,
      concurrency: relay.concurrency,
      policy,
      givesUp: (status, _times, sinceMs) => giveUpMs !== undefined && isRefusal(status) && sinceMs >= giveUpMs,
      tell: (forwarded) => relay.tell(target, forwarded),
      signal: stop,
      abandon,
    });
    // A signal in between must not keep what was taken from being told: that would only make repeats.
    await acknowledge(adapter, target.consumer, page.cursor, { signal: abandon, onTrouble });
  }
}

async function serveHealth(options: Options, health: RelayHealth, io: Io): Promise<() => Promise<void>> {
  const port = numberOf(options, "healthPort");
  if (port === undefined) return async () => undefined;
  const host = textOf(options, "healthHost") ?? "127.0.0.1";
  const server = await listen((request, response) => health.answer(request, response), { host, port });
  io.stderr(`Health at http://${host}:${server.port}/readyz, figures at /metrics.\n`);
  return () => server.close(0);
}

function settingsOf(options: Options, names: readonly string[], io: Io): Omit<Relay, "stop" | "abandon"> {
  const health = new RelayHealth(names, Date.now);
  const giveUpSeconds = numberOf(options, "giveUpAfter");
  if (giveUpSeconds !== undefined && giveUpSeconds < 0) throw usageError("--give-up-after takes seconds from 0.");
  const json = options["json"] === true;
  return {
    adapter: remoteAdapter(connectionOf(options)),
    health,
    types: textOf(options, "types"),
    filter: filterOf(options),
    concurrency: wholeOf(options, "concurrency", { least: 1, most: 100, otherwise: 4 }),
    limit: wholeOf(options, "batch", { least: 1, most: 200, otherwise: 50 }),
    giveUpMs: giveUpSeconds === undefined ? undefined : giveUpSeconds * 1000,
    fromNow: options["fromNow"] === true,
    tell({ name }, forwarded) {
      health.note(name, forwarded);
      if (json) io.stdout(forwardedJson(forwarded, name));
      else if (forwarded.result !== "delivered" || options["verbose"] === true)
        io.stdout(forwardedLine(forwarded, name));
    },
    onTrouble(failure, delayMs) {
      health.adapterAway();
      io.stderr(troubleLine(failure, delayMs));
    },
  };
}

/** Runs until a signal, which ends it with 0, or until the adapter refuses it for good (a wrong key). */
export async function relay(options: Options, io: Io): Promise<number> {
  const targets = targetsOf(listOf(options, "forwardTo"), textOf(options, "consumer") ?? "");
  const receivers = targets.map((target) => ({ target, receiver: receiverFor(target, options) }));
  const settings = settingsOf(
    options,
    targets.map(({ name }) => name),
    io,
  );
  const [stop, abandon] = [new AbortController(), new AbortController()];
  const closeHealth = await serveHealth(options, settings.health, io);
  void untilInterrupted().then(() => {
    stop.abort();
    setTimeout(() => abandon.abort(), STOP_MS).unref();
  });
  const running = receivers.map(({ target, receiver }) =>
    relayTo(target, receiver, { ...settings, stop: stop.signal, abandon: abandon.signal }),
  );
  io.stderr(
    `Relaying from ${settings.adapter.url} to ${targets.map(({ name, url }) => `${name} (${new URL(url).origin})`).join(", ")}.\n`,
  );
  try {
    await Promise.all(running);
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
  } finally {
    stop.abort();
    await Promise.allSettled(running);
    await Promise.all([closeHealth(), ...receivers.map(({ receiver }) => receiver.close())]);
  }
  return exitCodes.ok;
}
