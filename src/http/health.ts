/** /livez, /readyz and /metrics. */
import type { Router } from "express";
import express from "express";
import type { Metrics } from "../telemetry/metrics.ts";
import { guardMethods } from "./method-guard.ts";

export interface HealthDeps {
  readonly metrics: Metrics;
  /** Rejects, or takes too long, where the dependency is away. By name: `database`. */
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  /** Monotonic milliseconds. */
  readonly monotonicMs?: () => number;
}

export interface Health {
  readonly router: Router;
  /** From now on /readyz answers 503, so that the load balancer sends requests elsewhere. */
  drain(): void;
  readonly draining: boolean;
}

const CHECK_MS = 1_000;
/** Probes come from many sides at once; one look per second serves them all. */
const KEEP_MS = 1_000;

type Readiness = Readonly<Record<string, "ok" | "away">>;

export function createHealth({ metrics, checks, monotonicMs = () => performance.now() }: HealthDeps): Health {
  let draining = false;
  let held: { readonly at: number; readonly result: Promise<Readiness> } | undefined;

  async function look(): Promise<Readiness> {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, (await answers(check)) ? "ok" : "away"] as const),
    );
    return Object.fromEntries(results);
  }

  function readiness(): Promise<Readiness> {
    if (held === undefined || monotonicMs() - held.at > KEEP_MS) held = { at: monotonicMs(), result: look() };
    return held.result;
  }

  async function observe(): Promise<{ readonly ready: boolean; readonly found: Readiness }> {
    const found = await readiness();
    const ready = !draining && Object.values(found).every((state) => state === "ok");
    metrics.setReady(ready);
    return { ready, found };
  }

  const router = express.Router();
  router.get("/livez", (_request, response) => void response.json({ status: "live" }));
  router.get("/readyz", async (_request, response) => {
    const { ready, found } = await observe();
    response
      .status(ready ? 200 : 503)
      .json({ status: draining ? "draining" : ready ? "ready" : "not-ready", checks: found });
  });
  router.get("/metrics", async (_request, response) => {
    // Where nobody asks for readiness, the gauge must still be true.
    await observe();
    const { contentType, body } = await metrics.render();
    response.set("content-type", contentType).end(body);
  });
  return {
    router: guardMethods(router),
    drain: () => {
      draining = true;
      metrics.setReady(false);
    },
    get draining() {
      return draining;
    },
  };
}

async function answers(check: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_MS);
  });
  const work = check().then(
    () => true,
    () => false,
  );
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
