/** Medicines: what the patient took before, got here, and is to take after; each order, statement and administration a fact. */
import type {
  Annotation,
  CodeableConcept,
  Dosage,
  FhirResource,
  Medication,
  MedicationAdministration,
  MedicationRequest,
  MedicationStatement,
  Reference,
} from "fhir/r4.js";
import type { MedicationDetail, MedicationList } from "../chart/facts.ts";
import { hasCode, list, textOf } from "../chart/readable.ts";
import { timeOf } from "../chart/encounter-of.ts";
import type { Wording } from "../language/wording.ts";
import { cleanName, conceptName, displayOf, printedName } from "./concept.ts";
import { instantOf } from "./dates.ts";
import { defined } from "./defined.ts";
import type { DosageText } from "./dosage.ts";
import { printRoute, routeName, readDosage, safeNumbers } from "./dosage.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, evidenceFor, joined, onDate } from "./draft.ts";
import { codeKeys, ingredientsOf, listedIngredients } from "./drug-name.ts";
import { printQuantity, readQuantity } from "./quantity.ts";

interface Named {
  readonly name: string;
  readonly concept?: CodeableConcept;
  readonly keys: readonly string[];
  readonly ingredients: readonly string[];
  readonly medication?: Medication;
}

interface MedicationBearer {
  readonly medicationCodeableConcept?: CodeableConcept | undefined;
  readonly medicationReference?: Reference | undefined;
}

/** The drug by its concept, or by the Medication resource (contained or in the chart) that it points to. */
function drugOf(bearer: MedicationBearer, holder: FhirResource, context: ExtractContext): Named | undefined {
  const target = context.resolve(bearer.medicationReference?.reference, holder);
  const medication = target?.resourceType === "Medication" ? target : undefined;
  const concept = bearer.medicationCodeableConcept ?? medication?.code;
  const listed = listedIngredients(medication);
  // "NS", "LR": an abbreviation for which the chart has the full name is never printed alone.
  const short = /^[A-Z]{2,4}$/u.test(concept?.text ?? "");
  const name =
    (short ? displayOf(concept) : undefined) ??
    conceptName(concept) ??
    cleanName(bearer.medicationReference?.display) ??
    (listed.length > 0 ? listed.join("/") : undefined);
  if (name === undefined) return undefined;
  return namedDrug(name, listed, concept, medication);
}

function namedDrug(
  name: string,
  listed: readonly string[],
  concept: CodeableConcept | undefined,
  medication: Medication | undefined,
): Named {
  const ingredients = listed.length > 0 ? [...listed].toSorted() : ingredientsOf(name);
  const keys = [...codeKeys(concept, medication), `name|${ingredients.join("/") || name.toLowerCase()}`];
  return defined<Named>({ name, concept, keys, ingredients, medication });
}

const isOutpatient = (request: MedicationRequest): boolean =>
  list(request.category).some((category) => hasCode(category, "community", "outpatient"));

/** Hours after the admission within which a community order records what the patient came with. */
const intakeHours = 24;

/**
 * A community order written during the stay is either the home list, entered at intake, or a prescription to take home.
 * What says which: reported or copied orders and those of the first day are the home list; the rest are to take home.
 */
function outpatientListOf(request: MedicationRequest, context: ExtractContext): MedicationList {
  const period = context.frame.periodOf(request, textOf(request.authoredOn));
  if (period !== "this-stay") return "home";
  const reported = request.reportedBoolean === true || request.reportedReference !== undefined;
  if (reported || request.intent === "instance-order" || request.intent === "reflex-order") return "home";
  const [authored, start, end] = [
    instantOf(request.authoredOn),
    instantOf(context.frame.start),
    instantOf(context.frame.end),
  ];
  if (authored === undefined || start === undefined) return "unclear";
  const nearAdmission = authored - start <= intakeHours * 3_600_000;
  // In a stay shorter than a day, intake and discharge fall together; the nearer end decides.
  const nearer = end === undefined || authored - start <= end - authored;
  return nearAdmission && nearer ? "home" : "discharge";
}

