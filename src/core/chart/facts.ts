/** Facts: what the chart says, typed, one statement each, with the resource that says it. */
import type { Coding } from "fhir/r4.js";
import type { Evidence } from "../summary/summary.ts";

export type FactKind =
  | "stay"
  | "reason"
  | "diagnosis"
  | "procedure"
  | "result"
  | "vital"
  | "allergy"
  | "medication"
  | "administration"
  | "immunization"
  | "device"
  | "appointment"
  | "order"
  | "report"
  | "plan"
  | "goal"
  | "note"
  | "condition-at-discharge"
  | "disposition"
  | "code-status";

export type Assertion = "present" | "absent" | "possible" | "historical" | "family";

export interface FactQuantity {
  readonly value: number;
  /** As printed in the chart. */
  readonly unit?: string;
  /** UCUM code where the chart has one. */
  readonly code?: string;
}

export interface Fact {
  /** Stable within one chart: `f1`, `f2` ... in the chart's order. */
  readonly id: string;
  readonly kind: FactKind;
  /** One plain statement with every value, as a model may cite it: `Creatinine 1.71 mg/dL (high) on 18 Mar 2026`. */
  readonly text: string;
  /** What it is about, without values: `Creatinine`. */
  readonly label: string;
  readonly codes: readonly Coding[];
  readonly quantity?: FactQuantity;
  /** FHIR date or dateTime at which it was true or done. */
  readonly time?: string;
  /** The resource's own status code: `final`, `active`, `completed` ... */
  readonly status?: string;
  readonly assertion: Assertion;
  /** Whether it belongs to this stay, lies before it, or to another encounter. */
  readonly period: "this-stay" | "before" | "other-encounter" | "after";
  readonly laterality?: "left" | "right" | "bilateral";
  readonly evidence: readonly Evidence[];
}
