/** One process of the adapter, as a hospital would run it: `main.ts serve` with an environment of its own. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

export interface AdapterProcess {
  readonly name: string;
  readonly pid: number;
  /** The last lines it wrote, newest last. */
  readonly lines: readonly string[];
  /** `kill -9`, as the out-of-memory killer would. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM and an orderly end. */
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, "..", "..", "main.ts");
const KEPT_LINES = 200;
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 16_000;

/** Ours are given by the demo; everything else (PATH, locale, NODE_OPTIONS) is passed on. */
const own = /^(?:HANDOVER_.*|DATABASE_.*|PUBLIC_URL|HOST|PORT|LOG_LEVEL)$/u;

export function inheritedEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !own.test(name)));
}

/** Starts it and resolves once it says that it is ready. Rejects with its last words when it ends before. */
export async function startAdapterProcess(
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<AdapterProcess> {
  const child = spawn(process.execPath, [program, "serve", "--demo"], {
    env: { ...inheritedEnvironment(process.env), ...environment },
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own: a Ctrl-C reaches the demo alone, which then ends its processes in order.
    detached: process.platform !== "win32",
  });
  // The pipe is how it notices that we are gone; a write to it after its end is nothing to us.
  child.stdin.on("error", () => undefined);
  const exited = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const lines: string[] = [];
  await untilReady(name, child, lines, exited);
  return {
    name,
    pid: child.pid ?? 0,
    lines,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await Promise.race([exited, delay(STOP_LIMIT_MS, undefined, { ref: false })]);
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function untilReady(name: string, child: ChildProcess, lines: string[], exited: Promise<void>): Promise<void> {
  const ready = new Promise<"ready">((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        if (line.startsWith("Handover is ready")) resolve("ready");
      });
    }
  });
  const limit = new AbortController();
  const outcome = await Promise.race([
    ready,
    exited.then(() => "ended" as const),
    delay(START_LIMIT_MS, "late" as const, { signal: limit.signal }),
  ]);
  limit.abort();
  if (outcome === "ready") return;
  child.kill("SIGKILL");
  await exited;
  const why = outcome === "late" ? `was not ready within ${START_LIMIT_MS / 1000} s` : "did not start";
  throw new Error([`the adapter's ${name} process ${why}`, ...lines.slice(-20)].join("\n  "));
}
