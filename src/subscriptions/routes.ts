/** /fhir/Subscription, /fhir/metadata, /topics and the resources that notifications point at, on express. */
import type { FhirResource } from "fhir/r4.js";
import type { Request, RequestHandler, Response, Router } from "express";
import express from "express";
import type { Principal } from "../core/access/principal.ts";
import { requireScope } from "../core/access/principal.ts";
import { AdapterError } from "../core/errors.ts";
import { negotiate } from "../http/accept.ts";
import { annotate } from "../http/annotations.ts";
import { jsonBody } from "../http/body.ts";
import type { Artifacts } from "./artifacts.ts";
import type { FhirAnswer, FhirRoute } from "./fhir-routes.ts";

export interface SubscriptionRoutesDependencies {
  /** Recognises the caller; throws 401. */
  readonly authorize: (request: Request) => Promise<Principal>;
  readonly artifacts: Artifacts;
  readonly routes: readonly FhirRoute[];
}

const fhirJson = "application/fhir+json; charset=utf-8";
/** Topics are R5 resources on an R4 server, and say so. */
const topicJson = "application/fhir+json; fhirVersion=5.0; charset=utf-8";
const bodyRule = { limitBytes: 64 * 1024 };

/** Version and time of a resource as R4 wants them in headers (3.1.0.1.2). */
function versionHeaders(resource: FhirResource | undefined): Record<string, string> {
  const { versionId, lastUpdated } = resource?.meta ?? {};
  return {
    ...(versionId === undefined ? {} : { ETag: `W/"${versionId}"` }),
    ...(lastUpdated === undefined ? {} : { "Last-Modified": new Date(lastUpdated).toUTCString() }),
  };
}

function send(response: Response, { status, resource, location }: FhirAnswer): void {
  response.status(status).set({ "Cache-Control": "no-store", ...versionHeaders(resource) });
  if (location !== undefined) response.set("Location", location);
  if (resource === undefined) response.end();
  else response.set("Content-Type", fhirJson).end(JSON.stringify(resource));
}

function queryOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, "http://adapter.invalid").searchParams;
}

const formats = ["application/fhir+json", "application/json"] as const;

/** JSON is all there is. `_format` goes before Accept and knows short names (R4 http, 3.1.0.1.11). */
function checkFormat(request: Request): void {
  const asked = queryOf(request).get("_format") ?? undefined;
  negotiate(asked === "json" ? formats[0] : (asked?.replace(" ", "+") ?? request.get("accept")), formats);
}

/** R4 `id`; what cannot be one is not looked up. Empty on routes without one. */
function idOf(request: Request): string {
  const { id = "" } = request.params;
  if (typeof id !== "string" || !/^[A-Za-z0-9\-.]{0,64}$/u.test(id)) throw new AdapterError("not_found");
  return id;
}

/** Recognised before a byte of the body is read. */
function recognise(deps: SubscriptionRoutesDependencies, callers: WeakMap<Request, Principal>): RequestHandler {
  return async (request, response, next) => {
    const principal = await deps.authorize(request);
    requireScope(principal, "fhir");
    annotate(response, { tenant: principal.tenant });
    callers.set(request, principal);
    next();
  };
}

function handler(route: FhirRoute, callers: WeakMap<Request, Principal>): RequestHandler {
  return async (request, response) => {
    const principal = callers.get(request);
    if (principal === undefined) throw new AdapterError("unauthenticated");
    const body: unknown = route.method === "post" || route.method === "put" ? request.body : undefined;
    const header = (name: string): string | undefined => request.get(name);
    send(response, await route.handle({ principal, id: idOf(request), query: queryOf(request), body, header }));
  };
}

/** 405 with Allow for whatever a path does not offer. */
function otherMethods(methods: readonly string[]): RequestHandler {
  const allow = methods.map((method) => method.toUpperCase()).join(", ");
  return (_request, response) => {
    response.set("Allow", allow);
    throw new AdapterError("method_not_allowed");
  };
}

/** What anybody may know: what is offered, and what the topics mean. */
function mountPublic(router: Router, { artifacts }: SubscriptionRoutesDependencies): void {
  router
    .route("/fhir/metadata")
    .get((_request, response) => send(response, { status: 200, resource: artifacts.capabilityStatement }))
    .all(otherMethods(["get"]));
  router
    .route("/topics/:name")
    .get((request, response) => {
      const topic = artifacts.topicResources.get(request.params.name);
      if (topic === undefined) throw new AdapterError("not_found");
      response.set("Content-Type", topicJson).end(JSON.stringify(topic));
    })
    .all(otherMethods(["get"]));
}

/** A router of absolute paths; its errors are rendered as OperationOutcome. */
export function createSubscriptionRoutes(deps: SubscriptionRoutesDependencies): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const callers = new WeakMap<Request, Principal>();
  router.use("/fhir", (request, _response, next) => {
    checkFormat(request);
    next();
  });
  mountPublic(router, deps);
  for (const [path, group] of Map.groupBy(deps.routes, (route) => route.path)) {
    const mount = router.route(path);
    for (const route of group) {
      const reading = route.method === "post" || route.method === "put" ? jsonBody(bodyRule) : [];
      mount[route.method](recognise(deps, callers), ...reading, handler(route, callers));
    }
    mount.all(otherMethods(group.map((route) => route.method)));
  }
  return router;
}
