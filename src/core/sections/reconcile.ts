/** Medication reconciliation: what was taken before, what is to be taken after, and what became of each. */
import type { Fact, FactQuantity, MedicationDetail } from "../chart/facts.ts";
import { compareTimes, instantOf, liesBefore } from "../facts/dates.ts";
import { timesPerDay } from "../facts/dosage.ts";
import { differsInForm, differsInStrength } from "../facts/drug-product.ts";
import { amountOfQuantity, isSameAmount } from "../facts/dose-words.ts";
import { sameAmount } from "../facts/quantity.ts";

/** `withdrawn`: an order for the discharge that does not stand, of a medicine that nobody took before. */
export type MedicationClass =
  | "new"
  | "changed"
  | "continued"
  | "stopped"
  | "held"
  | "unclear"
  | "withdrawn"
  | "hospital-only";

export interface MedicationFact extends Fact {
  readonly medication: MedicationDetail;
}

/** One medicine with every entry the chart has of it. */
export interface ReconciledMedicine {
  readonly class: MedicationClass;
  readonly home: readonly MedicationFact[];
  readonly inpatient: readonly MedicationFact[];
  readonly discharge: readonly MedicationFact[];
  /** What differs between before and after. */
  readonly changes: readonly MedicationChange[];
  /** Why the class is `unclear`. */
  readonly why?: UnclearReason;
}

/** What of a regimen differs. */
export type MedicationChange = "dose" | "strength" | "form" | "route" | "frequency" | "asNeeded" | "directions";

export type UnclearReason =
  | "draft"
  | "marked"
  | "notTaken"
  | "ended"
  | "notListed"
  | "noList"
  | "noOrder"
  | "whichList";

export interface Reconciliation {
  readonly medicines: readonly ReconciledMedicine[];
  /** True when the chart holds any entry of what was taken before the admission. */
  readonly homeListKnown: boolean;
  readonly dischargeListKnown: boolean;
}

export function isMedication(fact: Fact): fact is MedicationFact {
  return fact.kind === "medication" && fact.medication !== undefined;
}

const ended: ReadonlySet<string> = new Set(["stopped", "completed", "cancelled"]);

/** What a list says in the hours before the admission belongs to its intake: the emergency department. */
const intakeMs = 24 * 3_600_000;

function isOfIntake(fact: MedicationFact, start: string | undefined): boolean {
  const [time, admission] = [instantOf(fact.time), instantOf(start)];
  if (fact.period === "this-stay") return true;
  const isStatement = fact.evidence[0]?.reference.startsWith("MedicationStatement/") === true;
  return isStatement && time !== undefined && admission !== undefined && time >= admission - intakeMs;
}

/** Earlier orders without an end date matter for a year; older ones are history of prescribing, not of taking. */
const recentMs = 365 * 86_400_000;

type HomeState = "taken" | "ended-in-stay" | "recently-ended" | "past";

/** Whether an entry from before was still taken on admission. The status is today's, so dates decide where there are any. */
function homeState(fact: MedicationFact, start: string | undefined): HomeState {
  if (!ended.has(fact.status ?? ""))
    return fact.medication.end !== undefined && liesBefore(fact.medication.end, start) ? "past" : "taken";
  if (fact.medication.end !== undefined) return liesBefore(fact.medication.end, start) ? "past" : "ended-in-stay";
  // A reason for the stop, on a list taken at admission, is a decision of this stay.
  if (isOfIntake(fact, start) || fact.medication.statusReason !== undefined) return "ended-in-stay";
  const [time, admission] = [instantOf(fact.time), instantOf(start)];
  if (fact.status === "cancelled" || time === undefined || admission === undefined)
    return fact.status === "cancelled" ? "past" : "recently-ended";
  return admission - time < recentMs ? "recently-ended" : "past";
}

function sameFrequency(left: string, right: string): boolean {
  const [a, b] = [timesPerDay(left), timesPerDay(right)];
  return a !== undefined && b !== undefined ? a === b : left === right;
}

/** Equal by code, or by the words of the unit: one side may say `units` where the other is coded `[iU]`. */
function sameDose(left: FactQuantity, right: FactQuantity): boolean {
  return sameAmount(left, right) || isSameAmount(amountOfQuantity(left), amountOfQuantity(right));
}

