/** Who a pilot covers: stays on some units, or under some clinicians. Everybody else gets the computed summary. */
import type { Encounter } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import { list } from "../chart/readable.ts";

export interface PilotScope {
  /** `Location/...` or `Organization/...` references, or names as the EHR displays them. Empty: any. */
  readonly units: readonly string[];
  /** `Practitioner/...` or `PractitionerRole/...` references. Empty: any. */
  readonly clinicians: readonly string[];
}

function unitsOf({ location, serviceProvider }: Encounter, resources: Chart["resources"]): readonly string[] {
  const places = list(location).flatMap((place) => [place.location?.reference ?? "", place.location?.display ?? ""]);
  const names = resources.flatMap((resource) =>
    resource.resourceType === "Location" && places.includes(`Location/${resource.id ?? ""}`)
      ? [resource.name ?? ""]
      : [],
  );
  return [...places, ...names, serviceProvider?.reference ?? "", serviceProvider?.display ?? ""];
}

function cliniciansOf({ participant }: Encounter): readonly string[] {
  return list(participant).map(({ individual }) => individual?.reference ?? "");
}

/** True where the stay lies on one of the units and, where clinicians are named, one of them takes part in it. */
export function inPilot({ encounter, resources }: Pick<Chart, "encounter" | "resources">, scope: PilotScope): boolean {
  const any = (wanted: readonly string[], found: readonly string[]): boolean =>
    wanted.length === 0 || wanted.some((each) => found.includes(each));
  return any(scope.units, unitsOf(encounter, resources)) && any(scope.clinicians, cliniciansOf(encounter));
}
