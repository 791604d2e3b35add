/** FHIR interactions on express: recognise the caller, check the scopes, read the body, answer with headers as R4 wants them. */
import type { Request, RequestHandler, Response, Router } from "express";
import express from "express";
import type { Principal } from "../../core/access/principal.ts";
import { AdapterError } from "../../core/errors.ts";
import { annotate } from "../annotations.ts";
import { jsonBody, optionalJsonBody, searchBody } from "../body.ts";
import { refuseOtherMethods } from "../method-guard.ts";
import type { FhirAccess } from "./access.ts";
import { accessOf, withinAccess } from "./access.ts";
import { checkFormat, queryOf, sendJson } from "./format.ts";
import type { FhirAnswer, FhirRoute } from "./fhir-route.ts";
import { needsOf } from "./fhir-route.ts";
import { notOffered } from "./not-offered.ts";
import { withWantedElements } from "./elements.ts";
import type { RequireValid } from "./valid-answer.ts";
import { validAnswer } from "./valid-answer.ts";
import { isUnchanged, versionHeaders } from "./version.ts";

export interface FhirRouterDependencies {
  /** Recognises the caller; throws 401. */
  readonly authorize: (request: Request) => Promise<Principal>;
  readonly routes: readonly FhirRoute[];
  /** What anybody may know, by path: what is offered, and what topics and operations mean. */
  readonly published: ReadonlyMap<string, PublishedResource>;
  readonly requireValid: RequireValid;
}

export interface PublishedResource {
  /** R5 resources on an R4 server say so in their media type. */
  readonly fhirVersion?: "5.0";
  /** Absent: FHIR's own. */
  readonly mediaType?: "application/json";
  readonly resource: unknown;
}

const fhirJson = "application/fhir+json; charset=utf-8";
const defaultBodyBytes = 64 * 1024;

async function send(request: Request, response: Response, answer: FhirAnswer): Promise<void> {
  const { status, resource, headers } = answer;
  response.status(status).set({ "Cache-Control": "no-store", ...versionHeaders(resource), ...headers });
  if (isUnchanged(request, answer)) response.status(304).end();
  else if (resource === undefined) response.end();
  else await sendJson(request, response, fhirJson, resource);
}

/** Aborts when the client goes away before it has its answer. */
function leaving(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

/** R4 `id`; what cannot be one is not looked up. Empty on routes without one. */
function idOf(request: Request): string {
  const { id = "" } = request.params;
  if (typeof id !== "string" || !/^[A-Za-z0-9\-.]{0,64}$/u.test(id)) throw new AdapterError("not_found");
  return id;
}

interface Caller {
  readonly principal: Principal;
  readonly access: FhirAccess;
}

/** Recognised before a byte of the body is read. */
function recognise(
  route: FhirRoute,
  { authorize }: FhirRouterDependencies,
  callers: WeakMap<Request, Caller>,
): RequestHandler {
  return async (request, response, next) => {
    const principal = await authorize(request);
    const access = accessOf(principal, route);
    annotate(response, { tenant: principal.tenant });
    callers.set(request, { principal, access });
    next();
  };
}

/** Of the address, and of the form where the search is a POST: both count (R4, 3.1.0.9). */
function parametersOf(request: Request): URLSearchParams {
  const form: unknown = request.body;
  return new URLSearchParams([...queryOf(request), ...(form instanceof URLSearchParams ? form : [])]);
}

/** `Prefer: return=minimal` (R4 http, 3.1.0.1.8): headers say what came of a write, and the client has the rest. */
function asPreferred(request: Request, answer: FhirAnswer, isWrite: boolean): FhirAnswer {
  if (!isWrite || !/(?:^|[,;\s])return=minimal(?:$|[,;\s])/u.test(request.get("prefer") ?? "")) return answer;
  const { resource, ...bare } = answer;
  return { ...bare, headers: { ...versionHeaders(resource), ...answer.headers } };
}

function handler(
  route: FhirRoute,
  { requireValid }: FhirRouterDependencies,
  callers: WeakMap<Request, Caller>,
): RequestHandler {
  const { capability } = route;
  const isWrite =
    capability !== undefined && "interaction" in capability && ["create", "update"].includes(capability.interaction);
  const hasBody = (route.method === "post" || route.method === "put") && route.search === undefined;
  return async (request, response) => {
    const caller = callers.get(request);
    if (caller === undefined) throw new AdapterError("unauthenticated");
    const { principal, access } = caller;
    const body: unknown = hasBody ? request.body : undefined;
    const header = (name: string): string | undefined => request.get(name);
    const query = route.search === undefined ? queryOf(request) : parametersOf(request);
    const call = { principal, id: idOf(request), query, body, header, signal: leaving(response) };
    const answer = withinAccess(await validAnswer(await route.handle(call), requireValid), access);
    await send(request, response, asPreferred(request, withWantedElements(answer, query), isWrite));
  };
}

/** Each search by POST as well, for what must not stand in an address (R4, 3.1.0.9). */
function withSearchesByPost(routes: readonly FhirRoute[]): readonly FhirRoute[] {
  const searches = routes.filter(
    ({ capability }) =>
      capability !== undefined && "interaction" in capability && capability.interaction === "search-type",
  );
  // First: an instance's path would match them.
  return [
    ...searches.map((route): FhirRoute => ({ ...route, method: "post", path: `${route.path}/_search`, search: true })),
    ...routes,
  ];
}

function bodyReader({ method, maxBodyBytes = defaultBodyBytes, bodyOptional, search }: FhirRoute): RequestHandler[] {
  if (method !== "post" && method !== "put") return [];
  if (search === true) return searchBody({ limitBytes: maxBodyBytes });
  return (bodyOptional === true ? optionalJsonBody : jsonBody)({ limitBytes: maxBodyBytes });
}

function publishedHandler({ resource, fhirVersion, mediaType }: PublishedResource) {
  const version = fhirVersion === undefined ? "" : `; fhirVersion=${fhirVersion}`;
  const type = `${mediaType ?? "application/fhir+json"}${version}; charset=utf-8`;
  return async (request: Request, response: Response): Promise<void> => {
    response.set("Cache-Control", "no-store");
    await sendJson(request, response, type, resource);
  };
}

function mountPublished(router: Router, published: FhirRouterDependencies["published"]): void {
  for (const [path, resource] of published)
    router
      .route(path)
      .get(publishedHandler(resource))
      .all(refuseOtherMethods(["get"]));
}

/** A router of absolute paths; its errors are rendered as OperationOutcome. */
export function createFhirRouter(deps: FhirRouterDependencies): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const callers = new WeakMap<Request, Caller>();
  // At the start, and not when somebody calls it.
  for (const route of deps.routes) needsOf(route);
  router.use("/fhir", (request, _response, next) => {
    checkFormat(request);
    next();
  });
  mountPublished(router, deps.published);
  for (const [path, group] of Map.groupBy(withSearchesByPost(deps.routes), (route) => route.path)) {
    const mount = router.route(path);
    for (const route of group) {
      mount[route.method](recognise(route, deps, callers), ...bodyReader(route), handler(route, deps, callers));
    }
    mount.all(refuseOtherMethods(group.map((route) => route.method)));
  }
  router.use("/fhir", notOffered(deps.routes, deps.published.keys()));
  return router;
}
