/** The job API on express: recognise the caller, check the scope, read the body, hand over, write the answer. */
import type { Request, RequestHandler, Response, Router } from "express";
import express from "express";
import type { Principal } from "../core/access/principal.ts";
import type { ApiAnswer, ApiRoute } from "./api-route.ts";
import { AdapterError } from "../core/errors.ts";
import { requireScope } from "../core/access/principal.ts";
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

/** What body-parser throws, in the words of the table. */
function bodyError(error: unknown): AdapterError {
  const type = error instanceof Error && "type" in error ? error.type : undefined;
  if (type === "entity.too.large") return new AdapterError("too_large");
  if (type === "charset.unsupported" || type === "encoding.unsupported")
    return new AdapterError("unsupported_media_type");
  return new AdapterError("request_malformed");
}

const jsonTypes = ["application/json", "application/fhir+json"];

function readBody(request: Request, response: Response, maxBytes: number): Promise<unknown> {
  if (request.is(jsonTypes) === false) throw new AdapterError("unsupported_media_type");
  // inflate off: a small compressed body must not become a large one here.
  const parse = express.json({ limit: maxBytes, type: jsonTypes, strict: true, inflate: false });
  return new Promise((resolve, reject) => {
    parse(request, response, (error?: unknown) => {
      if (error === undefined) resolve(request.body as unknown);
      else reject(bodyError(error));
    });
  });
}

/** Aborts when the client goes away before it has its answer. */
function leaving(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

function send(response: Response, answer: ApiAnswer): void {
  response.status(answer.status).set({ "Cache-Control": "no-store", ...answer.headers });
  // Our own strong ETags stand; express must not answer 304 by itself for renderings that carry none.
  if (answer.text !== undefined) response.set("Content-Type", answer.text.type).end(answer.text.body);
  else if (answer.json !== undefined)
    response.set("Content-Type", "application/json; charset=utf-8").end(JSON.stringify(answer.json));
  else response.end();
}

function paramsOf(request: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.params).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function handler(route: ApiRoute, authorize: Authorize): RequestHandler {
  return async (request, response) => {
    const principal = await authorize(request);
    requireScope(principal, route.scope);
    const query = queryOf(request);
    const body = route.maxBodyBytes > 0 ? await readBody(request, response, route.maxBodyBytes) : undefined;
    const answer = await route.handle({
      principal,
      params: paramsOf(request),
      query,
      body,
      header: (name) => request.get(name),
      signal: leaving(response),
      response,
    });
    if (answer !== streamed) send(response, answer);
  };
}

/** Answers 405 with Allow to whatever is not documented, HEAD and OPTIONS included. */
function otherMethods(methods: readonly string[]): RequestHandler {
  const allow = methods.map((method) => method.toUpperCase()).join(", ");
  return (_request, response) => {
    response.set("Allow", allow);
    throw new AdapterError("method_not_allowed");
  };
}

/** Mounts the routes at the root. Errors go on to the error renderer. */
export function createApiRouter(routes: readonly ApiRoute[], authorize: Authorize): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const [path, group] of Map.groupBy(routes, (route) => route.path)) {
    const mount = router.route(path.replaceAll(/\{(\w+)\}/gu, ":$1"));
    mount.head(otherMethods(group.map((route) => route.method)));
    for (const route of group) mount[route.method](handler(route, authorize));
    mount.all(otherMethods(group.map((route) => route.method)));
  }
  return router;
}
