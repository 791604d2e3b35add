/** The adapter as a hospital runs it: one process that answers and one that works, on a database of its own. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AdapterProcess } from "../../src/cli/demo/adapter-process.ts";
import { startAdapterProcess } from "../../src/cli/demo/adapter-process.ts";

export interface Adapter {
  /** PUBLIC_URL. */
  readonly url: string;
  /** `kill -9`; another worker, ready by then, takes over. */
  replaceWorker(): Promise<void>;
  /** Nobody answers at its address while `work` is done. */
  away(work: () => Promise<void>): Promise<void>;
  /** The last lines of every process. */
  lastLines(): readonly string[];
  stop(): Promise<void>;
}

export interface AdapterOptions {
  readonly port: number;
  readonly databaseUrl: string;
  readonly tenants: readonly object[];
  /** Where its configuration may lie. */
  readonly folder: string;
}

/** Starts both. Whatever was started is stopped again when one does not start. */
export async function startAdapter({ port, databaseUrl, tenants, folder }: AdapterOptions): Promise<Adapter> {
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder, "handover.json");
  await writeFile(file, JSON.stringify({ egress: { allow: ["127.0.0.1/32"] }, tenants }), { mode: 0o600 });
  const environment = {
    DATABASE_URL: databaseUrl,
    HANDOVER_CONFIG: file,
    HANDOVER_MASTER_KEY: randomBytes(32).toString("base64"),
    HANDOVER_DATA_DIR: folder,
    PUBLIC_URL: url,
    HOST: "127.0.0.1",
    LOG_LEVEL: "warn",
  };
  const running = new Set<AdapterProcess>();
  const everRun: AdapterProcess[] = [];
  const start = async (role: "api" | "worker"): Promise<AdapterProcess> => {
    const more = { HANDOVER_ROLES: role, PORT: String(role === "api" ? port : 0) };
    const started = await startAdapterProcess(role, { ...environment, ...more });
    running.add(started);
    everRun.push(started);
    return started;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...running].map((one) => one.stop()));
  };
  const started = await Promise.allSettled([start("api"), start("worker")]);
  const [first, second] = started;
  const failed = started.find(({ status }) => status === "rejected");
  if (first?.status !== "fulfilled" || second?.status !== "fulfilled") {
    await stop();
    throw failed?.status === "rejected" ? failed.reason : new Error("the adapter did not start");
  }
  let [api, worker] = [first.value, second.value];
  return {
    url,
    async away(work) {
      running.delete(api);
      await api.stop();
      try {
        await work();
      } finally {
        api = await start("api");
      }
    },
    async replaceWorker() {
      const dead = worker;
      worker = await start("worker");
      running.delete(dead);
      await dead.kill();
    },
    lastLines: () => everRun.flatMap(({ name, lines }) => lines.slice(-20).map((line) => `${name}: ${line}`)),
    stop,
  };
}
