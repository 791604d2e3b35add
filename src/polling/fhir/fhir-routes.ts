/** The FHIR side of the job API: jobs as Tasks, summaries as documents, and the operation that asks for one. */
import type { Cursors } from "../../core/cursor/cursor.ts";
import type { FhirRoute } from "../../http/fhir/fhir-route.ts";
import type { PollingDeps } from "../deps.ts";
import type { Waiters } from "../../http/waiters.ts";
import { dischargeSummaryRoutes } from "./discharge-summary.ts";
import { documentBundle, documentReference } from "./document.ts";
import { jobResourceRoutes } from "./job-resources.ts";
import type { PollPace } from "./poll-pace.ts";
import { task } from "./task.ts";

export interface FhirJobDeps extends PollingDeps {
  readonly cursors: Cursors;
  readonly waiters: Waiters;
  readonly pace: PollPace;
}

export function fhirJobRoutes(deps: FhirJobDeps): readonly FhirRoute[] {
  return [
    ...dischargeSummaryRoutes(deps),
    ...jobResourceRoutes(deps, task),
    ...jobResourceRoutes(deps, documentReference),
    ...jobResourceRoutes(deps, documentBundle),
  ];
}
