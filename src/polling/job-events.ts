/** GET /v1/jobs/{id}/events: the job's log, as a stream or as JSON. */
import type { ApiRoute } from "../http/api/api-route.ts";
import type { PollingDeps } from "./deps.ts";
import { isDraftEvent, toEnvelope } from "../core/event/event.ts";
import { resumeAfter } from "../core/sse/last-event-id.ts";
import { isOver, streamEndOf } from "../core/sse/stream-end.ts";
import { negotiate } from "../http/accept.ts";
import { defineRoute, streamed } from "../http/api/api-route.ts";
import { auditEntry, findJob } from "./job-access.ts";
import { problems } from "../http/api/responses.ts";
import { envelope, jobEventsAnswer, jobEventsQuery } from "./schemas.ts";

export function jobEventsRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/jobs/{id}/events",
    scope: "jobs:read",
    operationId: "jobEvents",
    summary: "The job's events, draft text included: a stream (resume by Last-Event-ID) or JSON.",
    query: jobEventsQuery,
    responses: {
      "200": {
        description: "The events, in order.",
        content: { "application/json": { schema: jobEventsAnswer }, "text/event-stream": { schema: envelope } },
      },
      "204": { description: "The stream is over and everything in it has been sent: do not reconnect." },
      ...problems(400, 401, 403, 404, 406, 429, 503),
    },
    async handle({ principal, params, query, header, response }) {
      const job = await findJob(deps.jobs, principal, params["id"]);
      const type = negotiate(header("accept"), ["application/json", "text/event-stream"]);
      if (type === "text/event-stream") {
        const after = resumeAfter(header("last-event-id") ?? query.lastEventId, job.id, job.lastSequence);
        await deps.audit.record(auditEntry(principal, job, "summary.read"));
        await deps.openStream({ principal, job, after, response });
        return streamed;
      }
      const events = await deps.log.readJob(job.tenant, job.id, query.after ?? 0, query.limit);
      // Only draft events hold text: who polls for `document.written` has viewed nothing.
      if (events.some((event) => isDraftEvent(event.type))) {
        await deps.audit.record(auditEntry(principal, job, "summary.read"));
      }
      return {
        status: 200,
        headers: { Vary: "Accept" },
        json: {
          events: events.map((event) => toEnvelope(event)),
          lastSequence: Math.max(job.lastSequence, events.at(-1)?.sequence ?? 0),
          closed: isOver(streamEndOf(job)),
        },
      };
    },
  });
}
