/** Synthetic charts by seed: stays of seven kinds, each with its planted facts, and some made hard on purpose. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { timeZones } from "./catalogue/people.ts";
import { contradictingAllergies, pastAllergy } from "./challenges/allergies.ts";
import type { Scenario } from "./catalogue/scenarios.ts";
import { scenarios } from "./catalogue/scenarios.ts";
import {
  brandAndGeneric,
  allergyConflict,
  combination,
  listedTwice,
  taper,
  undatedMedicine,
  whenNeeded,
  gramsAndMilligrams,
  saltsAndForms,
} from "./challenges/medicines.ts";
import { bareChart, orderAndReport, withdrawnOrders } from "./challenges/orders.ts";
import { earlierEncounter, laterEncounter, twin, wrongPatient } from "./challenges/persons.ts";
import {
  amendedResult,
  belowLimit,
  lateResult,
  nearMidnight,
  olderVersion,
  thousandResources,
  unitsMixed,
  valueInWords,
  culture,
} from "./challenges/results.ts";
import { byUrn, denials, german, otherScripts } from "./challenges/words.ts";
import type { ChartDraft } from "./chart-draft.ts";
import { startDraft } from "./chart-draft.ts";
import type { Dice } from "./dice.ts";
import { createDice } from "./dice.ts";
import { addAllergies } from "./parts/allergies.ts";
import { addCondition } from "./parts/condition.ts";
import { addDiagnoses } from "./parts/diagnoses.ts";
import { addFollowUp } from "./parts/follow-up.ts";
import { addMedications } from "./parts/medications.ts";
import { addNewborn } from "./parts/newborn.ts";
import { addNotes } from "./parts/notes.ts";
import { addPending } from "./parts/pending.ts";
import { createPerson } from "./parts/person.ts";
import { addProcedures } from "./parts/procedures.ts";
import { addResults } from "./parts/results.ts";
import { createEncounter, plantStay } from "./parts/stay.ts";
import { createStayTime } from "./stay-time.ts";
import type { StayKind, SyntheticChart, Truth } from "./truth.ts";
import { stayKinds } from "./truth.ts";

type Challenge = (draft: ChartDraft) => void;

/** Two of three charts take one of these on top. */
const challenges: Readonly<Record<string, Challenge>> = {
  "units mixed": unitsMixed,
  "amended result": amendedResult,
  "older version": olderVersion,
  "value with a sign": belowLimit,
  "near midnight": nearMidnight,
  "late result": lateResult,
  "thousand resources": thousandResources,
  "brand and generic": brandAndGeneric,
  "listed twice": listedTwice,
  "undated medicine": undatedMedicine,
  "combination drug": combination,
  taper,
  "allergy conflict": allergyConflict,
  "when needed": whenNeeded,
  "grams and milligrams": gramsAndMilligrams,
  "salts and forms": saltsAndForms,
  "contradicting allergies": contradictingAllergies,
  "past allergy": pastAllergy,
  "value in words": valueInWords,
  culture,
  "order and report": orderAndReport,
  "later encounter": laterEncounter,
  "earlier encounter": earlierEncounter,
  denials,
  "other scripts": otherScripts,
  german,
  "withdrawn orders": withdrawnOrders,
  "bare chart": bareChart,
  "wrong patient": wrongPatient,
  "twin of the same name": twin,
};

/** The names of what makes charts hard. */
export const challengeNames: readonly string[] = Object.keys(challenges);

/** Those that hold of a stay of this kind: nothing goes home after a death, and a newborn brings nothing along. */
function challengesFor(kind: StayKind): readonly string[] {
  const ofMedicines = new Set([
    "brand and generic",
    "listed twice",
    "undated medicine",
    "combination drug",
    "taper",
    "allergy conflict",
    "when needed",
    "grams and milligrams",
    "salts and forms",
    "german",
  ]);
  return kind === "death" || kind === "newborn"
    ? challengeNames.filter((name) => !ofMedicines.has(name))
    : challengeNames;
}

