/** /smart/launch and /smart/callback. */
import type { Request, RequestHandler, Response, Router } from "express";
import express from "express";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { SmartDeps } from "./deps.ts";
import type { Redirect } from "./launch.ts";
import type { SmartSessions } from "./sessions.ts";
import { AdapterError, toAdapterError } from "../core/errors.ts";
import { annotate } from "../http/annotations.ts";
import { guardMethods } from "../http/method-guard.ts";
import { requestIdOf } from "../http/request-id.ts";
import { completeLaunch } from "./callback.ts";
import { failurePage } from "./failure-page.ts";
import { beginLaunch } from "./launch.ts";

/** The query, each name once: a second `state` or `iss` is an attack, not a mistake (RFC 6749, 3.1). */
function queryOf(request: Request): URLSearchParams {
  const query = new URL(request.originalUrl, "http://adapter.invalid").searchParams;
  for (const name of new Set(query.keys())) {
    if (query.getAll(name).length > 1) throw new AdapterError("parameter_invalid", { at: name.slice(0, 50) });
  }
  return query;
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name) ?? "";
  if (value === "") throw new AdapterError("parameter_missing", { at: name });
  if (value.length > 4096) throw new AdapterError("parameter_invalid", { at: name });
  return value;
}

/** Origins that may frame the answers: a failure must be readable where the launch was framed. */
function frameAncestors(tenants: readonly TenantConfig[]): string {
  const origins = [...new Set(tenants.flatMap((tenant) => tenant.ehr.frameAncestors))];
  return origins.length === 0 ? "'none'" : origins.join(" ");
}

function redirect(response: Response, { location, cookies }: Redirect): void {
  response
    .status(303)
    .append("Set-Cookie", [...cookies])
    .set("Location", location)
    .end();
}

/** A person gets a page, a program the error of the route family. */
function withFailurePage(
  deps: SmartDeps,
  work: (request: Request, response: Response) => Promise<void>,
): RequestHandler {
  return async (request, response, next) => {
    response.set({
      "Referrer-Policy": "no-referrer",
      "Content-Security-Policy": `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors ${frameAncestors(deps.tenants())}`,
    });
    try {
      await work(request, response);
    } catch (thrown) {
      const error = toAdapterError(thrown);
      annotate(response, { code: error.code, detail: error.detail });
      if (error.status >= 500) deps.onError?.(thrown);
      if (request.accepts(["json", "html"]) === "html")
        response
          .status(error.status)
          .type("html")
          .send(failurePage(error, requestIdOf(response)));
      else next(error);
    }
  };
}

export function createSmartRouter(deps: SmartDeps, sessions: SmartSessions): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  router.get(
    "/smart/launch",
    withFailurePage(deps, async (request, response) => {
      const query = queryOf(request);
      const launch = query.get("launch");
      const asked = { iss: required(query, "iss"), ...(launch === null ? {} : { launch: required(query, "launch") }) };
      redirect(response, await beginLaunch(deps, asked, request.get("cookie")));
    }),
  );
  router.get(
    "/smart/callback",
    withFailurePage(deps, async (request, response) => {
      const query = queryOf(request);
      required(query, "state");
      redirect(response, await completeLaunch(deps, sessions, query, request.get("cookie")));
    }),
  );
  return guardMethods(router);
}
