/**
 * From a piece of draft text, given to the log by one replica, to the clients that follow the job at another: append in a
 * durable database, wake-up by NOTIFY, one read, fan-out. Against a fan-out of the same bytes from memory, in the same run over
 * as many connections. The clients are a process of their own.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase } from "../src/db/connect.ts";
import { composeHeart, jobInput } from "../test/support/adapter-heart.ts";
import { startBenchDatabase } from "./measure/database.ts";
import { latencyFigures, printFigures } from "./measure/figures.ts";
import { withPeakMemory } from "./measure/memory.ts";
import type { FromClients, ToClients } from "./stream/clients.ts";
import { wallClockMs } from "./stream/clock.ts";
import { startStreamServer } from "./stream/server.ts";

const jobCount = 20;
const clientsPerJob = 10;
const piecesPerSecond = 400;
const seconds = 5;
const padding = "x".repeat(250);

const place = await startBenchDatabase();
const databases = [openDatabase(place.appUrl), openDatabase(place.appUrl)] as const;
const writer = await composeHeart(databases[0]);
const server = await startStreamServer(await composeHeart(databases[1]));
const clients = fork(join(import.meta.dirname, "stream", "clients.ts"));

async function ask(message: ToClients): Promise<FromClients> {
  clients.send(message);
  const [answer] = (await once(clients, "message")) as [FromClients];
  return answer;
}

/** Gives pieces in turn to the jobs at a steady rate; resolves with how long each was under way to each client. */
async function give(jobs: readonly string[], piece: (job: string, text: string) => void): Promise<readonly number[]> {
  const total = piecesPerSecond * seconds;
  const reported = ask({ kind: "expect", pieces: total * clientsPerJob });
  const startedAtMs = performance.now();
  for (let index = 0; index < total; index += 1) {
    const aheadMs = startedAtMs + (index * 1000) / piecesPerSecond - performance.now();
    if (aheadMs > 1) await delay(aheadMs);
    piece(jobs[index % jobs.length] ?? "", `@${wallClockMs()}@${padding}`);
  }
  const answer = await reported;
  return answer.kind === "delays" ? answer.ms : [];
}

/** As a worker's draft writer does it: append, then wake. */
async function append(job: string, text: string): Promise<void> {
  const data = { section: "course", attempt: 1, text };
  await databases[0].worker.transaction("general", (tx) =>
    writer.eventLog.append(tx, "general", job, [{ type: "draft.delta", data }]),
  );
  writer.wakeUp.notify("job", `general/${job}`);
}

async function createJobs(): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < jobCount; index += 1) {
    const { job } = await writer.jobs.create(jobInput({ encounter: `Encounter/e${index}` }));
    ids.push(job.id);
  }
  return ids;
}

/** A piece that could not be written would be waited for without end. */
const failed = Promise.withResolvers<never>();

try {
  const jobs = await createJobs();
  const urls = (kind: string): string[] =>
    jobs.flatMap((job) => Array.from({ length: clientsPerJob }, () => `${server.url}/${kind}/${job}`));
  await ask({ kind: "open", urls: urls("bare") });
  await ask({ kind: "open", urls: urls("stream") });
  const bare = await give(jobs, (job, text) => server.writeBare(job, `data: ${text}\n\n`));
  const ours = await withPeakMemory(() =>
    Promise.race([failed.promise, give(jobs, (job, text) => void append(job, text).catch(failed.reject))]),
  );
  const name = `${jobCount * clientsPerJob} clients, ${jobCount} jobs, ${piecesPerSecond} pieces/s`;
  printFigures("stream", [
    ...latencyFigures(name, ours.value, { name: "fan-out from memory, same run", samples: bare }),
    { figure: "peak memory, both replicas", value: ours.peakMegabytes, unit: "MB" },
  ]);
} finally {
  clients.kill();
  server.close();
  for (const database of databases) await database.close();
  await place.drop();
}
// The two replicas' loops are still turning.
process.exit(0);
