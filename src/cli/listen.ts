/** `handover listen --forward-to URL`: a developer's own receiver gets real, signed webhooks, without a tunnel or an endpoint. */
import { randomBytes } from "node:crypto";
import type { GrowingPolicy } from "../core/retry/policy.ts";
import { formatSigningSecret } from "../core/signature/keys.ts";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { untilInterrupted } from "./demo/interrupt.ts";
import { filterOf, secretOf } from "./endpoint/settings.ts";
import type { FeedEvent } from "./feed/follow.ts";
import { acknowledge, beginNow, followFeed } from "./feed/follow.ts";
import { forwardPage } from "./forward/forward-page.ts";
import { forwardedJson, forwardedLine, troubleLine } from "./forward/lines.ts";
import type { Receiver } from "./forward/receiver.ts";
import { caOf, checkReceiver, createReceiver, formOf, timeoutMsOf } from "./forward/receiver.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";
import type { RemoteFailure } from "./remote/failure.ts";

/** A developer waits for the next try: none takes long. */
const policy: GrowingPolicy = {
  kind: "growing",
  attempts: Number.POSITIVE_INFINITY,
  baseSeconds: 0.5,
  factor: 2,
  maxSeconds: 5,
  jitter: 0.1,
};

/** What the receiver answers with an error is tried so often; while nothing listens, it is waited for. */
const TRIES = 3;

/** Numbers events as an endpoint of this session would see them, where the engine's own bodies carry the number. */
function numbering(): (event: FeedEvent) => Uint8Array {
  let endpointSequence = 0;
  return (event) => {
    endpointSequence += 1;
    const { tenant, job, jobSequence, sequence, ...rest } = event.data;
    const place = job === undefined ? { sequence } : { job, jobSequence };
    return Buffer.from(JSON.stringify({ ...event.raw, data: { tenant, ...place, endpointSequence, ...rest } }));
  };
}

function receiverOf(options: Options, io: Io): Receiver {
  const given = secretOf(options);
  const secret = given ?? formatSigningSecret(randomBytes(32));
  const [url, form] = [textOf(options, "forwardTo") ?? "", formOf(options)];
  checkReceiver({ url, form, secrets: [secret] });
  io.stderr(`Forwarding to ${url}, form ${form}.\n`);
  if (given === undefined) io.stderr(`Signing secret of this run: ${secret}\n`);
  const timeoutMs = timeoutMsOf(options);
  return createReceiver({ url, form, secrets: [secret], headers: {}, timeoutMs, ...caOf(options) });
}

/** Runs until Ctrl-C, which ends it with 0. */
export async function listen(options: Options, io: Io): Promise<number> {
  const adapter = remoteAdapter(connectionOf(options));
  const receiver = receiverOf(options, io);
  const stop = new AbortController();
  const { signal } = stop;
  void untilInterrupted().then(() => stop.abort());
  const onTrouble = (failure: RemoteFailure, delayMs: number): void => io.stderr(troubleLine(failure, delayMs));
  const line = options["json"] === true ? forwardedJson : forwardedLine;
  const consumer = textOf(options, "consumer");
  const calls = { signal, onTrouble };
  try {
    if (consumer !== undefined) await beginNow(adapter, consumer, calls);
    const from = consumer === undefined ? { after: "now" } : { consumer };
    const bodyOf = numbering();
    for await (const page of followFeed(adapter, {
      ...calls,
      ...from,
      types: textOf(options, "types"),
      filter: filterOf(options),
      limit: 20,
    })) {
      await forwardPage(page.events, {
        receiver,
        bodyOf,
        concurrency: 1,
        policy,
        givesUp: (_status, times) => times >= TRIES,
        tell: (forwarded) => io.stdout(line(forwarded)),
        signal,
        abandon: signal,
      });
      if (consumer !== undefined) await acknowledge(adapter, consumer, page.cursor, calls);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    stop.abort();
    await receiver.close();
  }
  return exitCodes.ok;
}