/** Another stay's discharge order from before is what the patient came with. */
function dischargeListOf(request: MedicationRequest, context: ExtractContext): MedicationList {
  const period = context.frame.periodOf(request, textOf(request.authoredOn));
  if (period === "this-stay" || context.frame.isOwn(request)) return "discharge";
  return period === "after" ? "unclear" : "home";
}

function listOfRequest(request: MedicationRequest, context: ExtractContext): MedicationList {
  if (list(request.category).some((category) => hasCode(category, "discharge")))
    return dischargeListOf(request, context);
  if (list(request.category).some((category) => hasCode(category, "inpatient"))) return "inpatient";
  if (isOutpatient(request)) return outpatientListOf(request, context);
  if (request.reportedBoolean === true) return "home";
  const period = context.frame.periodOf(request, textOf(request.authoredOn));
  if (period === "this-stay") return "inpatient";
  return period === "after" ? "unclear" : "home";
}

function supplyOf(request: MedicationRequest, words: Wording): string | undefined {
  const supply = readQuantity(request.dispenseRequest?.expectedSupplyDuration);
  return supply === undefined ? undefined : printQuantity(supply, words);
}

function noteOf(notes: readonly Annotation[] | undefined): string | undefined {
  const text = joined(
    list(notes).map((note) => textOf(note.text)),
    " ",
  );
  return text === "" ? undefined : text;
}

type DetailParts = Pick<MedicationDetail, "list"> & {
  readonly [K in "supply" | "reason" | "statusReason" | "note" | "end" | "request"]?: string | undefined;
} & { readonly prohibited?: boolean };

/** Several dosage lines of one order are one regimen, in their order. */
function regimenOf(dosages: readonly Dosage[] | undefined, words: Wording): DosageText {
  const lines = list(dosages)
    .toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0))
    .map((dosage) => readDosage(dosage, words));
  const [first] = lines;
  if (first === undefined) return { asNeeded: false };
  if (lines.length === 1) return first;
  const text = joined(
    lines.map((line) => line.text),
    words.raw("dosage.then"),
  );
  const instruction = joined(
    lines.map((line) => line.patientInstruction),
    " ",
  );
  return defined<DosageText>({
    text: text === "" ? undefined : text,
    asNeeded: lines.every((line) => line.asNeeded),
    patientInstruction: instruction === "" ? undefined : instruction,
  });
}

function detailOf(drug: Named, dosage: DosageText, parts: DetailParts): MedicationDetail {
  return defined<MedicationDetail>({
    name: drug.name,
    keys: drug.keys,
    ingredients: drug.ingredients,
    dosage: dosage.text,
    plain: dosage.plain,
    dose: dosage.dose,
    route: dosage.route,
    frequency: dosage.frequency,
    asNeeded: dosage.asNeeded,
    patientInstruction: dosage.patientInstruction,
    prohibited: parts.prohibited ?? false,
    list: parts.list,
    supply: parts.supply,
    reason: parts.reason,
    statusReason: parts.statusReason,
    note: parts.note,
    end: parts.end,
    request: parts.request,
  });
}

/** `(inpatient order of 14 Mar 2026, stopped, bleeding)`: the day is the order's, and never that of the stop. A dose has the day it was given. */
function recordOf(
  { resourceType, status }: MedicationRequest | MedicationStatement | MedicationAdministration,
  context: ExtractContext,
  what: string,
  reason: string | undefined,
  time: string | undefined,
): string {
  if (resourceType === "MedicationAdministration") return `(${joined([what, status, reason])})${onDate(context, time)}`;
  const date = context.dates.date(time);
  return `(${joined([date === undefined ? what : `${what} of ${date}`, status, reason])})`;
}

