/** One wide event per request: who, which route, how it ended, how long it took. The URL itself is never logged. */
import type { Request, RequestHandler, Response } from "express";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { parseTraceParent } from "../core/trace/trace-parent.ts";
import { annotationsOf } from "./annotations.ts";

/** The mounted route's pattern, `/v1/jobs/:id`; without it the path could carry ids of people or tickets. */
function routeOf(request: Request): string | undefined {
  const route: unknown = request.route;
  if (typeof route !== "object" || route === null) return undefined;
  const path: unknown = Reflect.get(route, "path");
  return typeof path === "string" ? `${request.baseUrl}${path}` : undefined;
}

/** Streams and long polls last as long as they are meant to: that is no latency. */
function isHeldOpen(request: Request, response: Response): boolean {
  const type = response.getHeader("content-type");
  return request.query["wait"] !== undefined || (typeof type === "string" && type.startsWith("text/event-stream"));
}

export interface RequestEventDeps {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
  /** Mount path of a request's family, as one of a fixed set. */
  readonly familyOf: (path: string) => string;
  readonly onAnswered?: (family: string, status: number) => void;
}

/** Probes would drown the log; they still count in the metrics. */
const quiet: ReadonlySet<string> = new Set(["/livez", "/readyz", "/metrics"]);

export function requestEvent({ log, metrics, monotonicMs, familyOf, onAnswered }: RequestEventDeps): RequestHandler {
  return (request, response, next) => {
    const startedAt = monotonicMs();
    const family = familyOf(request.path);
    // `close` comes after `finish`, and also when the client went away first.
    response.once("close", () => {
      const durationMs = Math.round((monotonicMs() - startedAt) * 10) / 10;
      const { statusCode: status } = response;
      if (!isHeldOpen(request, response))
        metrics.httpRequest({ family, method: request.method, status }, durationMs / 1000);
      const outcome = response.writableFinished ? "answered" : "aborted";
      if (response.writableFinished) onAnswered?.(family, status);
      const fields = {
        family,
        method: request.method,
        route: routeOf(request),
        status,
        outcome,
        durationMs,
        traceId: parseTraceParent(request.get("traceparent"))?.slice(3, 35),
        ...annotationsOf(response),
      };
      log[quiet.has(family) ? "debug" : status >= 500 ? "error" : "info"]("http.request", fields);
    });
    next();
  };
}
