/** Puts a chart together: the written resources, and of the hospital those that they reach. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { HOSPITAL_RESOURCES } from "./hospital.ts";

const CHART_BASE = "https://general-hospital.example/fhir";

/** A collection Bundle with full URLs; resources stand in the order they are written, then the hospital's. */
export function chartBundle(key: string, written: readonly FhirResource[]): Bundle<FhirResource> {
  const entry = [...written, ...reached(written)].map((resource) => ({
    fullUrl: `${CHART_BASE}/${resource.resourceType}/${resource.id ?? ""}`,
    resource,
  }));
  const bundle: Bundle<FhirResource> = { resourceType: "Bundle", id: `${key}-chart`, type: "collection", entry };
  // A round trip drops what is undefined: the chart is what its JSON says.
  return JSON.parse(JSON.stringify(bundle));
}

function reached(written: readonly FhirResource[]): readonly FhirResource[] {
  const found = new Set<FhirResource>();
  let frontier: readonly FhirResource[] = written;
  while (frontier.length > 0) {
    const text = JSON.stringify(frontier);
    frontier = HOSPITAL_RESOURCES.filter(
      (resource) => !found.has(resource) && (text.includes(referenceTo(resource)) || isRoleOf(resource, text)),
    );
    for (const resource of frontier) found.add(resource);
  }
  return HOSPITAL_RESOURCES.filter((resource) => found.has(resource));
}

function referenceTo({ resourceType, id }: FhirResource): string {
  return `"${resourceType}/${id ?? ""}"`;
}

/** A role is reached from its person: nobody refers to the role itself. */
function isRoleOf(resource: FhirResource, text: string): boolean {
  if (resource.resourceType !== "PractitionerRole") return false;
  return text.includes(`"${resource.practitioner?.reference ?? ""}"`);
}
