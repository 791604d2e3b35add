/** `handover tail`: the tenant's events, or the attempts at one endpoint, a line each as they happen. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Options } from "./command.ts";
import { filterOf } from "./endpoint/settings.ts";
import { textOf } from "./command.ts";
import { untilInterrupted } from "./demo/interrupt.ts";
import { explainCode } from "../core/delivery/code-meanings.ts";
import type { FeedEvent, FollowOptions } from "./feed/follow.ts";
import { followFeed, persist } from "./feed/follow.ts";
import { troubleLine } from "./forward/lines.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import type { RemoteAdapter } from "./remote/adapter.ts";
import { readAll, remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";
import { usageError } from "./remote/failure.ts";
import type { RemoteAttempt } from "./remote/shapes.ts";
import { attemptShape, pageOf } from "./remote/shapes.ts";

/** What of an event fits a line: where it stands, never a value of a chart. */
function eventLine({ id, type, subject, time, data }: FeedEvent): string {
  const parts = ["status", "step", "error", "code", "patient", "encounter"].flatMap((name) => {
    const value = data[name];
    return typeof value === "string" ? [`${name}=${value}`] : [];
  });
  return `${[time, type.padEnd(18), subject, id, ...parts].join(" ")}\n`;
}

function attemptLine({ startedAt, delivery, number, outcome, code, durationMs, type = "" }: RemoteAttempt): string {
  return `${startedAt} ${delivery} #${number} ${outcome.padEnd(9)} ${code} ${durationMs} ms ${type} (${explainCode(code).means})\n`;
}

type Calls = Pick<FollowOptions, "signal" | "onTrouble">;

async function tailFeed(adapter: RemoteAdapter, options: Options, io: Io, calls: Calls): Promise<void> {
  const after = textOf(options, "after") ?? (options["all"] === true ? undefined : "now");
  const json = options["json"] === true;
  for await (const page of followFeed(adapter, {
    ...calls,
    after,
    types: textOf(options, "types"),
    filter: filterOf(options),
    limit: 100,
  }))
    for (const event of page.events) io.stdout(json ? `${JSON.stringify(event.raw)}\n` : eventLine(event));
}

/** Attempts are rows that appear when they are done; looking again this far back finds those that took long. */
const overlapMs = 60_000;
const lookMs = 1_000;
const mostRemembered = 20_000;

async function tailAttempts(adapter: RemoteAdapter, id: string, options: Options, io: Io, calls: Calls): Promise<void> {
  const path = `/v1/endpoints/${encodeURIComponent(id)}/attempts`;
  const seen = new Set<string>();
  const beganMs = Date.now();
  while (!calls.signal.aborted) {
    const since = new Date(Math.max(beganMs, Date.now() - overlapMs)).toISOString();
    const read = (): Promise<readonly RemoteAttempt[]> =>
      readAll(adapter, path, pageOf(attemptShape), { since, limit: 200 });
    const fresh = (await persist(read, calls)).filter(({ delivery, number }) => !seen.has(`${delivery} ${number}`));
    for (const each of fresh.toSorted((one, other) => one.startedAt.localeCompare(other.startedAt))) {
      seen.add(`${each.delivery} ${each.number}`);
      io.stdout(options["json"] === true ? `${JSON.stringify(each)}\n` : attemptLine(each));
    }
    for (const old of seen) {
      if (seen.size <= mostRemembered) break;
      seen.delete(old);
    }
    await sleep(lookMs, undefined, { signal: calls.signal });
  }
}

/** Runs until Ctrl-C, which ends it with 0. */
export async function tail(options: Options, io: Io): Promise<number> {
  const endpoint = textOf(options, "endpoint");
  const chosen =
    filterOf(options) !== undefined || ["types", "after", "all"].some((name) => options[name] !== undefined);
  if (endpoint !== undefined && chosen)
    throw usageError("--endpoint follows attempts: --types, --filter, --after and --all are for events.");
  const adapter = remoteAdapter(connectionOf(options));
  const stop = new AbortController();
  void untilInterrupted().then(() => stop.abort());
  const calls: Calls = {
    signal: stop.signal,
    onTrouble: (failure, delayMs) => io.stderr(troubleLine(failure, delayMs)),
  };
  try {
    await (endpoint === undefined
      ? tailFeed(adapter, options, io, calls)
      : tailAttempts(adapter, endpoint, options, io, calls));
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
  }
  return exitCodes.ok;
}
