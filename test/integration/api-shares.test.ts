/** The job API's places: one hospital's flood leaves room for the others, and what only waits takes no place. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express from "express";
import request from "supertest";
import { z } from "zod";
import { toAdapterError } from "../../src/core/errors.ts";
import { defineRoute } from "../../src/http/api/api-route.ts";
import { createApiRouter } from "../../src/http/api/api-router.ts";
import { createTenantPlaces } from "../../src/http/tenant-places.ts";
import { eventually } from "../support/eventually.ts";

function world(most: number) {
  const held: (() => void)[] = [];
  const route = defineRoute({
    method: "get",
    path: "/v1/events",
    scope: "jobs:read",
    operationId: "slow",
    summary: "Held until let go.",
    query: z.object({ wait: z.string().optional() }),
    responses: {},
    handle: async () => {
      await new Promise<void>((resolve) => held.push(resolve));
      return { status: 200, json: {} };
    },
  });
  const places = createTenantPlaces(() => most);
  const authorize = async (asked: express.Request) => ({
    tenant: asked.get("x-tenant") ?? "",
    actor: { kind: "api-client", id: "gateway" } as const,
    scopes: new Set(["jobs:read"]),
  });
  const app = express();
  app.use(createApiRouter([route], authorize, places));
  app.use(((error, _request, response, _next) => {
    const { status, retryAfterSeconds } = toAdapterError(error);
    response.status(status).set("retry-after", String(retryAfterSeconds)).end();
  }) satisfies express.ErrorRequestHandler);
  const server = app.listen(0, "127.0.0.1");
  const call = (tenant: string, path = "/v1/events", accept = "application/json") =>
    request(server)
      .get(path)
      .set({ "x-tenant": tenant, accept })
      .then(({ status, headers }) => ({ status, retryAfter: headers["retry-after"] }));
  const inHand = (count: number) => eventually(() => held.length === count, `${count} calls in hand`);
  const letGo = (): void => held.splice(0).forEach((go) => go());
  return { call, inHand, letGo, close: () => server.close() };
}

describe("the job API", () => {
  it("takes so many calls of one tenant at a time, tells the next to come again, and lets others in", async () => {
    const { call, inHand, letGo, close } = world(2);
    const flood = [call("a"), call("a")];
    await inHand(2);
    assert.deepEqual(await call("a"), { status: 429, retryAfter: "1" });
    const other = call("b");
    await inHand(3);
    letGo();
    for (const answer of await Promise.all([...flood, other])) assert.equal(answer.status, 200);
    const again = call("a");
    await inHand(1);
    letGo();
    assert.equal((await again).status, 200, "a place is given back");
    close();
  });

  it("counts neither long polls nor streams: they have bounds of their own", async () => {
    const { call, inHand, letGo, close } = world(1);
    const waiting = [call("a", "/v1/events?wait=20"), call("a", "/v1/events", "text/event-stream"), call("a")];
    await inHand(3);
    assert.equal((await call("a", "/v1/events?wait=0")).status, 429, "no wait is no long poll");
    letGo();
    for (const answer of await Promise.all(waiting)) assert.equal(answer.status, 200);
    close();
  });
});
