/** What became of deliveries, and sending them again. */
import type { CursorContext } from "../core/cursor/cursor.ts";
import type { Page } from "../delivery/registry/reading.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import type { ConsoleDeps } from "./deps.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";
import { systemCaller } from "./endpoint-routes.ts";
import {
  attemptAnswer,
  attemptsQuery,
  deliveryAnswer,
  deliveryLifeAnswer,
  keptQuery,
  listOf,
  owedQuery,
  queuedAnswer,
  recoverQuery,
  replayBody,
  statsAnswer,
  statsQuery,
} from "./schemas.ts";

const scope = "endpoints:write";

/** One page, its mark sealed to the very search it belongs to. */
async function paged<T>(
  { cursors }: ConsoleDeps,
  context: CursorContext,
  cursor: string | undefined,
  read: (after: string | undefined) => Promise<Page<T>>,
): Promise<{ readonly status: 200; readonly json: { readonly items: readonly T[]; readonly next: string | null } }> {
  const { items, next } = await read(cursor === undefined ? undefined : cursors.open(context, cursor, "cursor"));
  return { status: 200, json: { items, next: next === undefined ? null : cursors.seal(context, next) } };
}

function attemptsRoute(deps: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/endpoints/{id}/attempts",
    scope,
    id: "The endpoint's id.",
    operationId: "listAttempts",
    summary: "Every attempt at this endpoint, the newest delivery's first.",
    query: attemptsQuery,
    responses: { "200": json("One page.", listOf(attemptAnswer)), ...problems(400, 401, 403, 404, 429, 503) },
    async handle({ principal, params, query }) {
      const { tenant } = systemCaller(principal);
      const { limit, cursor, outcome, ...rest } = query;
      const search = { ...rest, outcomes: outcome === undefined ? undefined : [outcome] };
      const id = params["id"] ?? "";
      const context = { kind: "attempts", tenant, scope: JSON.stringify([id, search]) } as const;
      return paged(deps, context, cursor, (after) => deps.registry.attempts(tenant, id, search, after, limit));
    },
  });
}

function statsRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/endpoints/{id}/stats",
    scope,
    id: "The endpoint's id.",
    operationId: "readEndpointStats",
    summary: "The endpoint in figures: rate, success, latency percentiles, backlog, outcomes by code.",
    query: statsQuery,
    responses: { "200": json("The figures.", statsAnswer), ...problems(400, 401, 403, 404, 429, 503) },
    handle: async ({ principal, params, query }) => ({
      status: 200,
      json: await registry.figures(systemCaller(principal).tenant, params["id"] ?? "", query.window),
    }),
  });
}

function keptRoute(deps: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/dead-letters",
    scope,
    operationId: "listDeadLetters",
    summary: "Deliveries that used up their attempts (`dead`) or wait for their endpoint (`held`), newest first.",
    query: keptQuery,
    responses: { "200": json("One page.", listOf(deliveryAnswer)), ...problems(400, 401, 403, 429, 503) },
    async handle({ principal, query }) {
      const { tenant } = systemCaller(principal);
      const { limit, cursor, state, ...rest } = query;
      const search = { ...rest, states: state === undefined ? (["dead", "held"] as const) : [state] };
      const context = { kind: "dead-letters", tenant, scope: JSON.stringify(search) } as const;
      return paged(deps, context, cursor, (after) => deps.registry.kept(tenant, search, after, limit));
    },
  });
}

function owedRoute(deps: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/deliveries",
    scope,
    operationId: "listDeliveries",
    summary: "Whom one event, or everything that one job told of, is or was owed to, and how far each is.",
    query: owedQuery,
    responses: { "200": json("One page.", listOf(deliveryAnswer)), ...problems(400, 401, 403, 429, 503) },
    async handle({ principal, query }) {
      const { tenant } = systemCaller(principal);
      const { limit, cursor, ...search } = query;
      const context = { kind: "deliveries", tenant, scope: JSON.stringify(search) } as const;
      return paged(deps, context, cursor, (after) => deps.registry.owed(tenant, search, after, limit));
    },
  });
}

function replayRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/dead-letters/replay",
    scope,
    operationId: "replayDeadLetters",
    summary: "Owe them anew, under the same ids, so many a second. Endpoints that take nothing now are passed over.",
    body: replayBody,
    responses: { "200": json("How many.", queuedAnswer), ...problems(400, 401, 403, 413, 415, 429, 503) },
    async handle({ principal, body: { state, ...body } }) {
      const choice = { ...body, states: state === undefined ? undefined : [state] };
      return { status: 200, json: { queued: await registry.replay(systemCaller(principal), choice) } };
    },
  });
}

function deliveryRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/deliveries/{id}",
    scope,
    id: "`<endpoint>:<endpointSequence>`.",
    operationId: "readDelivery",
    summary: "One delivery's whole life: what it told of, every attempt, what comes next.",
    responses: { "200": json("The delivery.", deliveryLifeAnswer), ...problems(401, 403, 404, 429, 503) },
    handle: async ({ principal, params }) => ({
      status: 200,
      json: await registry.delivery(systemCaller(principal), params["id"] ?? ""),
    }),
  });
}

function replayOneRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/deliveries/{id}/replay",
    scope,
    id: "`<endpoint>:<endpointSequence>`.",
    operationId: "replayDelivery",
    summary: "Send one again, a delivered one too: same id, same bytes.",
    responses: { "200": json("How many.", queuedAnswer), ...problems(401, 403, 404, 409, 429, 503) },
    handle: async ({ principal, params }) => ({
      status: 200,
      json: { queued: await registry.replayDelivery(systemCaller(principal), params["id"] ?? "") },
    }),
  });
}

function recoverRoute({ registry }: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/endpoints/{id}/recover",
    scope,
    id: "The endpoint's id.",
    operationId: "recoverEndpoint",
    summary: "Make up for the time since a moment: what failed, and what the endpoint was never owed.",
    query: recoverQuery,
    responses: { "200": json("How many.", queuedAnswer), ...problems(400, 401, 403, 404, 409, 429, 503) },
    handle: async ({ principal, params, query }) => ({
      status: 200,
      json: { queued: await registry.recover(systemCaller(principal), params["id"] ?? "", query) },
    }),
  });
}

export function deliveryRoutes(deps: ConsoleDeps): ApiRoute[] {
  return [
    attemptsRoute(deps),
    statsRoute(deps),
    keptRoute(deps),
    replayRoute(deps),
    owedRoute(deps),
    deliveryRoute(deps),
    replayOneRoute(deps),
    recoverRoute(deps),
  ];
}
