/** From the chart to its facts: one pass over the resources, each read by the extractor of its type. */
import type { FhirResource } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import type { Fact } from "../chart/facts.ts";
import type { Language } from "../language/language.ts";
import { wordingOf } from "../language/wording.ts";
import { list, property } from "../chart/readable.ts";
import { allergyFacts, allergyListFacts } from "./allergy.ts";
import { conditionFacts, familyFacts } from "./condition.ts";
import { createDatePrinter } from "./dates.ts";
import { withoutPlantedText } from "./planted-text.ts";
import { deviceFacts, deviceUseFacts } from "./device.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { encounterFacts } from "./encounter.ts";
import { administrationFacts, medicationRequestFacts, medicationStatementFacts } from "./medication.ts";
import { compositionFacts, documentFacts, impressionFacts, reportNoteFacts } from "./note.ts";
import { statementFacts } from "./note-statements.ts";
import { observationFacts } from "./observation.ts";
import { serviceRequestFacts } from "./order.ts";
import {
  appointmentFacts,
  carePlanFacts,
  codeStatusFacts,
  communicationFacts,
  goalFacts,
  nutritionFacts,
  taskFacts,
} from "./plan.ts";
import { immunizationFacts, procedureFacts } from "./procedure.ts";
import { reportFacts } from "./report.ts";
import { createStayFrame } from "./stay-frame.ts";

export interface ExtractOptions {
  /** IANA zone of the tenant, in which dates are printed and days are counted. */
  readonly timeZone: string;
  /** Of amounts, directions and names that the chart leaves to its reader; English where absent. */
  readonly language?: Language;
}

/** Looks references up in `contained` first, then in the chart. */
function createResolver(chart: Chart): ExtractContext["resolve"] {
  const byName = new Map<string, FhirResource>(
    [chart.patient, chart.encounter, ...chart.resources].map((resource) => [
      `${resource.resourceType}/${resource.id}`,
      resource,
    ]),
  );
  return (reference, holder) => {
    // The type says "text"; an invalid chart holds null and numbers, too.
    if (typeof reference !== "string") return undefined;
    if (!reference.startsWith("#")) return byName.get(reference);
    const contained = property(holder, "contained");
    return list(Array.isArray(contained) ? (contained as readonly FhirResource[]) : undefined).find(
      (resource) => resource.id === reference.slice(1),
    );
  };
}

function factsOf(resource: FhirResource, context: ExtractContext): readonly FactDraft[] {
  switch (resource.resourceType) {
    case "Observation":
      return observationFacts(resource, context);
    case "Condition":
      return conditionFacts(resource, context);
    case "FamilyMemberHistory":
      return familyFacts(resource, context);
    case "AllergyIntolerance":
      return allergyFacts(resource, context);
    case "List":
      return allergyListFacts(resource, context);
    case "MedicationRequest":
      return medicationRequestFacts(resource, context);
    case "MedicationStatement":
      return medicationStatementFacts(resource, context);
    case "MedicationAdministration":
      return administrationFacts(resource, context);
    case "Procedure":
      return procedureFacts(resource, context);
    case "Immunization":
      return immunizationFacts(resource, context);
    case "Device":
      return deviceFacts(resource, context);
    case "DeviceUseStatement":
      return deviceUseFacts(resource, context);
    case "DiagnosticReport":
      return [...reportFacts(resource, context), ...reportNoteFacts(resource, context)];
    case "ServiceRequest":
      return serviceRequestFacts(resource, context);
    case "Composition":
      return compositionFacts(resource, context);
    case "DocumentReference":
      return documentFacts(resource, context);
    case "ClinicalImpression":
      return impressionFacts(resource, context);
    case "Appointment":
      return appointmentFacts(resource, context);
    case "CarePlan":
      return carePlanFacts(resource, context);
    case "Goal":
      return goalFacts(resource, context);
    case "NutritionOrder":
      return nutritionFacts(resource, context);
    case "Task":
      return taskFacts(resource, context);
    case "Communication":
    case "CommunicationRequest":
      return communicationFacts(resource, context);
    case "Consent":
    case "Flag":
      return codeStatusFacts(resource, context);
    default:
      return [];
  }
}

/** A chart never changes, and several readers ask for its facts: the engine, and whoever looks at the draft again. */
const extracted = new WeakMap<Chart, Map<string, readonly Fact[]>>();

/**
 * Every fact of the chart, in the chart's order, then what the stay's notes state, numbered `f1`, `f2` ... Pure: the same chart and zone give the same
 * facts. Resources of a kind that no extractor reads (claims, provenance) yield none.
 */
export function extractFacts(raw: Chart, options: ExtractOptions): readonly Fact[] {
  const byOptions = extracted.get(raw) ?? new Map<string, readonly Fact[]>();
  extracted.set(raw, byOptions);
  const key = `${options.language ?? "en"} ${options.timeZone}`;
  const facts = byOptions.get(key) ?? readFacts(raw, options);
  byOptions.set(key, facts);
  return facts;
}

/**
 * The facts without what was read out of notes by patterns: what a model may rest on, and what a sentence is held against. A note's
 * own fact stands for its words there, with all that it says.
 */
export function recordedFacts(raw: Chart, options: ExtractOptions): readonly Fact[] {
  return extractFacts(raw, options).filter(({ kind }) => kind !== "statement");
}

const numbered = (drafts: readonly FactDraft[], first: number): readonly Fact[] =>
  drafts.map((draft, index) => ({ id: `f${first + index}`, ...draft }));

function readFacts(raw: Chart, options: ExtractOptions): readonly Fact[] {
  const { chart } = withoutPlantedText(raw);
  const words = wordingOf(options.language ?? "en");
  const dates = createDatePrinter(options.timeZone, words);
  const context: ExtractContext = {
    chart,
    dates,
    words,
    frame: createStayFrame(chart, dates),
    resolve: createResolver(chart),
  };
  const drafts = [
    ...encounterFacts(chart.encounter, context),
    ...chart.resources.flatMap((resource) => factsOf(resource, context)),
  ];
  const facts = numbered(drafts, 1);
  // Behind all others, which keep their numbers whatever is read out of notes.
  return [...facts, ...numbered(facts.flatMap(statementFacts), facts.length + 1)];
}
