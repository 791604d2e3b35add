/** The express app: what every request passes, the route families, and one place where errors are rendered. */
import type { Express, RequestHandler, Router } from "express";
import express from "express";
import { AdapterError } from "../core/errors.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ErrorMiddlewareDeps } from "./error-middleware.ts";
import { errorMiddleware, notFound } from "./error-middleware.ts";
import type { ErrorStyle } from "./render-error.ts";
import { requestEvent } from "./request-event.ts";
import { requestId } from "./request-id.ts";
import { securityHeaders } from "./security-headers.ts";

/** Routes that share a path prefix, an error form and who may reach them. */
export interface RouteFamily {
  /** Path prefixes; the first is the family's name in logs and metrics. */
  readonly paths: readonly [string, ...string[]];
  readonly errors: ErrorStyle;
  /** True where `inboundAllow` applies: hooks, API, /inbound. */
  readonly walled: boolean;
  /** True for pages that an EHR shows in a frame; such a family sets its own Content-Security-Policy. */
  readonly framed?: boolean;
  /** Declares absolute paths: it is mounted at the root. */
  readonly router: Router | RequestHandler;
}

export interface HttpAppDeps {
  readonly publicUrl: string;
  readonly families: readonly RouteFamily[];
  /** Whether a source address may call walled families. */
  readonly inboundAllowed: (address: string | undefined) => boolean;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly onRefused: ErrorMiddlewareDeps["onRefused"];
  /** Monotonic milliseconds; the process's own when absent. */
  readonly monotonicMs?: () => number;
  /** Told of every answer that came to its end, by its route family. */
  readonly onAnswered?: (family: string, status: number) => void;
  /** True once the replica is going down: connections are closed after their answer. */
  readonly draining?: () => boolean;
}

/** Composes the app. It listens to nothing by itself. */
export function createHttpApp(deps: HttpAppDeps): Express {
  const familyAt = (path: string): RouteFamily | undefined => longest(deps.families, path);
  const familyOf = (path: string): string => familyAt(path)?.paths[0] ?? "(none)";
  const styleOf = (path: string): ErrorStyle => familyAt(path)?.errors ?? "problem";
  const monotonicMs = deps.monotonicMs ?? (() => performance.now());
  const app = express();
  app.disable("x-powered-by");
  // Links come from PUBLIC_URL and addresses from the socket: no forwarding header is believed (attack list 53, 54).
  app.set("trust proxy", false);
  app.set("etag", false);
  app.set("query parser", "simple");
  app.enable("case sensitive routing");
  app.use(requestId, requestEvent({ ...deps, monotonicMs, familyOf }));
  app.use(
    securityHeaders({ https: deps.publicUrl.startsWith("https:"), framed: (path) => familyAt(path)?.framed === true }),
  );
  app.use(closeWhileDraining(deps.draining ?? (() => false)));
  for (const family of deps.families) {
    if (family.walled) app.use([...family.paths], sourceWall(deps.inboundAllowed));
    app.use(family.router);
  }
  app.use(notFound, errorMiddleware({ log: deps.log, styleOf, familyOf, onRefused: deps.onRefused }));
  return app;
}

/** The family with the longest matching prefix, by whole path segments. */
function longest(families: readonly RouteFamily[], path: string): RouteFamily | undefined {
  let found: { family: RouteFamily; length: number } | undefined;
  for (const family of families) {
    for (const prefix of family.paths) {
      const matches = prefix === "/" || path === prefix || path.startsWith(`${prefix}/`);
      if (matches && prefix.length > (found?.length ?? 0)) found = { family, length: prefix.length };
    }
  }
  return found?.family;
}

function sourceWall(allowed: HttpAppDeps["inboundAllowed"]): RequestHandler {
  return (request, _response, next) => {
    if (!allowed(request.socket.remoteAddress))
      throw new AdapterError("forbidden", {
        message: "This network may not call here.",
        detail: "network.not-allowed",
      });
    next();
  };
}

function closeWhileDraining(draining: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (draining()) response.setHeader("connection", "close");
    next();
  };
}
