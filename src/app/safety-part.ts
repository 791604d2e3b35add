/** Recalls and safety reports, wired. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { ApiRoute } from "../http/api/api-route.ts";
import { openApiPaths } from "../http/api/api-route.ts";
import { safetyRoutes } from "../safety/api.ts";
import { createRecalls } from "../safety/recalls.ts";
import { createSafetyReports } from "../safety/reports.ts";
import type { Foundation } from "./foundation.ts";

export interface SafetyPart {
  readonly routes: readonly ApiRoute[];
  readonly paths: ZodOpenApiPathsObject;
}

export function createSafetyPart({ database, eventLog, wakeUp, sealer, audit, jobs, config }: Foundation): SafetyPart {
  const deps = { db: database.http, eventLog, wakeUp, sealer, audit };
  const routes = safetyRoutes({
    recalls: createRecalls(deps),
    reports: createSafetyReports({ ...deps, publicUrl: config.publicUrl }),
    jobs,
    audit,
  });
  return { routes, paths: openApiPaths(routes) };
}
