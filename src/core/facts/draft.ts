/** What every extractor needs, and the one way a fact is made. */
import { versionOf } from "../chart/resource-version.ts";
import type { CodeableConcept, FhirResource } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import type { Fact } from "../chart/facts.ts";
import type { Wording } from "../language/wording.ts";
import type { Evidence } from "../summary/summary.ts";
import { codingsOf } from "../chart/readable.ts";
import type { DatePrinter } from "./dates.ts";
import { defined } from "./defined.ts";
import type { StayFrame } from "./stay-frame.ts";

/** A fact before it gets its number. */
export type FactDraft = Omit<Fact, "id">;

export interface ExtractContext {
  readonly chart: Chart;
  readonly dates: DatePrinter;
  readonly words: Wording;
  readonly frame: StayFrame;
  /** The resource that a reference names: contained in `holder`, or in the chart. */
  resolve(reference: string | undefined, holder: FhirResource): FhirResource | undefined;
}

/** Evidence that points at an element of a resource. */
export function evidenceFor(resource: FhirResource, path?: string, value?: string): Evidence {
  return defined<Evidence>({
    reference: `${resource.resourceType}/${resource.id}`,
    version: versionOf(resource),
    path,
    value,
  });
}

type Optional = Pick<
  Fact,
  | "quantity"
  | "time"
  | "status"
  | "laterality"
  | "result"
  | "medication"
  | "allergy"
  | "diagnosis"
  | "order"
  | "report"
  | "note"
  | "procedure"
  | "appointment"
  | "device"
>;

type Extra = { readonly [K in keyof Optional]?: Optional[K] | undefined };

interface Required {
  readonly kind: Fact["kind"];
  readonly text: string;
  readonly label: string;
  readonly path?: string;
  readonly value?: string;
  readonly concept?: CodeableConcept | undefined;
  readonly assertion?: Fact["assertion"] | undefined;
  readonly evidence?: readonly Evidence[];
}

/** A fact of `resource`; its period follows from the resource's encounter and `time`. */
export function draftFact(resource: FhirResource, context: ExtractContext, fact: Required & Extra): FactDraft {
  const { path, value, concept, assertion, evidence, ...rest } = fact;
  return defined<FactDraft>({
    ...rest,
    codes: codingsOf(concept),
    assertion: assertion ?? "present",
    period: context.frame.periodOf(resource, fact.time),
    evidence: evidence ?? [evidenceFor(resource, path, value)],
  });
}

/** ` on 17 Mar 2026`, or nothing for an undated thing. */
export function onDate(context: ExtractContext, time: string | undefined): string {
  const date = context.dates.date(time);
  return date === undefined ? "" : ` on ${date}`;
}

/** The parts that say something, joined; used everywhere a statement grows by optional details. */
export function joined(parts: readonly (string | undefined)[], separator = ", "): string {
  return parts.filter((part) => part !== undefined && part !== "").join(separator);
}
