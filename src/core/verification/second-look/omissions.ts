/** What is in the chart and not in a draft, the weightiest first. Omissions, not inventions, are the commonest fault of a summary. */
import type { Fact, FactKind } from "../../chart/facts.ts";
import type { Section } from "../../summary/summary.ts";

export interface Omission {
  readonly fact: Fact;
  /** Higher is graver; equal weights keep the chart's order. */
  readonly weight: number;
  readonly why: OmissionReason;
}

export const omissionReasons = [
  "critical-result",
  "allergy",
  "new-diagnosis",
  "follow-up-asked-for",
  "pending-result",
  "discharge-medicine",
  "stopped-medicine",
  "procedure",
  "device",
  "abnormal-result",
  "known-diagnosis",
] as const;
export type OmissionReason = (typeof omissionReasons)[number];

/** What the next clinician would act on differently, had they known: harm first, then work that would be left undone. */
const weights: Readonly<Record<OmissionReason, number>> = {
  "critical-result": 100,
  allergy: 95,
  "new-diagnosis": 90,
  "follow-up-asked-for": 85,
  "pending-result": 80,
  "discharge-medicine": 75,
  "stopped-medicine": 70,
  procedure: 60,
  device: 50,
  "abnormal-result": 40,
  "known-diagnosis": 30,
};

const asksForMore = /\b(?:recommend|follow-?up|repeat|re-?check|suggest|advise|surveillance)/iu;
const awaited = new Set(["registered", "partial", "preliminary"]);

type Reason = (fact: Fact) => OmissionReason | undefined;

function reasonOfResult({ result }: Fact): OmissionReason | undefined {
  if (result?.flag === "critical-high" || result?.flag === "critical-low") return "critical-result";
  return result?.flag === "high" || result?.flag === "low" || result?.flag === "abnormal"
    ? "abnormal-result"
    : undefined;
}

function reasonOfDiagnosis({ assertion, period, diagnosis }: Fact): OmissionReason | undefined {
  if (assertion !== "present" || diagnosis?.social === true) return undefined;
  return period === "this-stay" ? "new-diagnosis" : "known-diagnosis";
}

function reasonOfReport({ status, report }: Fact): OmissionReason | undefined {
  if (awaited.has(status ?? "")) return "pending-result";
  if (asksForMore.test(report?.conclusion ?? "")) return "follow-up-asked-for";
  // A panel's results are facts of their own.
  return report?.verdict === "abnormal" && report.results.length === 0 ? "abnormal-result" : undefined;
}

function reasonOfMedicine({ medication, status }: Fact): OmissionReason | undefined {
  if (medication?.list === "discharge" && status === "active") return "discharge-medicine";
  return medication?.list === "home" && (status === "stopped" || status === "on-hold") ? "stopped-medicine" : undefined;
}

const reasonByKind: Partial<Record<FactKind, Reason>> = {
  result: reasonOfResult,
  diagnosis: reasonOfDiagnosis,
  report: reasonOfReport,
  medication: reasonOfMedicine,
  allergy: ({ assertion, allergy }) =>
    assertion === "present" && allergy?.kind === "substance" ? "allergy" : undefined,
  order: ({ order, status }) =>
    order?.resulted === false && !order.planned && order.done !== undefined && status === "active"
      ? "pending-result"
      : undefined,
  procedure: ({ assertion, procedure }) =>
    assertion === "present" && procedure?.minor !== true ? "procedure" : undefined,
  device: ({ status, device }) => (status === "active" && device?.use === "stated" ? "device" : undefined),
};

/** What a stay's summary must tell lies in the stay; an allergy or a home medicine holds wherever it was recorded. */
const whenever = new Set<FactKind>(["allergy", "medication", "diagnosis"]);

function reasonOf(fact: Fact): OmissionReason | undefined {
  if (fact.period !== "this-stay" && !(fact.period === "before" && whenever.has(fact.kind))) return undefined;
  return reasonByKind[fact.kind]?.(fact);
}

/** A fact of weight, with all by which a draft may have told it. */
export interface Weighty extends Omission {
  /** Any of these cited means that it is told. */
  readonly references: readonly string[];
}

/** References at which some value of each test stands. */
function testReferences(facts: readonly Fact[]): ReadonlyMap<string, readonly string[]> {
  const results = facts.filter(({ kind }) => kind === "result");
  return new Map(
    [...Map.groupBy(results, ({ label }) => label)].map(([label, same]) => [
      label,
      same.flatMap(({ evidence }) => evidence.map(({ reference }) => reference)),
    ]),
  );
}

/** One line for all values of a test that nobody told: a trend is one omission. */
export const matterOf = ({ fact, why }: Omission): string => `${why}|${fact.kind}|${fact.label}`;

/**
 * Facts that a summary of this stay should tell, the gravest first. A test of which any value is told counts as told, unless
 * the untold value is critical.
 */
export function weightyFacts(facts: readonly Fact[]): readonly Weighty[] {
  const tests = testReferences(facts);
  const all = facts.flatMap((fact): readonly Weighty[] => {
    const why = reasonOf(fact);
    if (why === undefined) return [];
    const own = fact.evidence.map(({ reference }) => reference);
    const any = why === "abnormal-result" && fact.kind === "result" ? (tests.get(fact.label) ?? own) : own;
    return [{ fact, why, weight: weights[why], references: [...new Set(any)] }];
  });
  return all.toSorted((a, b) => b.weight - a.weight);
}

/** References that any sentence of the sections cites. */
export function toldReferences(sections: readonly Section[]): ReadonlySet<string> {
  return new Set(
    sections.flatMap(({ sentences }) =>
      sentences.flatMap(({ evidence }) => evidence.map(({ reference }) => reference)),
    ),
  );
}

/** Of candidates in their order those that nothing told, one of each matter. */
export function untold<T extends { readonly references: readonly string[] }>(
  candidates: readonly T[],
  sections: readonly Section[],
  matter: (candidate: T) => string,
): readonly T[] {
  const told = toldReferences(sections);
  const missing = candidates.filter(({ references }) => !references.some((reference) => told.has(reference)));
  return [...Map.groupBy(missing, matter).values()].flatMap(([first]) => first ?? []);
}

/** Facts of weight that no sentence of `sections` cites, the gravest first. */
export function omissionsOf(facts: readonly Fact[], sections: readonly Section[]): readonly Omission[] {
  return untold(weightyFacts(facts), sections, matterOf).map(({ fact, why, weight }) => ({ fact, why, weight }));
}
