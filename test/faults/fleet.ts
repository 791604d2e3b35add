/** Worker processes under test: started, armed, killed, frozen, cut off, replaced. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BarrierName } from "../../src/jobs/barrier.ts";
import type { Proxy } from "./proxy.ts";
import { startProxy } from "./proxy.ts";
import type { FromWorker, ToWorker } from "./worker-process.ts";

export class Member {
  readonly proxy: Proxy;
  readonly #child: ChildProcess;
  #reached: BarrierName | undefined;

  private constructor(child: ChildProcess, proxy: Proxy) {
    this.#child = child;
    this.proxy = proxy;
    child.on("message", (message: FromWorker) => {
      if (message.kind === "reached") this.#reached = message.barrier;
    });
  }

  /** Starts a worker whose database lies behind a proxy of its own; resolves when it may claim. */
  static async start(databaseUrl: string, paceMs: number): Promise<Member> {
    const url = new URL(databaseUrl);
    const proxy = await startProxy(Number(url.port === "" ? 5432 : url.port), url.hostname);
    url.hostname = "127.0.0.1";
    url.port = String(proxy.port);
    const env = { ...process.env, FAULT_DATABASE_URL: url.toString(), FAULT_PACE_MS: String(paceMs) };
    const child = fork(join(import.meta.dirname, "worker-process.ts"), [], {
      env,
      execArgv: [],
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    const member = new Member(child, proxy);
    let complaints = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaints = (complaints + text).slice(-2_000);
    });
    const ready = new Promise<boolean>((resolve) => {
      child.once("exit", () => resolve(false));
      child.on("message", (message: FromWorker) => message.kind === "ready" && resolve(true));
    });
    if (await ready) return member;
    await proxy.close();
    throw new Error(`worker ended with ${child.exitCode} before it was ready: ${complaints}`);
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** Arms a barrier; true when the worker came to stand at it in time. */
  async standAt(barrier: BarrierName, nth: number, timeoutMs: number): Promise<boolean> {
    this.#reached = undefined;
    this.#send({ kind: "arm", barrier, nth });
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline && this.alive) {
      if (this.#reached === barrier) return true;
      await delay(5);
    }
    return false;
  }

  async kill(): Promise<void> {
    if (this.alive) {
      const gone = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await gone;
    }
    await this.proxy.close();
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** As a deploy does: SIGTERM, and the worker hands its jobs back. Returns the exit code. */
  async terminate(): Promise<number | null> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await gone;
    await this.proxy.close();
    return this.#child.exitCode;
  }
}
