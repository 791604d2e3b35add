/**
 * A worker in a process of its own, for the fault tests: real database, log and queue, a scripted engine. The parent arms a
 * barrier over IPC; when the work reaches it for the nth time it says so and stands still, to be killed, frozen or released.
 */
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase } from "../../src/db/connect.ts";
import type { BarrierName } from "../../src/jobs/barrier.ts";
import { composeHeart, scriptedGenerator } from "../support/adapter-heart.ts";
import { us } from "../support/jurisdictions.ts";

export type ToWorker =
  | { readonly kind: "arm"; readonly barrier: BarrierName; readonly nth: number }
  | { readonly kind: "stop" };
export type FromWorker = { readonly kind: "ready" } | { readonly kind: "reached"; readonly barrier: BarrierName };

const url = process.env["FAULT_DATABASE_URL"];
if (url === undefined) throw new Error("FAULT_DATABASE_URL is missing");
const paceMs = Number(process.env["FAULT_PACE_MS"] ?? "8");

let armed: { barrier: BarrierName; left: number } | undefined;
const send = (message: FromWorker): void => void process.send?.(message);

async function barrier(name: BarrierName): Promise<void> {
  if (armed?.barrier !== name) return;
  armed.left -= 1;
  if (armed.left > 0) return;
  armed = undefined;
  send({ kind: "reached", barrier: name });
  await new Promise(() => undefined);
}

const heart = await composeHeart(openDatabase(url));
const worker = heart.worker({
  slots: 4,
  barrier,
  generatorFor: () => ({
    generator: scriptedGenerator({ between: async (request) => delay(paceMs, undefined, { signal: request.signal }) }),
    options: { timeZone: "UTC", language: "en", jurisdiction: us },
  }),
});

async function stop(): Promise<void> {
  await worker.stop(3_000);
  await heart.close();
  await heart.database.close();
  process.exit(0);
}

process.on("message", (message: ToWorker) => {
  if (message.kind === "arm") armed = { barrier: message.barrier, left: message.nth };
  else void stop();
});
process.on("SIGTERM", () => void stop());
// The parent is gone: nothing is left to test.
process.on("disconnect", () => process.exit(1));

while (!worker.healthy) await delay(5);
send({ kind: "ready" });
