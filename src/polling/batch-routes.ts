/** Batches: tomorrow's discharges, asked for at once. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { requireSystem } from "../core/access/principal.ts";
import { AdapterError } from "../core/errors.ts";
import { parseTraceParent } from "../core/trace/trace-parent.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";
import { keyOf } from "./create-job.ts";
import type { PollingDeps } from "./deps.ts";
import { batchAnswer, batchItemsAnswer, createBatchBody } from "./schemas.ts";

function createBatchRoute({ batches, publicUrl }: PollingDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/batches",
    scope: "jobs:write",
    operationId: "createBatch",
    summary: "Ask for the summaries of many encounters; each makes a job, or joins the one that is open.",
    body: createBatchBody,
    maxBodyBytes: 1024 * 1024,
    requestHeaders: z.object({ "Idempotency-Key": z.string().max(255).optional() }),
    responses: {
      "200": json("This Idempotency-Key's batch, made before.", batchAnswer),
      "202": json("A batch was made.", batchAnswer),
      ...problems(400, 401, 403, 413, 415, 422, 429, 503),
    },
    async handle({ principal, body, header }) {
      requireSystem(principal);
      const { tenant, actor } = principal;
      const key = keyOf(principal, header("idempotency-key"), body);
      const traceParent = parseTraceParent(header("traceparent"));
      const { batch, created } = await batches.create({ tenant, actor, items: body.items, key, traceParent });
      return {
        status: created ? 202 : 200,
        headers: { Location: `${publicUrl}/v1/batches/${batch.id}` },
        json: batch,
      };
    },
  });
}

function readBatchRoute({ batches }: PollingDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/batches/{id}",
    scope: "jobs:read",
    id: "The batch's id.",
    operationId: "readBatch",
    summary: "How far a batch is, and what became of each encounter.",
    responses: {
      "200": json("The batch.", batchItemsAnswer),
      "304": { description: "Unchanged." },
      ...problems(401, 403, 404, 429, 503),
    },
    async handle({ principal, params, header }) {
      requireSystem(principal);
      const batch = await batches.get(principal.tenant, params["id"] ?? "");
      if (batch === undefined) throw new AdapterError("not_found");
      const etag = `"${createHash("sha256").update(JSON.stringify(batch)).digest("base64url").slice(0, 22)}"`;
      const later = batch.completedAt === undefined ? { "Retry-After": "5" } : {};
      if (header("if-none-match") === etag) return { status: 304, headers: { ETag: etag, ...later } };
      return { status: 200, headers: { ETag: etag, ...later }, json: batch };
    },
  });
}

export function batchRoutes(deps: PollingDeps): ApiRoute[] {
  return [createBatchRoute(deps), readBatchRoute(deps)];
}