function medicationFact(
  resource: MedicationRequest | MedicationStatement | MedicationAdministration,
  context: ExtractContext,
  given: {
    readonly drug: Named;
    readonly detail: MedicationDetail;
    readonly time: string | undefined;
    readonly what: string;
  },
): FactDraft {
  const { drug, detail, time, what } = given;
  const path = resource.medicationCodeableConcept === undefined ? "medicationReference" : "medicationCodeableConcept";
  // The drug's name may stand in the Medication resource only, so that is evidence too.
  const named =
    drug.medication === undefined || drug.medication.id === undefined || resource.contained !== undefined
      ? []
      : [evidenceFor(drug.medication, "code", drug.name)];
  const taken =
    detail.dosage === undefined
      ? []
      : [
          evidenceFor(
            resource,
            resource.resourceType === "MedicationRequest" ? "dosageInstruction" : "dosage",
            detail.dosage,
          ),
        ];
  const regimen = joined([drug.name, detail.dosage], " ");
  return draftFact(resource, context, {
    kind: resource.resourceType === "MedicationAdministration" ? "administration" : "medication",
    text: `${regimen} ${recordOf(resource, context, what, detail.statusReason, time)}`,
    label: drug.name,
    concept: drug.concept,
    time,
    status: resource.status,
    medication: detail,
    evidence: [evidenceFor(resource, path, drug.name), ...taken, ...named],
  });
}

const listWords: Readonly<Record<MedicationList, string>> = {
  home: "before admission",
  inpatient: "inpatient order",
  discharge: "discharge order",
  unclear: "order",
};

/** One fact an order. Proposals, fillers and orders that never stood (`draft` of a cancelled plan) are not medication. */
export function medicationRequestFacts(request: MedicationRequest, context: ExtractContext): readonly FactDraft[] {
  const drug = drugOf(request, request, context);
  if (drug === undefined || request.intent === "proposal" || request.intent === "option") return [];
  const which = listOfRequest(request, context);
  const reason = list(request.reasonCode)
    .map(conceptName)
    .find((name) => name !== undefined);
  const detail = detailOf(drug, regimenOf(request.dosageInstruction, context.words), {
    list: which,
    supply: supplyOf(request, context.words),
    reason,
    statusReason: conceptName(request.statusReason),
    note: noteOf(request.note),
    end: textOf(request.dispenseRequest?.validityPeriod?.end),
    prohibited: request.doNotPerform === true,
  });
  return [medicationFact(request, context, { drug, detail, time: textOf(request.authoredOn), what: listWords[which] })];
}

/** One fact a statement: what the patient, a relative or another source says is taken. */
export function medicationStatementFacts(
  statement: MedicationStatement,
  context: ExtractContext,
): readonly FactDraft[] {
  const drug = drugOf(statement, statement, context);
  if (drug === undefined) return [];
  const start = textOf(statement.effectiveDateTime) ?? textOf(statement.effectivePeriod?.start);
  const time = start ?? textOf(statement.dateAsserted);
  const intended = statement.status === "intended";
  const after = context.frame.periodOf(statement, time) === "after";
  const detail = detailOf(drug, regimenOf(statement.dosage, context.words), {
    list: intended || after ? "unclear" : "home",
    reason: list(statement.reasonCode)
      .map(conceptName)
      .find((name) => name !== undefined),
    statusReason: joined(list(statement.statusReason).map(conceptName)) || undefined,
    note: noteOf(statement.note),
    end: textOf(statement.effectivePeriod?.end),
  });
  return [medicationFact(statement, context, { drug, detail, time, what: "statement" })];
}

/** One fact an administration. */
export function administrationFacts(
  administration: MedicationAdministration,
  context: ExtractContext,
): readonly FactDraft[] {
  const drug = drugOf(administration, administration, context);
  if (drug === undefined) return [];
  const { words } = context;
  const given = administration.dosage;
  const dose = readQuantity(given?.dose);
  const dosage = defined<DosageText>({
    text:
      dose === undefined
        ? safeNumbers(textOf(given?.text))
        : joined([printQuantity(dose, words), printRoute(routeName(printedName(given?.route)), words)], " "),
    dose,
    asNeeded: false,
  });
  const detail = detailOf(drug, dosage, {
    list: "inpatient",
    statusReason: joined(list(administration.statusReason).map(conceptName)) || undefined,
    request: textOf(administration.request?.reference),
    note: noteOf(administration.note),
  });
  return [
    medicationFact(administration, context, { drug, detail, time: timeOf(administration), what: "administration" }),
  ];
}
