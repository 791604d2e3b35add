/** CORS for CDS clients in a browser (CDS Hooks 2.0, 208): listed origins only, never `*`, no cookies. */
import type { RequestHandler, Response } from "express";

const MAX_AGE_SECONDS = 600;

/** Answers a preflight and marks answers for listed origins. `origins` are those of all tenants. */
export function cors(origins: () => ReadonlySet<string>): RequestHandler {
  return (request, response, next) => {
    response.vary("Origin");
    const origin = request.get("origin");
    if (origin !== undefined && origins().has(origin)) allow(response, origin);
    if (request.method === "OPTIONS" && request.get("access-control-request-method") !== undefined)
      return void response.status(204).end();
    next();
  };
}

function allow(response: Response, origin: string): void {
  response.set({
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "Authorization, Content-Type",
    "access-control-max-age": String(MAX_AGE_SECONDS),
    "access-control-expose-headers": "X-Request-Id, Retry-After",
  });
}

/** A listed origin of another tenant must not read this tenant's answer. */
export function restrictOrigin(response: Response, origin: string | undefined, allowed: readonly string[]): void {
  if (origin !== undefined && !allowed.includes(origin)) response.removeHeader("access-control-allow-origin");
}
