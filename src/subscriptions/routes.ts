/** /fhir/Subscription, /fhir/metadata, /topics and the resources that notifications point at, on express. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import type { Request, RequestHandler, Response, Router } from "express";
import express from "express";
import type { Audit } from "../audit/audit.ts";
import type { Principal } from "../core/access/principal.ts";
import { maySee, requireScope } from "../core/access/principal.ts";
import { AdapterError } from "../core/errors.ts";
import type { FocusContext } from "../core/notification/focus-resource.ts";
import { documentReferenceOf, taskOf } from "../core/notification/focus-resource.ts";
import { annotate } from "../http/annotations.ts";
import { jsonBody } from "../http/body.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Artifacts } from "./artifacts.ts";
import { readSearch, readStatusQuery } from "./fhir-request.ts";
import type { Subscriptions } from "./subscriptions.ts";

export interface SubscriptionRoutesDependencies {
  /** Recognises the caller; throws 401. */
  readonly authorize: (request: Request) => Promise<Principal>;
  readonly subscriptions: Subscriptions;
  readonly artifacts: Artifacts;
  readonly jobs: Pick<Jobs, "get">;
  readonly audit: Pick<Audit, "record">;
  /** Where a tenant's patients live, and what its documents are called. */
  readonly focusContext: (tenant: string) => FocusContext;
  /** Our FHIR base, without a trailing slash. */
  readonly fhirBase: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
}

const fhirJson = "application/fhir+json; charset=utf-8";
const bodyRule = { limitBytes: 64 * 1024 };

function send(response: Response, status: number, resource: unknown): void {
  response.status(status).set("Cache-Control", "no-store").set("Content-Type", fhirJson).end(JSON.stringify(resource));
}

/** Version and time of a resource as R4 wants them in headers (3.1.0.1.2). */
function sendVersioned(response: Response, status: number, resource: FhirResource): void {
  const { versionId, lastUpdated } = resource.meta ?? {};
  if (versionId !== undefined) response.set("ETag", `W/"${versionId}"`);
  if (lastUpdated !== undefined) response.set("Last-Modified", new Date(lastUpdated).toUTCString());
  send(response, status, resource);
}

function queryOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, "http://adapter.invalid").searchParams;
}

function idOf(request: Request): string {
  const { id } = request.params;
  if (typeof id !== "string" || !/^[A-Za-z0-9\-.]{1,64}$/u.test(id)) throw new AdapterError("not_found");
  return id;
}

/** The caller of each request, recognised before its body is read. */
class Callers {
  readonly #known = new WeakMap<Request, Principal>();
  readonly recognise: RequestHandler;

  constructor(authorize: SubscriptionRoutesDependencies["authorize"]) {
    this.recognise = async (request, response, next) => {
      const principal = await authorize(request);
      requireScope(principal, "fhir");
      annotate(response, { tenant: principal.tenant });
      this.#known.set(request, principal);
      next();
    };
  }

  of(request: Request): Principal {
    const principal = this.#known.get(request);
    if (principal === undefined) throw new AdapterError("unauthenticated");
    return principal;
  }
}

/** 405 with Allow for whatever a path does not offer. */
function otherMethods(allow: string): RequestHandler {
  return (_request, response) => {
    response.set("Allow", allow);
    throw new AdapterError("method_not_allowed");
  };
}

