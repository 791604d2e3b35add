/** The job API and the feed, put together. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { ApiRoute } from "../http/api/api-route.ts";
import { openApiPaths } from "../http/api/api-route.ts";
import type { PollingDeps } from "./deps.ts";
import { createCursors } from "../core/cursor/cursor.ts";
import { batchRoutes } from "./batch-routes.ts";
import { createJobRoute } from "./create-job.ts";
import type { FhirRoute } from "../http/fhir/fhir-route.ts";
import { feedbackRoutes } from "./feedback-routes.ts";
import { feedRoutes } from "./feed-routes.ts";
import { fhirJobRoutes } from "./fhir/fhir-routes.ts";
import { createPollPace } from "./fhir/poll-pace.ts";
import { jobEventsRoute } from "./job-events.ts";
import { readJobRoute, searchRoutes } from "./read-jobs.ts";
import { historyRoute, sourcesRoute } from "./source-routes.ts";
import { actRoutes, readSummaryRoute } from "./summary-routes.ts";
import { createWaiters } from "../http/waiters.ts";

export interface Polling {
  readonly routes: readonly ApiRoute[];
  /** The same jobs and summaries as FHIR; `createFhirRouter` serves them. */
  readonly fhirRoutes: readonly FhirRoute[];
  /** Paths of the OpenAPI document. */
  readonly paths: ZodOpenApiPathsObject;
  /** Long polls that wait now. */
  readonly waiting: number;
  /** Answers every long poll now and lets none wait any more. */
  drain(): void;
  close(): void;
}

/** Builds the routes; `createApiRouter` serves them. */
export function createPolling(deps: PollingDeps): Polling {
  const cursors = createCursors(deps.cursorKey);
  const monotonicMs = deps.monotonicMs ?? (() => performance.now());
  const waiters = createWaiters(deps.wakeUp, () => performance.now(), deps.waiterLimits);
  const pace = createPollPace(monotonicMs);
  const routes = [
    createJobRoute(deps),
    ...batchRoutes(deps),
    ...searchRoutes(deps, cursors),
    readJobRoute(deps, waiters),
    jobEventsRoute(deps),
    readSummaryRoute(deps),
    sourcesRoute(deps),
    historyRoute(deps),
    ...actRoutes(deps),
    ...feedbackRoutes(deps),
    ...feedRoutes(deps, cursors, waiters),
  ];
  return {
    routes,
    fhirRoutes: fhirJobRoutes({ ...deps, cursors, waiters, pace }),
    paths: openApiPaths(routes),
    get waiting() {
      return waiters.size;
    },
    drain: () => waiters.drain(),
    close: () => waiters.close(),
  };
}
