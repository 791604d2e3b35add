/** Where a job's chart comes from, in the contract's order: the snapshot, backend services, a SMART launch. */
import type { FhirResource } from "fhir/r4.js";
import { AdapterError } from "../core/errors.ts";
import type { FhirGateway } from "./fhir-gateway.ts";
import type { ReadChart } from "./read-chart.ts";
import { readChart } from "./read-chart.ts";

/** What is needed to know of a job to read its chart. */
export interface ChartRequest {
  readonly tenant: string;
  /** Relative references. */
  readonly patient: string;
  readonly encounter: string;
  /** The hook's prefetch or the request's Bundle; empty where there was none. */
  readonly snapshot: readonly FhirResource[];
  /** What whoever gave the snapshot could not read. */
  readonly gaps?: readonly string[];
  readonly signal: AbortSignal;
}

export interface ChartAccessDeps {
  /** A gateway with our own token; undefined where the tenant registered no backend services. */
  readonly backendGateway: (tenant: string, signal: AbortSignal) => FhirGateway | undefined;
  /** Whether a SMART launch can bring the chart. */
  readonly hasSmartClient: (tenant: string) => boolean;
}

/**
 * Reads the chart or tells that it must wait for a launch.
 * @throws AdapterError prefetch_unavailable when Patient and Encounter cannot be had in any way; ehr_* of the gateway
 */
export function createChartAccess(deps: ChartAccessDeps): (request: ChartRequest) => Promise<ReadChart | "waiting"> {
  return async (request) => {
    const gateway = deps.backendGateway(request.tenant, request.signal);
    if (gateway === undefined) return withoutBackend(request, deps);
    try {
      return await readChart(gateway, idOf(request.patient), idOf(request.encounter), request.snapshot);
    } catch (error) {
      // A refusal does not heal by itself; a complete prefetch still makes a truthful, if thinner, chart.
      if (!isRefusal(error) || !isComplete(request)) throw error;
      return {
        resources: request.snapshot,
        gaps: ["All: the EHR refused our backend access; the hook's data were used"],
      };
    }
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof AdapterError && (error.retry === "never" || error.code === "ehr_token_refused");
}

function withoutBackend(request: ChartRequest, deps: ChartAccessDeps): ReadChart | "waiting" {
  if (isComplete(request)) return { resources: request.snapshot, gaps: request.gaps ?? [] };
  if (deps.hasSmartClient(request.tenant)) return "waiting";
  throw new AdapterError("prefetch_unavailable", { detail: "no prefetch, no backend services, no SMART client" });
}

function isComplete(request: ChartRequest): boolean {
  const has = (reference: string): boolean =>
    request.snapshot.some((resource) => `${resource.resourceType}/${resource.id ?? ""}` === reference);
  return has(request.patient) && has(request.encounter);
}

function idOf(reference: string): string {
  return reference.slice(reference.indexOf("/") + 1);
}