/** What differs, as far as both sides say it; a side that is silent is no difference. */
export function changesBetween(home: MedicationDetail, discharge: MedicationDetail): readonly MedicationChange[] {
  const changes: MedicationChange[] = [];
  if (home.dose !== undefined && discharge.dose !== undefined && !sameDose(home.dose, discharge.dose))
    changes.push("dose");
  else if (differsInStrength(home.name, discharge.name)) changes.push("strength");
  if (differsInForm(home.name, discharge.name)) changes.push("form");
  if (home.route !== undefined && discharge.route !== undefined && home.route !== discharge.route)
    changes.push("route");
  if (
    home.frequency !== undefined &&
    discharge.frequency !== undefined &&
    !sameFrequency(home.frequency, discharge.frequency)
  )
    changes.push("frequency");
  if (
    home.asNeeded !== discharge.asNeeded &&
    (home.frequency !== undefined || home.asNeeded) &&
    (discharge.frequency !== undefined || discharge.asNeeded)
  )
    changes.push("asNeeded");
  if (changes.length > 0) return changes;
  const coded = (detail: MedicationDetail): boolean => detail.dose !== undefined || detail.frequency !== undefined;
  const differs =
    home.dosage !== undefined &&
    discharge.dosage !== undefined &&
    home.dosage.toLowerCase() !== discharge.dosage.toLowerCase();
  return differs && !(coded(home) && coded(discharge)) ? ["directions"] : [];
}

/** Entries that share a key (RxNorm code, other code, ingredient names), directly or through a third, are one medicine. */
function groupsOf(facts: readonly MedicationFact[]): readonly (readonly MedicationFact[])[] {
  const groupOf = new Map<string, readonly MedicationFact[]>();
  for (const fact of facts) {
    const touched = new Set(fact.medication.keys.map((key) => groupOf.get(key)));
    const merged = [...[...touched].flatMap((group) => group ?? []), fact];
    for (const member of merged) for (const key of member.medication.keys) groupOf.set(key, merged);
  }
  return [...new Set(groupOf.values())];
}

interface Lists {
  readonly home: readonly MedicationFact[];
  readonly inpatient: readonly MedicationFact[];
  readonly discharge: readonly MedicationFact[];
}

interface Verdict {
  readonly class: MedicationClass;
  readonly changes?: readonly MedicationChange[];
  readonly why?: UnclearReason;
}

/** Discharge entries that are meant to be taken: not cancelled, stopped, drafted, held or forbidden. */
function isStanding(fact: MedicationFact): boolean {
  return (
    !ended.has(fact.status ?? "") && fact.status !== "draft" && fact.status !== "on-hold" && !fact.medication.prohibited
  );
}

/** The home entry that the discharge entry is held against: still taken, with a coded regimen if there is one, the latest. */
export function comparedHome(home: readonly MedicationFact[]): MedicationFact | undefined {
  const taken = home.filter((fact) => !ended.has(fact.status ?? ""));
  const candidates = taken.length > 0 ? taken : home;
  return (
    candidates.findLast(({ medication }) => medication.dose !== undefined && medication.frequency !== undefined) ??
    candidates.at(-1)
  );
}

/** What differs from before, over all entries of the discharge list: the second of two may be the one that is new. */
function changesOf(home: readonly MedicationFact[], orders: readonly MedicationFact[]): readonly MedicationChange[] {
  const previous = comparedHome(home);
  if (previous === undefined) return [];
  const taken = home.filter((fact) => !ended.has(fact.status ?? ""));
  const changes = orders.map((order) => {
    const against = changesBetween(previous.medication, order.medication);
    // A regimen of several entries (5 mg on Mondays, 2.5 mg else) is held entry by entry against those from before.
    const isKept = taken.some((fact) => changesBetween(fact.medication, order.medication).length === 0);
    return orders.length > 1 && isKept ? [] : against;
  });
  return [...new Set(changes.flat())];
}

function withDischarge(home: readonly MedicationFact[], discharge: readonly MedicationFact[]): Verdict {
  const orders = discharge.filter(isStanding);
  if (orders.length === 0) return withoutStanding(home, discharge);
  // What somebody was to take and did not take begins with the discharge.
  const before = home.filter(({ status }) => status !== "not-taken");
  if (before.length === 0) return { class: "new" };
  const changes = changesOf(before, orders);
  return changes.length > 0 ? { class: "changed", changes } : { class: "continued" };
}

