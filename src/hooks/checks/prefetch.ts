import type { Bundle, FhirResource, OperationOutcome } from "fhir/r4.js";
import { AdapterError } from "../../core/errors.ts";
import type { CdsRequest } from "../cds-hooks.ts";
import type { PrefetchTemplates } from "../service.ts";

/** One prefetch key as it came. */
export type PrefetchValue =
  /** All of it: perhaps nothing, where the EHR says that there is no data (null; 3.0). */
  | { readonly kind: "whole"; readonly resources: readonly FhirResource[] }
  /** The first page of more. Its `next` link is never followed: the search is run again at the registered base. */
  | { readonly kind: "part"; readonly resources: readonly FhirResource[] }
  /** Not sent, or an OperationOutcome in its place (2.0, 52). */
  | { readonly kind: "missing" };

/** Looks at the keys that we asked for; others are the client's business. Anything that is no FHIR JSON is 400. */
export function checkPrefetch(
  { prefetch }: CdsRequest,
  templates: PrefetchTemplates,
): ReadonlyMap<string, PrefetchValue> {
  const given = prefetch ?? {};
  return new Map(
    Object.keys(templates).map((key) => [
      key,
      Object.hasOwn(given, key) ? valueOf(given[key], key) : ({ kind: "missing" } as const),
    ]),
  );
}

function valueOf(value: unknown, key: string): PrefetchValue {
  if (value === null) return { kind: "whole", resources: [] };
  const resource = asResource(value, `prefetch.${key}`);
  if (resource.resourceType === "OperationOutcome") return { kind: "missing" };
  return resource.resourceType === "Bundle" ? bundleValue(resource, key) : { kind: "whole", resources: [resource] };
}

function asResource(value: unknown, at: string): FhirResource {
  const type: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "resourceType") : undefined;
  if (typeof type !== "string" || !/^[A-Z][A-Za-z]{1,63}$/u.test(type))
    throw new AdapterError("parameter_invalid", { at, message: "Not a FHIR resource." });
  return value as FhirResource;
}

function bundleValue(bundle: Bundle, key: string): PrefetchValue {
  const entries: unknown = bundle.entry ?? [];
  if (!Array.isArray(entries)) throw new AdapterError("parameter_invalid", { at: `prefetch.${key}.entry` });
  const resources: FhirResource[] = [];
  let failed = false;
  let matches = 0;
  for (const [index, entry] of entries.entries()) {
    const inner: unknown = typeof entry === "object" && entry !== null ? Reflect.get(entry, "resource") : undefined;
    if (inner === undefined) continue;
    if (!["include", "outcome"].includes(String(modeOf(entry)))) matches += 1;
    const resource = asResource(inner, `prefetch.${key}.entry[${index}].resource`);
    if (resource.resourceType === "OperationOutcome") failed ||= hasError(resource);
    else resources.push(resource);
  }
  const more = Array.isArray(bundle.link) && bundle.link.some((link) => link?.relation === "next");
  // Some EHRs take the links out of what they prefetch: then the count alone tells that there is more.
  const short = typeof bundle.total === "number" && matches < bundle.total;
  return { kind: failed || more || short ? "part" : "whole", resources };
}

function modeOf(entry: unknown): unknown {
  const search: unknown = typeof entry === "object" && entry !== null ? Reflect.get(entry, "search") : undefined;
  return typeof search === "object" && search !== null ? Reflect.get(search, "mode") : undefined;
}

function hasError({ issue }: OperationOutcome): boolean {
  return !Array.isArray(issue) || issue.some((entry) => entry?.severity === "error" || entry?.severity === "fatal");
}
