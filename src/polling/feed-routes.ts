/** The tenant's feed, for systems that only call out: pull, wait, acknowledge. */
import type { z } from "zod";
import type { DataFilter } from "../core/delivery/data-filter.ts";
import { filterableTypes, filterProblem, matchesFilter } from "../core/delivery/data-filter.ts";
import type { Cursors } from "../core/cursor/cursor.ts";
import type { EventType, JobEvent, PublicEventType } from "../core/event/event.ts";
import { requireSystem } from "../core/access/principal.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import type { PollingDeps } from "./deps.ts";
import type { Waiters } from "../http/waiters.ts";
import { AdapterError } from "../core/errors.ts";
import { publicEventTypes, toEnvelope } from "../core/event/event.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { consumerStanding, readConsumer, saveConsumer } from "./feed-consumers.ts";
import { json, problems } from "../http/api/responses.ts";
import { ackBody, consumerAnswer, feedAnswer, feedQuery } from "./schemas.ts";

/** The types that a list of names and families (`summary.*`, `*`) covers. An unknown name is a 400: it would wait for ever. */
export function expandTypes(list: string | undefined): readonly PublicEventType[] | undefined {
  if (list === undefined) return undefined;
  const wanted = list.split(",").map((name) => name.trim());
  const covered = wanted.map((name) =>
    publicEventTypes.filter(
      (type) => name === "*" || type === name || (name.endsWith(".*") && type.startsWith(name.slice(0, -1))),
    ),
  );
  if (covered.some((types) => types.length === 0)) throw new AdapterError("parameter_invalid", { at: "types" });
  return [...new Set(covered.flat())];
}

function positionOf(cursors: Cursors, tenant: string, cursor: string, at: string): number {
  return Number(cursors.open({ kind: "feed", tenant }, cursor, at));
}

/** Where a reading begins: at the oldest event, after a cursor, or after what is there at this moment. */
async function startOf(
  { log }: PollingDeps,
  cursors: Cursors,
  tenant: string,
  after: string | undefined,
): Promise<number> {
  if (after === undefined) return 0;
  return after === "now" ? log.newestPosition(tenant) : positionOf(cursors, tenant, after, "after");
}

interface Reading {
  readonly events: readonly JobEvent[];
  /** Everything up to here has been looked at. */
  readonly reached: number;
  /** There is more behind it. */
  readonly more: boolean;
}

interface Wanted {
  readonly types: readonly EventType[] | undefined;
  readonly filter: DataFilter;
  readonly limit: number;
}

/** Pages of the log that one request looks through for what a filter lets through; then it answers with how far it came. */
const mostPages = 50;

/** Up to `limit` events that the filter lets through, of at most `mostPages` pages. */
async function pageOf(
  log: PollingDeps["log"],
  tenant: string,
  from: number,
  { types, filter, limit }: Wanted,
): Promise<Reading> {
  const events: JobEvent[] = [];
  let reached = from;
  for (let page = 0; page < mostPages; page += 1) {
    const raw = await log.readFeed(tenant, reached, limit, types);
    for (const event of raw) {
      reached = event.position ?? reached;
      if (matchesFilter(filter, event.data)) events.push(event);
      if (events.length === limit) return { events, reached, more: true };
    }
    if (raw.length < limit) return { events, reached, more: false };
  }
  return { events, reached, more: true };
}

/**
 * Reads on from where it came to: with a filter that fits little, what was passed over once is not passed over again, not in
 * this request, and by the cursor not in the next.
 */
function readerFrom({ log }: PollingDeps, tenant: string, after: number, wanted: Wanted) {
  let from = after;
  return async (): Promise<Reading> => {
    // Before the reading: positions become visible in their order, so up to here nothing can be missed.
    const newest = wanted.types === undefined ? from : await log.newestPosition(tenant);
    const page = await pageOf(log, tenant, from, wanted);
    const reached = page.more ? page.reached : Math.max(page.reached, newest);
    if (page.events.length === 0) from = reached;
    return { ...page, reached };
  };
}

/** Types and filter of a request. A filter that lets nothing through is a 400: it would wait for ever. */
function wantedOf({ types: list, filter = {}, limit }: z.output<typeof feedQuery>): Wanted {
  const types = expandTypes(list);
  if (Object.keys(filter).length === 0) return { types, filter, limit };
  const asked = types ?? publicEventTypes;
  const problem = filterProblem(filter, asked);
  if (problem !== undefined) throw new AdapterError("parameter_invalid", { at: "filter", message: problem });
  return { types: filterableTypes(filter, asked), filter, limit };
}

function feedRoute(deps: PollingDeps, cursors: Cursors, waiters: Waiters): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/events",
    scope: "events:read",
    operationId: "readFeed",
    summary: "The tenant's events in one order that never skips; `wait` holds the request until there is news.",
    query: feedQuery,
    responses: { "200": json("One page.", feedAnswer), ...problems(400, 401, 403, 410, 429, 503) },
    async handle({ principal, query, signal }) {
      requireSystem(principal);
      const { tenant } = principal;
      if (query.after !== undefined && query.consumer !== undefined) {
        throw new AdapterError("parameter_invalid", { at: "consumer", message: "Give either after or consumer." });
      }
      const wanted = wantedOf(query);
      const after =
        query.consumer === undefined
          ? await startOf(deps, cursors, tenant, query.after)
          : await readConsumer(deps.db, tenant, query.consumer);
      const { events, reached, more } = await waiters.poll<Reading>({
        topic: "sequenced",
        key: "",
        user: `${tenant}/${principal.actor.id}`,
        waitMs: query.wait * 1000,
        signal,
        read: readerFrom(deps, tenant, after, wanted),
        isNews: (page) => page.events.length > 0 || page.more,
      });
      const cursor = cursors.seal({ kind: "feed", tenant }, String(reached));
      return {
        status: 200,
        json: { events: events.map((event) => toEnvelope(event)), cursor, more },
      };
    },
  });
}

function ackRoute(deps: PollingDeps, cursors: Cursors): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/events/ack",
    scope: "events:read",
    operationId: "acknowledgeFeed",
    summary: "Remember how far a named consumer has come; `consumer` then starts the feed there.",
    body: ackBody,
    responses: { "204": { description: "Remembered." }, ...problems(400, 401, 403, 410, 415, 429, 503) },
    async handle({ principal, body }) {
      requireSystem(principal);
      await saveConsumer(
        deps.db,
        principal.tenant,
        body.consumer,
        positionOf(cursors, principal.tenant, body.cursor, "cursor"),
      );
      return { status: 204 };
    },
  });
}

function consumerRoute(deps: PollingDeps, cursors: Cursors): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/events/consumers/{id}",
    scope: "events:read",
    id: "The consumer's name.",
    operationId: "readConsumer",
    summary: "How far a named consumer has come, and how much lies before it.",
    responses: { "200": json("Its place.", consumerAnswer), ...problems(401, 403, 404, 429, 503) },
    async handle({ principal, params }) {
      requireSystem(principal);
      const { tenant } = principal;
      const consumer = params["id"] ?? "";
      const found = await consumerStanding(deps.db, tenant, consumer);
      if (found === undefined) throw new AdapterError("not_found");
      const { position, updatedAt, behind } = found;
      const cursor = cursors.seal({ kind: "feed", tenant }, String(position));
      return { status: 200, json: { consumer, cursor, updatedAt, behind } };
    },
  });
}

export function feedRoutes(deps: PollingDeps, cursors: Cursors, waiters: Waiters): ApiRoute[] {
  return [feedRoute(deps, cursors, waiters), ackRoute(deps, cursors), consumerRoute(deps, cursors)];
}
