/** Takes labelled records out of a chart: the records, and what others say of them by reference. */
import type { FhirResource } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import type { SectionId } from "../summary/summary.ts";
import { labelsOf } from "./labels.ts";
import type { Channel, SensitivityPolicy } from "./policy.ts";
import { handlingOf } from "./policy.ts";

export interface WithheldChart {
  readonly chart: Chart;
  /** `Type/id` of what was taken out. */
  readonly withheld: ReadonlySet<string>;
  /** Patient or stay are labelled so themselves: then nothing of the chart may go this way. */
  readonly whole: boolean;
}

const referenceOf = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id ?? ""}`;

function pointsAt(value: unknown, withheld: ReadonlySet<string>): boolean {
  if (typeof value !== "object" || value === null || !("reference" in value)) return false;
  return typeof value.reference === "string" && withheld.has(value.reference);
}

/** A reference carries a display, and an element around it may say the rest: both go. */
function withoutReferences(value: unknown, withheld: ReadonlySet<string>): unknown {
  if (Array.isArray(value))
    return value
      .filter((item: unknown) => !pointsAt(item, withheld) && !holdsReference(item, withheld))
      .map((item: unknown) => withoutReferences(item, withheld));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]): [string, unknown][] =>
      pointsAt(item, withheld) ? [] : [[name, withoutReferences(item, withheld)]],
    ),
  );
}

/** An entry of a list that is about the record: `Encounter.diagnosis`, `List.entry`. */
function holdsReference(item: unknown, withheld: ReadonlySet<string>): boolean {
  return typeof item === "object" && item !== null && Object.values(item).some((value) => pointsAt(value, withheld));
}

/** The chart as it may go one way, with what was taken out of it. A chart without such records comes back as it is. */
export function withoutLabelled(chart: Chart, policy: SensitivityPolicy, channel: Channel): WithheldChart {
  const isOut = (resource: FhirResource): boolean => handlingOf(policy, channel, labelsOf(resource)) === "exclude";
  const whole = isOut(chart.patient) || isOut(chart.encounter);
  const withheld = new Set(chart.resources.filter(isOut).map(referenceOf));
  if (withheld.size === 0) return { chart, withheld, whole };
  // The same trees without some of their branches.
  const clean = <T extends FhirResource>(resource: T): T => withoutReferences(resource, withheld) as T;
  return {
    chart: {
      ...chart,
      encounter: clean(chart.encounter),
      resources: chart.resources.filter((resource) => !isOut(resource)).map(clean),
    },
    withheld,
    whole,
  };
}

/** Where a reader would have looked for it. */
const sectionByType: Partial<Record<FhirResource["resourceType"], SectionId>> = {
  Condition: "diagnoses",
  Observation: "results",
  DiagnosticReport: "results",
  AllergyIntolerance: "allergies",
  MedicationRequest: "medications",
  MedicationStatement: "medications",
  MedicationAdministration: "medications",
  MedicationDispense: "medications",
  Procedure: "procedures",
  Immunization: "procedures",
  DeviceUseStatement: "procedures",
  Appointment: "follow-up",
  ServiceRequest: "follow-up",
  CarePlan: "instructions",
  NutritionOrder: "instructions",
  Communication: "instructions",
  List: "allergies",
  Specimen: "pending",
  ImagingStudy: "pending",
  FamilyMemberHistory: "diagnoses",
};

/** How many records each section would have rested on. */
export function withheldBySection(withheld: ReadonlySet<string>): ReadonlyMap<SectionId, number> {
  const counts = new Map<SectionId, number>();
  for (const reference of withheld) {
    const [type = ""] = reference.split("/");
    const section = Object.entries(sectionByType).find(([name]) => name === type)?.[1] ?? "course";
    counts.set(section, (counts.get(section) ?? 0) + 1);
  }
  return counts;
}

/** Labels of patient and stay: they hold for everything that is said of them. */
export function labelsOfStay({ patient, encounter }: Chart): readonly string[] {
  return [...new Set([...labelsOf(patient), ...labelsOf(encounter)])];
}

/** Label codes of the chart's records by `Type/id`, patient and stay included; those without any are left out. */
export function labelsByReference(chart: Chart): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [chart.patient, chart.encounter, ...chart.resources].flatMap((resource): [string, readonly string[]][] => {
      const labels = labelsOf(resource);
      return labels.length === 0 ? [] : [[referenceOf(resource), labels]];
    }),
  );
}