/** Most stays end at home; each kind comes again every twelve charts. */
function kindOf(index: number): StayKind {
  return stayKinds[index % 12] ?? "home";
}

function startChart(
  dice: Dice,
  kind: StayKind,
  reason: string,
): { readonly draft: ChartDraft; readonly fullName: string } {
  const nights = kind === "observation" ? 1 : kind === "newborn" ? 3 : dice.between(3, 9);
  const time = createStayTime(dice, dice.pick(timeZones), nights);
  const birthDate =
    kind === "newborn"
      ? time.day(0)
      : `${dice.between(1934, 1985)}-${String(dice.between(1, 12)).padStart(2, "0")}-${String(dice.between(1, 28)).padStart(2, "0")}`;
  const patientId = `patient-${dice.between(10_000, 99_999)}`;
  const { patient, fullName, identifiers } = createPerson(dice, patientId, birthDate);
  const draft = startDraft(dice, time, kind, patient, createEncounter(dice, time, { kind, reason, patientId }));
  // A newborn's birth date is the day of the admission, and no secret of the stay.
  draft.identifiers.push(...identifiers.filter((value) => kind !== "newborn" || value !== birthDate));
  return { draft, fullName };
}

function fill(draft: ChartDraft, scenario: Scenario, fullName: string): void {
  addDiagnoses(draft, scenario);
  addResults(draft, scenario);
  addProcedures(draft, scenario);
  addAllergies(draft);
  addMedications(draft);
  addCondition(draft);
  addFollowUp(draft, scenario.plan);
  addPending(draft);
  addNotes(draft, scenario, fullName);
}

function truthOf(draft: ChartDraft): Truth {
  const { kind, encounter, time, refused } = draft;
  return {
    stay: kind,
    encounter: encounter.id ?? "",
    timeZone: time.timeZone,
    ...(refused === undefined ? {} : { refused }),
    challenges: draft.challenges,
    facts: draft.facts,
    medicines: draft.medicines,
    pending: draft.pending,
    answered: draft.answered,
    empty: draft.empty,
    forbidden: draft.forbidden,
    denied: draft.denied,
    elsewhere: draft.elsewhere,
    identifiers: draft.identifiers,
    statements: draft.statements,
  };
}

function bundleOf(draft: ChartDraft): Bundle<FhirResource> {
  // In no order, as a search returns them.
  const entry = draft.dice.shuffled(draft.resources).map((resource) => ({ resource }));
  const bundle: Bundle<FhirResource> = { resourceType: "Bundle", type: "collection", entry };
  return draft.dice.chance(0.25) ? byUrn(bundle) : bundle;
}

/** The chart with that number of a seed. Charts of one seed do not depend on how many are built. */
export function syntheticChart(seed: number, index: number): SyntheticChart {
  const dice = createDice(seed * 100_003 + index);
  const kind = kindOf(index);
  const scenario = dice.pick(scenarios);
  const { draft, fullName } = startChart(dice, kind, kind === "newborn" ? "Birth in hospital" : scenario.reason);
  plantStay(draft, kind === "newborn" ? "Birth in hospital" : scenario.reason);
  if (kind === "newborn") addNewborn(draft);
  else fill(draft, scenario, fullName);
  const possible = challengesFor(kind);
  // In turn, so that a small run meets many of them.
  const hard = Math.floor((index * 2) / 3);
  const first = possible[(hard * 7 + seed) % possible.length];
  if (index % 3 !== 0 && first !== undefined) {
    challenges[first]?.(draft);
    draft.challenges.push(first);
  }
  const name = `${String(index + 1).padStart(3, "0")}-${kind}${draft.challenges.map((challenge) => `-${challenge.replaceAll(" ", "-")}`).join("")}`;
  return { name, bundle: bundleOf(draft), truth: truthOf(draft) };
}

/** `count` charts of a seed. */
export function* syntheticCharts(count: number, seed: number): Generator<SyntheticChart> {
  for (let index = 0; index < count; index += 1) yield syntheticChart(seed, index);
}
