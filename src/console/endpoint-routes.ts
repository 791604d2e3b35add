/** Endpoints by API: make, look at, change, rotate, try, pause, remove. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { ApiRoute } from "../http/api/api-route.ts";
import type { Principal } from "../core/access/principal.ts";
import type { EndpointView } from "../delivery/registry/view.ts";
import type { RegistryCaller } from "../delivery/registry/deps.ts";
import type { ConsoleDeps } from "./deps.ts";
import { requireSystem } from "../core/access/principal.ts";
import { AdapterError } from "../core/errors.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";
import { toEndpointAnswer } from "./answers.ts";
import {
  changeEndpointBody,
  createEndpointBody,
  endpointAnswer,
  endpointListQuery,
  listOf,
  madeAnswer,
  rotateAnswer,
  rotateBody,
  testQuery,
  trialAnswer,
} from "./schemas.ts";

/** Endpoints are for systems only. */
export function systemCaller(principal: Principal): RegistryCaller {
  requireSystem(principal);
  return { tenant: principal.tenant, actor: principal.actor };
}

const HOUR_MS = 3_600_000;

/** The route's constants: one scope, and `{id}` is an endpoint's. */
const route = { scope: "endpoints:write", id: "The endpoint's id." } as const;

const etag = ({ revision }: EndpointView): Readonly<Record<string, string>> => ({ ETag: `"${revision}"` });

/** The revision that a change was made of. Throws 428 and, for what is none of ours, 412. */
function revisionOf(ifMatch: string | undefined): number {
  if (ifMatch === undefined) throw new AdapterError("precondition_required");
  const found = /^"(\d{1,9})"$/u.exec(ifMatch)?.[1];
  if (found === undefined) throw new AdapterError("precondition_failed");
  return Number(found);
}

/** Keys of different clients never meet; the digest tells a repeat from a reuse. */
function idempotencyKey({ actor }: Principal, given: string | undefined, said: unknown) {
  if (given === undefined) return undefined;
  if (!/^[\x20-\x7e]{1,255}$/u.test(given)) throw new AdapterError("parameter_invalid", { at: "Idempotency-Key" });
  const digest = createHash("sha256").update(JSON.stringify(said)).digest("hex");
  return { value: `${actor.kind}:${actor.id}:${given}`, digest };
}

function createRoute({ registry, publicUrl }: ConsoleDeps): ApiRoute {
  return defineRoute({
    ...route,
    method: "post",
    path: "/v1/endpoints",
    operationId: "createEndpoint",
    summary: "Make an endpoint. Its secret is shown in this answer and never again.",
    requestHeaders: z.object({ "Idempotency-Key": z.string().max(255).optional() }),
    body: createEndpointBody,
    responses: {
      "200": json("This Idempotency-Key's endpoint, made before.", madeAnswer),
      "201": json("Made.", madeAnswer),
      ...problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
    async handle({ principal, body, header }) {
      const { secret: given, verify, ...written } = body;
      const key = idempotencyKey(principal, header("idempotency-key"), body);
      const made = await registry.create(systemCaller(principal), written, { secret: given, verify, key });
      const { endpoint, secret, repeated } = made;
      const headers = { ...etag(endpoint), Location: `${publicUrl}/v1/endpoints/${endpoint.id}` };
      return { status: repeated ? 200 : 201, headers, json: { endpoint: toEndpointAnswer(endpoint), secret } };
    },
  });
}

function listRoute({ registry, cursors }: ConsoleDeps): ApiRoute {
  return defineRoute({
    ...route,
    method: "get",
    path: "/v1/endpoints",
    operationId: "listEndpoints",
    summary: "The tenant's endpoints: of the file, of the API, of FHIR Subscriptions and of jobs' callbacks.",
    query: endpointListQuery,
    responses: { "200": json("One page.", listOf(endpointAnswer)), ...problems(400, 401, 403, 429, 503) },
    async handle({ principal, query }) {
      const { tenant } = systemCaller(principal);
      const context = { kind: "endpoints", tenant } as const;
      const after = query.cursor === undefined ? undefined : cursors.open(context, query.cursor, "cursor");
      const { items, next } = await registry.list(tenant, after, query.limit);
      return {
        status: 200,
        json: { items: items.map(toEndpointAnswer), next: next === undefined ? null : cursors.seal(context, next) },
      };
    },
  });
}

function readRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    ...route,
    method: "get",
    path: "/v1/endpoints/{id}",
    operationId: "readEndpoint",
    summary: "One endpoint: settings, circuit, backlog. `ETag` is what a change must name.",
    responses: { "200": json("The endpoint.", endpointAnswer), ...problems(401, 403, 404, 429, 503) },
    async handle({ principal, params }) {
      const found = await registry.read(systemCaller(principal).tenant, params["id"] ?? "");
      return { status: 200, headers: etag(found), json: { ...toEndpointAnswer(found), backlog: found.backlog } };
    },
  });
}

function changeRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    ...route,
    method: "patch",
    path: "/v1/endpoints/{id}",
    operationId: "changeEndpoint",
    summary: "Change settings. What is queued goes by them from its next attempt on; the file does not undo it.",
    body: changeEndpointBody,
    responses: {
      "200": json("Changed.", endpointAnswer),
      ...problems(400, 401, 403, 404, 409, 412, 413, 415, 428, 429, 503),
    },
    async handle({ principal, params, body, header }) {
      const revision = revisionOf(header("if-match"));
      const changes = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
      const changed = await registry.change(systemCaller(principal), params["id"] ?? "", revision, changes);
      return { status: 200, headers: etag(changed), json: toEndpointAnswer(changed) };
    },
  });
}

function removeRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    ...route,
    method: "delete",
    path: "/v1/endpoints/{id}",
    operationId: "removeEndpoint",
    summary: "Remove an endpoint. What it is still owed is kept, and not sent.",
    responses: { "204": { description: "Removed." }, ...problems(401, 403, 404, 409, 429, 503) },
    async handle({ principal, params }) {
      await registry.remove(systemCaller(principal), params["id"] ?? "");
      return { status: 204 };
    },
  });
}

/** `/pause` and `/resume`. */
function moveRoute({ registry }: ConsoleDeps, deed: "pause" | "resume", summary: string): ApiRoute {
  return defineRoute({
    ...route,
    method: "post",
    path: `/v1/endpoints/{id}/${deed}`,
    operationId: `${deed}Endpoint`,
    summary,
    responses: { "200": json("How it is now.", endpointAnswer), ...problems(401, 403, 404, 409, 429, 503) },
    async handle({ principal, params }) {
      const moved = await registry[deed](systemCaller(principal), params["id"] ?? "");
      return { status: 200, headers: etag(moved), json: toEndpointAnswer(moved) };
    },
  });
}

function testRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    ...route,
    method: "post",
    path: "/v1/endpoints/{id}/test",
    operationId: "testEndpoint",
    summary: "Send a signed `endpoint.test`, or the example of an event type, now, and tell what came of it.",
    query: testQuery,
    responses: { "200": json("What came of it.", trialAnswer), ...problems(400, 401, 403, 404, 409, 429, 503) },
    handle: async ({ principal, params, query }) => ({
      status: 200,
      json: await registry.test(systemCaller(principal), params["id"] ?? "", query.type),
    }),
  });
}

function verifyRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    ...route,
    method: "post",
    path: "/v1/endpoints/{id}/verify",
    operationId: "verifyEndpoint",
    summary: 'Send a challenge; an answer with `{ "challenge": ... }` verifies the endpoint.',
    responses: { "200": json("What came of it.", trialAnswer), ...problems(401, 403, 404, 409, 429, 503) },
    handle: async ({ principal, params }) => ({
      status: 200,
      json: await registry.verify(systemCaller(principal), params["id"] ?? ""),
    }),
  });
}

function rotateRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    ...route,
    method: "post",
    path: "/v1/endpoints/{id}/rotate-secret",
    operationId: "rotateSecret",
    summary: "Take a new secret. The one before signs beside it for a while; the new one is shown in this answer only.",
    body: rotateBody,
    responses: { "200": json("Rotated.", rotateAnswer), ...problems(400, 401, 403, 404, 409, 413, 415, 429, 503) },
    async handle({ principal, params, body }) {
      const rotation = { secret: body.secret, overlapMs: body.overlapHours * HOUR_MS };
      return { status: 200, json: await registry.rotate(systemCaller(principal), params["id"] ?? "", rotation) };
    },
  });
}

export function endpointRoutes(deps: ConsoleDeps): ApiRoute[] {
  return [
    createRoute(deps),
    listRoute(deps),
    readRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    moveRoute(deps, "pause", "Hold what is owed and what comes, until `resume`."),
    moveRoute(deps, "resume", "Take events again after a pause or a disablement; what was held meanwhile goes out."),
    testRoute(deps),
    verifyRoute(deps),
    rotateRoute(deps),
  ];
}
