/** A chart while it is being built: resources on one side, what is true of them on the other. */
import type { Encounter, FhirResource, Patient, Reference } from "fhir/r4.js";
import type { Dice } from "./dice.ts";
import type { StayTime } from "./stay-time.ts";
import type {
  ForbiddenText,
  PlantedFact,
  PlantedMedicine,
  PlantedPending,
  StayKind,
  TrueStatement,
  Words,
} from "./truth.ts";

export interface ChartDraft {
  readonly dice: Dice;
  readonly time: StayTime;
  readonly kind: StayKind;
  readonly patient: Patient;
  readonly encounter: Encounter;
  readonly resources: FhirResource[];
  readonly facts: PlantedFact[];
  readonly medicines: PlantedMedicine[];
  readonly pending: PlantedPending[];
  readonly answered: string[];
  readonly empty: string[];
  readonly forbidden: ForbiddenText[];
  readonly denied: string[];
  readonly elsewhere: string[];
  readonly identifiers: string[];
  readonly statements: TrueStatement[];
  readonly challenges: string[];
  refused: string | undefined;
  /** A fresh id, `lab-3`. */
  readonly id: (prefix: string) => string;
  readonly subject: Reference;
  readonly ofStay: Reference;
}

/** A draft that holds the patient and the encounter. */
export function startDraft(
  dice: Dice,
  time: StayTime,
  kind: StayKind,
  patient: Patient,
  encounter: Encounter,
): ChartDraft {
  const counts = new Map<string, number>();
  return {
    dice,
    time,
    kind,
    patient,
    encounter,
    resources: [patient, encounter],
    facts: [],
    medicines: [],
    pending: [],
    answered: [],
    empty: [],
    forbidden: [],
    denied: [],
    elsewhere: [],
    identifiers: [],
    statements: [],
    challenges: [],
    refused: undefined,
    id: (prefix) => {
      const count = (counts.get(prefix) ?? 0) + 1;
      counts.set(prefix, count);
      return `${prefix}-${count}`;
    },
    subject: { reference: `Patient/${patient.id}` },
    ofStay: { reference: `Encounter/${encounter.id}` },
  };
}

export const nameOf = (resource: FhirResource): string => `${resource.resourceType}/${resource.id}`;

/** Adds a resource and returns its `Type/id`. */
export function add(draft: ChartDraft, resource: FhirResource): string {
  draft.resources.push(resource);
  return nameOf(resource);
}

interface Planting {
  readonly sections: readonly string[];
  readonly kind: string;
  readonly resources: readonly string[];
  readonly words: readonly Words[];
  readonly days?: readonly string[];
  readonly assertion?: PlantedFact["assertion"];
  readonly key?: boolean;
}

/** Records a fact that the summary must tell. */
export function plant(draft: ChartDraft, planting: Planting): void {
  const { assertion = "present", key = true } = planting;
  draft.facts.push({ ...planting, id: `fact-${draft.facts.length + 1}`, assertion, key });
}

/** Records a true sentence in other words. */
export function state(draft: ChartDraft, text: string, ...resources: readonly string[]): void {
  draft.statements.push({ text, resources });
}
