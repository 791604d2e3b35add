/** Routes of /v1 on express: recognise the caller, check the scope, read the body, hand over, write the answer. */
import type { Request, RequestHandler, Response, Router } from "express";
import express from "express";
import type { Principal } from "../../core/access/principal.ts";
import type { ApiAnswer, ApiRoute } from "./api-route.ts";
import { AdapterError } from "../../core/errors.ts";
import { requireScope } from "../../core/access/principal.ts";
import { annotate } from "../annotations.ts";
import { jsonBody } from "../body.ts";
import { refuseOtherMethods } from "../method-guard.ts";
import type { TenantPlaces } from "../tenant-places.ts";
import { streamed } from "./api-route.ts";

/** Recognises the caller of a request: an API client's bearer, or a page's session. Throws 401. */
export type Authorize = (request: Request) => Promise<Principal>;

/** One value for each name: two are a sign of parameter pollution, and which would win is anybody's guess. */
function queryOf(request: Request): Record<string, string> {
  const found = new URL(request.originalUrl, "http://adapter.invalid").searchParams;
  const query: [string, string][] = [];
  for (const name of new Set(found.keys())) {
    const values = found.getAll(name);
    if (values.length > 1)
      throw new AdapterError("parameter_invalid", {
        at: name.slice(0, 100),
        message: "This parameter is given twice.",
      });
    query.push([name, values[0] ?? ""]);
  }
  return Object.fromEntries(query);
}

/** Aborts when the client goes away before it has its answer. */
function leaving(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

function send(response: Response, answer: ApiAnswer): void {
  response.status(answer.status).set({ "Cache-Control": "no-store", ...answer.headers });
  const body = bodyOf(answer);
  // Our own strong ETags stand; express must not answer 304 by itself for renderings that carry none. The length is said here,
  // because node leaves it out of the answer to HEAD.
  if (body === undefined) response.end();
  else response.set({ "Content-Type": body.type, "Content-Length": body.content.length }).end(body.content);
}

function bodyOf({ body, json }: ApiAnswer): { readonly type: string; readonly content: Buffer } | undefined {
  if (body !== undefined) return { type: body.type, content: Buffer.from(body.content) };
  if (json === undefined) return undefined;
  return { type: "application/json; charset=utf-8", content: Buffer.from(JSON.stringify(json)) };
}

function paramsOf(request: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.params).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** The caller, recognised before a byte of the body is read; what a handler finds has passed both checks. */
function recognise(route: ApiRoute, authorize: Authorize, callers: WeakMap<Request, Principal>): RequestHandler {
  return async (request, _response, next) => {
    const principal = await authorize(request);
    requireScope(principal, route.scope);
    callers.set(request, principal);
    next();
  };
}

/** Long polls and streams wait more than they work, and have bounds of their own. */
function isHeldOpen(route: ApiRoute, request: Request): boolean {
  if (Number(request.query["wait"]) > 0) return true;
  // Whoever asks for a stream where there is none gets an answer like any other.
  return route.path.endsWith("/events") && request.get("accept")?.includes("text/event-stream") === true;
}

function handler(route: ApiRoute, callers: WeakMap<Request, Principal>, places?: TenantPlaces): RequestHandler {
  return async (request, response) => {
    const principal = callers.get(request);
    if (principal === undefined) throw new AdapterError("unauthenticated");
    annotate(response, { tenant: principal.tenant });
    const leave = isHeldOpen(route, request) ? undefined : places?.enter(principal.tenant);
    try {
      const answer = await route.handle({
        principal,
        params: paramsOf(request),
        query: queryOf(request),
        body: request.body,
        header: (name) => request.get(name),
        signal: leaving(response),
        response,
      });
      if (answer !== streamed) send(response, answer);
      // A stream's head is all that HEAD asks for: nothing would ever end it.
      else if (request.method === "HEAD") response.end();
    } finally {
      leave?.();
    }
  };
}

/**
 * Mounts the routes at the root. Errors go on to the error renderer.
 *
 * @param places how many calls of one tenant may be in hand; absent: as many as come
 */
export function createApiRouter(routes: readonly ApiRoute[], authorize: Authorize, places?: TenantPlaces): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const callers = new WeakMap<Request, Principal>();
  for (const [path, group] of Map.groupBy(routes, (route) => route.path)) {
    const mount = router.route(path.replaceAll(/\{(\w+)\}/gu, ":$1"));
    for (const route of group) {
      const body = route.maxBodyBytes > 0 ? jsonBody({ limitBytes: route.maxBodyBytes }) : [];
      mount[route.method](recognise(route, authorize, callers), ...body, handler(route, callers, places));
    }
    mount.all(refuseOtherMethods(group.map((route) => route.method)));
  }
  return router;
}
