/** `_elements`: a resource with some of its elements (R4 search, 3.1.1.5.9), marked as such. */
import type { Resource } from "fhir/r4.js";
import type { FhirAnswer } from "./fhir-route.ts";

/** Elements without which the resource would not be one, by type. A type that is not here is served whole: a document has no part. */
export const mandatoryElements: Readonly<Record<string, readonly string[]>> = {
  Task: ["status", "intent"],
  DocumentReference: ["status", "content"],
  Subscription: ["status", "reason", "criteria", "channel"],
};
const always: ReadonlySet<string> = new Set(["resourceType", "id", "meta", "contained"]);

const subsetted = { system: "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", code: "SUBSETTED" };

function withElements<T extends Resource>(resource: T, wanted: ReadonlySet<string>): T {
  const mandatory = mandatoryElements[resource.resourceType];
  if (mandatory === undefined) return resource;
  // What is contained comes along with what refers to it.
  const kept = Object.entries(resource).filter(
    ([name]) => always.has(name) || mandatory.includes(name) || wanted.has(name),
  );
  const meta = { ...resource.meta, tag: [...(resource.meta?.tag ?? []), subsetted] };
  return { ...(Object.fromEntries(kept) as T), meta };
}

/** The answer with the elements that are asked for, and those that must be there. */
export function withWantedElements(answer: FhirAnswer, query: URLSearchParams): FhirAnswer {
  const wanted = new Set(
    query
      .getAll("_elements")
      .flatMap((value) => value.split(","))
      .filter((name) => name !== ""),
  );
  const { resource } = answer;
  if (wanted.size === 0 || resource === undefined) return answer;
  if (resource.resourceType !== "Bundle") return { ...answer, resource: withElements(resource, wanted) };
  if (resource.type !== "searchset" || resource.entry === undefined) return answer;
  const entry = resource.entry.map((one) =>
    one.resource === undefined ? one : { ...one, resource: withElements(one.resource, wanted) },
  );
  return { ...answer, resource: { ...resource, entry } };
}