function withoutStanding(home: readonly MedicationFact[], discharge: readonly MedicationFact[]): Verdict {
  if (discharge.some((fact) => fact.status === "on-hold")) return { class: "held" };
  if (discharge.some((fact) => fact.status === "draft")) return { class: "unclear", why: "draft" };
  // Only what was taken can be stopped: an order that was withdrawn says nothing about a home medicine.
  if (home.length === 0) return { class: "withdrawn" };
  if (discharge.some((fact) => fact.medication.prohibited || fact.status === "stopped")) return { class: "stopped" };
  return { class: "unclear", why: "marked" };
}

function withoutDischarge(
  home: readonly MedicationFact[],
  dischargeListKnown: boolean,
  start: string | undefined,
): Verdict {
  if (home.some((fact) => fact.status === "on-hold")) return { class: "held" };
  if (home.some((fact) => fact.status === "not-taken")) return { class: "unclear", why: "notTaken" };
  const states = home.map((fact) => homeState(fact, start));
  if (states.every((state) => state === "ended-in-stay")) return { class: "stopped" };
  if (states.every((state) => state === "recently-ended")) return { class: "unclear", why: "ended" };
  return {
    class: "unclear",
    why: dischargeListKnown ? "notListed" : "noList",
  };
}

function verdictOf(lists: Lists, dischargeListKnown: boolean, start: string | undefined): Verdict {
  if (lists.discharge.length > 0) return withDischarge(lists.home, lists.discharge);
  if (lists.home.length > 0) return withoutDischarge(lists.home, dischargeListKnown, start);
  const unclear = lists.inpatient.length === 0;
  return unclear ? { class: "unclear", why: "noOrder" } : { class: "hospital-only" };
}

/** An ended order that was given at that visit, within a day: a dose in a clinic or an operation, no medicine taken at home. */
function wasGivenThere(order: MedicationFact, given: readonly Fact[]): boolean {
  const time = instantOf(order.time);
  if (!ended.has(order.status ?? "") || order.period === "this-stay" || time === undefined) return false;
  return given.some((fact) => {
    const at = instantOf(fact.time);
    const same = fact.medication?.keys.some((key) => order.medication.keys.includes(key)) === true;
    return same && at !== undefined && at >= time && at - time < intakeMs;
  });
}

function reconcileGroup(
  group: readonly MedicationFact[],
  dischargeListKnown: boolean,
  start: string | undefined,
  given: readonly Fact[],
): readonly ReconciledMedicine[] {
  const of = (list: MedicationDetail["list"]): readonly MedicationFact[] =>
    group.filter((fact) => fact.medication.list === list).toSorted((a, b) => compareTimes(a.time, b.time));
  const home = of("home").filter((fact) => homeState(fact, start) !== "past" && !wasGivenThere(fact, given));
  const lists: Lists = {
    home,
    inpatient: of("inpatient").filter((fact) => fact.period === "this-stay"),
    discharge: of("discharge"),
  };
  const unclear = of("unclear");
  if (home.length + lists.inpatient.length + lists.discharge.length + unclear.length === 0) return [];
  const verdict: Verdict =
    unclear.length > 0 && lists.discharge.length === 0 && home.length === 0
      ? { class: "unclear", why: "whichList" }
      : verdictOf(lists, dischargeListKnown, start);
  return [
    {
      class: verdict.class,
      home,
      inpatient: [...lists.inpatient, ...(verdict.class === "unclear" ? unclear : [])],
      discharge: lists.discharge,
      changes: verdict.changes ?? [],
      ...(verdict.why === undefined ? {} : { why: verdict.why }),
    },
  ];
}

/**
 * Reconciles every medicine of the chart. Nothing is dropped but orders that had ended before the admission and what other
 * encounters ordered after the discharge; what cannot be classified is `unclear`, with the reason.
 */
export function reconcile(facts: readonly Fact[], start: string | undefined): Reconciliation {
  const relevant = facts
    .filter(isMedication)
    .filter((fact) => fact.period !== "after" || fact.medication.list === "discharge");
  const homeListKnown = relevant.some((fact) => fact.medication.list === "home");
  const dischargeListKnown = relevant.some((fact) => fact.medication.list === "discharge");
  const given = facts.filter((fact) => fact.kind === "administration" && fact.status === "completed");
  const medicines = groupsOf(relevant).flatMap((group) => reconcileGroup(group, dischargeListKnown, start, given));
  return { medicines, homeListKnown, dischargeListKnown };
}
