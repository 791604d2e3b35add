/** The receiver as this process sees it: a child that counts what comes and says when. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";

const said = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("url"), url: z.string() }),
  z.object({ kind: z.literal("count"), atMs: z.number() }),
  z.object({ kind: z.literal("arrival"), id: z.string(), path: z.string(), atMs: z.number() }),
]);

export interface Arrival {
  readonly id: string;
  /** Milliseconds since 1970, with their fractions. */
  readonly atMs: number;
}

export interface Receiver {
  readonly url: string;
  /** From now on: resolves with the time at which `wanted` requests had come. */
  counted(wanted: number): Promise<number>;
  /** From now on: resolves with each id's first arrival at each path under `/timed` once `wanted` have come. */
  arrivals(wanted: number): Promise<readonly Arrival[]>;
  stop(): void;
}

export async function startReceiver(): Promise<Receiver> {
  const child = fork(join(import.meta.dirname, "receiver.ts"));
  const [first] = await once(child, "message");
  const hello = said.parse(first);
  if (hello.kind !== "url") throw new Error("the receiver did not say where it listens");
  let onCount = (_atMs: number): void => undefined;
  let onArrival = (_key: string, _arrival: Arrival): void => undefined;
  child.on("message", (message) => {
    const news = said.parse(message);
    if (news.kind === "count") onCount(news.atMs);
    if (news.kind === "arrival") onArrival(`${news.id} ${news.path}`, news);
  });
  return {
    url: hello.url,
    counted(wanted) {
      child.send({ wanted });
      return new Promise((resolve) => (onCount = resolve));
    },
    arrivals(wanted) {
      const seen = new Map<string, Arrival>();
      return new Promise((resolve) => {
        onArrival = (key, arrival) => {
          if (!seen.has(key)) seen.set(key, arrival);
          if (seen.size === wanted) resolve([...seen.values()]);
        };
      });
    },
    stop: () => void child.kill(),
  };
}
