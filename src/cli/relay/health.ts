/** How a relay is, for whoever watches it: probes for an orchestrator, figures for Prometheus. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Forwarded } from "../forward/forward-page.ts";

interface TargetHealth {
  delivered: number;
  failed: number;
  passedOver: number;
  /** Since when nothing gets through; milliseconds since 1970. */
  failingSinceMs: number | undefined;
  lastCode: string | undefined;
  lastDeliveredMs: number | undefined;
}

/** How long something may be away before the relay says that it is not ready: restarts are over by then. */
const graceMs = 120_000;

export class RelayHealth {
  readonly #targets = new Map<string, TargetHealth>();
  readonly #now: () => number;
  #adapterAwaySinceMs: number | undefined;

  constructor(names: readonly string[], now: () => number) {
    this.#now = now;
    // Until it has answered once, the adapter counts as away.
    this.#adapterAwaySinceMs = now();
    for (const name of names)
      this.#targets.set(name, {
        delivered: 0,
        failed: 0,
        passedOver: 0,
        failingSinceMs: undefined,
        lastCode: undefined,
        lastDeliveredMs: undefined,
      });
  }

  adapterAnswered(): void {
    this.#adapterAwaySinceMs = undefined;
  }

  adapterAway(): void {
    this.#adapterAwaySinceMs ??= this.#now();
  }

  note(name: string, { result, code }: Pick<Forwarded, "result" | "code">): void {
    const target = this.#targets.get(name);
    if (target === undefined) return;
    target.lastCode = code;
    if (result === "delivered") {
      target.delivered += 1;
      target.failingSinceMs = undefined;
      target.lastDeliveredMs = this.#now();
      return;
    }
    target.failed += 1;
    if (result === "passed-over") target.passedOver += 1;
    target.failingSinceMs ??= this.#now();
  }

  #long(sinceMs: number | undefined): boolean {
    return sinceMs !== undefined && this.#now() - sinceMs > graceMs;
  }

  get ready(): boolean {
    return (
      !this.#long(this.#adapterAwaySinceMs) &&
      ![...this.#targets.values()].some((each) => this.#long(each.failingSinceMs))
    );
  }

  /** Names, codes, counts and times: nothing of any event. */
  report(): object {
    const at = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
    return {
      ready: this.ready,
      adapter: { awaySince: at(this.#adapterAwaySinceMs) },
      targets: [...this.#targets].map(([name, { failingSinceMs, lastDeliveredMs, lastCode = null, ...counts }]) => ({
        name,
        ...counts,
        lastCode,
        failingSince: at(failingSinceMs),
        lastDeliveredAt: at(lastDeliveredMs),
      })),
    };
  }

  /** Prometheus text format. Names of targets hold nothing that would need escaping. */
  metrics(): string {
    const lines = [...this.#targets].flatMap(([name, { delivered, failed, passedOver, failingSinceMs }]) => [
      `handover_relay_delivered_total{target="${name}"} ${delivered}`,
      `handover_relay_failed_attempts_total{target="${name}"} ${failed}`,
      `handover_relay_passed_over_total{target="${name}"} ${passedOver}`,
      `handover_relay_target_up{target="${name}"} ${failingSinceMs === undefined ? 1 : 0}`,
    ]);
    return `${lines.join("\n")}\nhandover_relay_adapter_up ${this.#adapterAwaySinceMs === undefined ? 1 : 0}\n`;
  }

  /** `/livez`, `/readyz`, `/metrics`. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD") return void response.writeHead(405).end();
    if (path === "/livez") return void response.writeHead(200, { "content-type": "text/plain" }).end("ok\n");
    if (path === "/metrics")
      return void response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(this.metrics());
    if (path !== "/readyz") return void response.writeHead(404).end();
    response.writeHead(this.ready ? 200 : 503, { "content-type": "application/json" });
    response.end(`${JSON.stringify(this.report())}\n`);
  }
}
