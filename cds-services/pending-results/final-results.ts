/** Which of the resources at hand are results that were pending and are final now. Pure. */
import { createHash } from "node:crypto";
import type { DiagnosticReport, FhirResource, Observation } from "fhir/r4.js";
import { list, textOf } from "../../src/core/chart/readable.ts";
import { instantOf } from "../../src/core/facts/dates.ts";
import type { Awaited } from "./awaited.ts";

export type Result = DiagnosticReport | Observation;

export interface FinalResult {
  readonly resource: Result;
  /** The report's own values, as far as they are at hand. */
  readonly values: readonly Observation[];
  /** Names this version of the result without saying what it is. */
  readonly item: string;
  /** It replaced an earlier word (`amended`, `corrected`, `appended`). */
  readonly revised: boolean;
}

const revisedStatuses: ReadonlySet<string> = new Set(["amended", "corrected", "appended"]);

export function isFinal({ status }: Result): boolean {
  return status === "final" || revisedStatuses.has(status);
}

export function isResult(resource: FhirResource): resource is Result {
  return resource.resourceType === "DiagnosticReport" || resource.resourceType === "Observation";
}

export function referenceOf({ resourceType, id }: Result): string {
  return `${resourceType}/${id}`;
}

/** When this version was made known. */
export function issuedAt(resource: Result): string | undefined {
  return textOf(resource.issued) ?? textOf(resource.meta?.lastUpdated);
}

/** True unless the summary cites the very same version, or, where versions are not counted, the result is older than it. */
function isNews(resource: Result, { cited }: Awaited, startedAt: string): boolean {
  const reference = referenceOf(resource);
  if (!cited.has(reference)) return true;
  const [then, now] = [cited.get(reference), resource.meta?.versionId];
  if (then !== undefined && now !== undefined) return then !== now;
  const [issued, started] = [instantOf(issuedAt(resource)), instantOf(startedAt)];
  return issued === undefined || started === undefined || issued > started;
}

/** Whether it is the answer to something that was awaited. A result that was told already counts when it was revised. */
export function isAnswer(resource: Result, { orders, results, told }: Awaited): boolean {
  const reference = referenceOf(resource);
  if (told.has(reference)) return revisedStatuses.has(resource.status);
  return results.has(reference) || list(resource.basedOn).some((order) => orders.has(order.reference ?? ""));
}

/** A correction is another version: it has another digest, so that whoever put the first aside sees the second. */
function itemOf(resource: Result): string {
  const version = textOf(resource.issued) ?? resource.meta?.versionId ?? "";
  return createHash("sha256")
    .update(JSON.stringify([referenceOf(resource), resource.status, version]))
    .digest("hex")
    .slice(0, 32);
}

/** Each awaited result that is final now, once: values that a report lists stand with the report. In time order. */
export function finalResults(
  awaited: Awaited,
  startedAt: string,
  resources: readonly FhirResource[],
): readonly FinalResult[] {
  const results = resources.filter(isResult);
  const news = results.filter(
    (resource) => isFinal(resource) && isAnswer(resource, awaited) && isNews(resource, awaited, startedAt),
  );
  const valuesOf = (resource: Result): readonly Observation[] =>
    resource.resourceType === "Observation"
      ? [resource]
      : list(resource.result).flatMap(({ reference }) =>
          results.flatMap((value) =>
            value.resourceType === "Observation" && referenceOf(value) === reference && isFinal(value) ? [value] : [],
          ),
        );
  const withReport = new Set(
    news.flatMap((resource) => (resource.resourceType === "DiagnosticReport" ? valuesOf(resource) : [])),
  );
  return news
    .filter((resource) => resource.resourceType === "DiagnosticReport" || !withReport.has(resource))
    .map((resource) => ({
      resource,
      values: valuesOf(resource),
      item: itemOf(resource),
      revised: revisedStatuses.has(resource.status),
    }))
    .toSorted((a, b) => (instantOf(issuedAt(a.resource)) ?? 0) - (instantOf(issuedAt(b.resource)) ?? 0));
}