function mountSubscriptions(router: Router, callers: Callers, deps: SubscriptionRoutesDependencies): void {
  const { subscriptions, fhirBase } = deps;
  const base = "/fhir/Subscription";
  const { recognise } = callers;
  const searchset = async (request: Request): Promise<Bundle> => {
    const found = await subscriptions.search(callers.of(request), readSearch(queryOf(request), request.get("prefer")));
    return {
      resourceType: "Bundle",
      id: deps.newId(),
      type: "searchset",
      timestamp: new Date(deps.now()).toISOString(),
      total: found.length,
      link: [{ relation: "self", url: `${fhirBase}/Subscription?${queryOf(request).toString()}` }],
      entry: found.map((resource) => ({
        fullUrl: `${fhirBase}/Subscription/${resource.id ?? ""}`,
        resource,
        search: { mode: "match" },
      })),
    };
  };
  router
    .route(base)
    .get(recognise, async (request, response) => send(response, 200, await searchset(request)))
    .post(recognise, ...jsonBody(bodyRule), async (request, response) => {
      const created = await subscriptions.create(callers.of(request), request.body);
      response.set("Location", `${fhirBase}/Subscription/${created.id ?? ""}`);
      sendVersioned(response, 201, created);
    })
    .all(otherMethods("GET, POST"));
  mountStatus(router, callers, deps);
  router
    .route(`${base}/:id`)
    .get(recognise, async (request, response) => {
      sendVersioned(response, 200, await subscriptions.read(callers.of(request), idOf(request)));
    })
    .put(recognise, ...jsonBody(bodyRule), async (request, response) => {
      const ifMatch = request.get("if-match");
      sendVersioned(
        response,
        200,
        await subscriptions.update(callers.of(request), idOf(request), request.body, ifMatch),
      );
    })
    .delete(recognise, async (request, response) => {
      await subscriptions.remove(callers.of(request), idOf(request));
      response.status(204).end();
    })
    .all(otherMethods("GET, PUT, DELETE"));
}

/** $status on the type and on one Subscription, as query or as Parameters (rows 107 to 112). */
function mountStatus(router: Router, callers: Callers, { subscriptions }: SubscriptionRoutesDependencies): void {
  const answer = async (request: Request, response: Response, ids?: readonly string[]): Promise<void> => {
    const query = readStatusQuery(queryOf(request), request.method === "POST" ? request.body : undefined);
    const principal = callers.of(request);
    if (ids?.[0] !== undefined) await subscriptions.read(principal, ids[0]);
    send(response, 200, await subscriptions.status(principal, ids === undefined ? query : { ...query, ids }));
  };
  router
    .route("/fhir/Subscription/$status")
    .get(callers.recognise, async (request, response) => answer(request, response))
    .post(callers.recognise, ...jsonBody(bodyRule), async (request, response) => answer(request, response))
    .all(otherMethods("GET, POST"));
  router
    .route("/fhir/Subscription/:id/$status")
    .get(callers.recognise, async (request, response) => answer(request, response, [idOf(request)]))
    .post(callers.recognise, ...jsonBody(bodyRule), async (request, response) =>
      answer(request, response, [idOf(request)]),
    )
    .all(otherMethods("GET, POST"));
}

function mountFocus(router: Router, callers: Callers, deps: SubscriptionRoutesDependencies): void {
  const renderings = { Task: taskOf, DocumentReference: documentReferenceOf } as const;
  for (const [type, render] of Object.entries(renderings)) {
    router
      .route(`/fhir/${type}/:id`)
      .get(callers.recognise, async (request, response) => {
        const principal = callers.of(request);
        const { tenant, actor } = principal;
        const job = await deps.jobs.get(tenant, idOf(request));
        const resource =
          job !== undefined && maySee(principal, job) ? render(job, deps.focusContext(tenant)) : undefined;
        if (job === undefined || resource === undefined) throw new AdapterError("not_found");
        const { id, patient, encounter } = job;
        await deps.audit.record({ tenant, action: "job.read", outcome: "success", actor, job: id, patient, encounter });
        sendVersioned(response, 200, resource);
      })
      .all(otherMethods("GET"));
  }
}

/** What anybody may know: what is offered, and what the topics mean. */
function mountPublic(router: Router, { artifacts }: SubscriptionRoutesDependencies): void {
  router
    .route("/fhir/metadata")
    .get((_request, response) => send(response, 200, artifacts.capabilityStatement))
    .all(otherMethods("GET"));
  router
    .route("/topics/:name")
    .get((request, response) => {
      const { name } = request.params;
      const topic = artifacts.topicResources.get(name);
      if (topic === undefined) throw new AdapterError("not_found");
      // Topics are R5 resources on an R4 server, and say so.
      response.set("Content-Type", "application/fhir+json; fhirVersion=5.0; charset=utf-8").end(JSON.stringify(topic));
    })
    .all(otherMethods("GET"));
}

/** A router of absolute paths; its errors are rendered as OperationOutcome. */
export function createSubscriptionRoutes(deps: SubscriptionRoutesDependencies): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const callers = new Callers(deps.authorize);
  mountPublic(router, deps);
  mountSubscriptions(router, callers, deps);
  mountFocus(router, callers, deps);
  return router;
}
