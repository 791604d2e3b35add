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
  | "statement"
  | "condition-at-discharge"
  | "disposition"
  | "code-status";

export type Assertion = "present" | "absent" | "possible" | "historical" | "family";

/** Where a fact lies: in the stay, before its admission, in another encounter that began earlier, or after the discharge. */
export type FactPeriod = "this-stay" | "before" | "other-encounter" | "after";

export interface FactQuantity {
  readonly value: number;
  /** As printed in the chart. */
  readonly unit?: string;
  /** UCUM code where the chart has one. */
  readonly code?: string;
}

/** How a result compares with its reference range; from the laboratory's own flag first, from the range second. */
export type ResultFlag = "normal" | "low" | "high" | "critical-low" | "critical-high" | "abnormal";

export interface ResultDetail {
  /** Value with unit as printed: `1.71 mg/dL`, `No growth`. */
  readonly printed: string;
  readonly comparator?: "<" | "<=" | ">" | ">=";
  readonly low?: number;
  readonly high?: number;
  /** Reference range as printed, with its own unit if it has one: `0.59 to 1.04 mg/dL`. */
  readonly range?: string;
  readonly flag?: ResultFlag;
  /** A value that replaced an earlier one (`corrected`, `amended`). */
  readonly corrected: boolean;
  /** What is said of an antibiotic: `Resistant`. */
  readonly susceptibility?: string;
  /** When this version was made available, where that is not when it was measured. */
  readonly issued?: string;
  readonly category: "laboratory" | "microbiology" | "vital-signs" | "survey" | "other";
}

/** Where a medication stands in the reconciliation. */
export type MedicationList = "home" | "inpatient" | "discharge" | "unclear";

export interface MedicationDetail {
  /** Full name as printed. */
  readonly name: string;
  /** Keys by which two entries are the same medicine: RxNorm codes, other codes, ingredient names; lower case. */
  readonly keys: readonly string[];
  /** Ingredient names, lower case: `fluticasone`, `salmeterol`. */
  readonly ingredients: readonly string[];
  readonly list: MedicationList;
  /** Dose, route and frequency as printed. */
  readonly dosage?: string;
  /** The coded dose, route and frequency in words for a patient; absent where the prescriber's own words say more. */
  readonly plain?: string;
  readonly dose?: FactQuantity;
  readonly route?: string;
  /** Canonical frequency: `2/1d`, `1/8h`. */
  readonly frequency?: string;
  readonly asNeeded: boolean;
  readonly supply?: string;
  readonly reason?: string;
  readonly statusReason?: string;
  /** What somebody wrote beside the entry. */
  readonly note?: string;
  readonly end?: string;
  readonly patientInstruction?: string;
  /** The order says that the medicine must not be given. */
  readonly prohibited: boolean;
  /** `MedicationRequest/x` that an administration carries out. */
  readonly request?: string;
}

/** What a statement on allergies speaks of: everything, or one category. */
export type AllergyScope = "all" | "medication" | "food" | "environment" | "latex";

export interface AllergyDetail {
  /**
   * All but `substance` are statements about asking, not about a substance; `other` is any further reason for an empty
   * list (withheld, asked but unknown), told by its words.
   */
  readonly kind: "substance" | "none-known" | "not-asked" | "other";
  /** What a statement without substance covers. */
  readonly scope?: AllergyScope;
  readonly type?: "allergy" | "intolerance";
  readonly clinicalStatus?: string;
  readonly verificationStatus?: string;
  readonly criticality?: string;
  readonly reactions: readonly string[];
  readonly categories: readonly string[];
  /** Substance names for matching, lower case. */
  readonly substances: readonly string[];
}

export interface DiagnosisDetail {
  /** Name as coded, where it differs from the label. */
  readonly display?: string;
  readonly clinicalStatus?: string;
  readonly verificationStatus?: string;
  readonly abatement?: string;
  readonly onset?: string;
  readonly problemList: boolean;
  readonly severity?: string;
  readonly stage?: string;
  /** Roles in `Encounter.diagnosis`, with rank. */
  readonly roles: readonly { readonly use?: string; readonly rank?: number }[];
  /** Social or administrative findings, kept apart from diseases. */
  readonly social: boolean;
  /** Whose it is in a family history, `mother`. */
  readonly relative?: string;
}

export interface OrderDetail {
  readonly category: "laboratory" | "imaging" | "referral" | "therapy" | "procedure" | "monitoring" | "other";
  /** Meant for after the stay: due days after the order, or repeated over weeks. */
  readonly planned: boolean;
  readonly requester?: string;
  readonly performer?: string;
  readonly reason?: string;
  readonly instruction?: string;
  /** When the ordered thing is due, where it differs from the time of ordering. */
  readonly due?: string;
  /** True when the chart holds a final report or result for this order. */
  readonly resulted: boolean;
  /** What somebody wrote beside the order. */
  readonly note?: string;
  /** When the specimen was taken or the images were made, where the chart says so: the test is done, its result is awaited. */
  readonly done?: string;
}

export interface ReportDetail {
  readonly category: "laboratory" | "imaging" | "note" | "other";
  readonly conclusion?: string;
  /** `normal` or `abnormal` where the report codes its conclusion. */
  readonly verdict?: "normal" | "abnormal";
  readonly interpreter?: string;
  /** When this version was made available, where that is not when the study was made. */
  readonly issued?: string;
  /** Orders that the report answers, `ServiceRequest/x`. */
  readonly basedOn: readonly string[];
  /** `Observation/x` of the report's results that the chart holds. */
  readonly results: readonly string[];
}

/** One titled part of a note. */
export interface NoteSection {
  /** Heading as written, `Chief complaint`; empty for text before the first heading. */
  readonly title: string;
  readonly text: string;
  readonly evidence: Evidence;
}

export interface NoteDetail {
  readonly author?: string;
  readonly sections: readonly NoteSection[];
  readonly nursing: boolean;
  /** The text addresses a writing system ("ignore previous instructions"): it is shown as a finding and never quoted. */
  readonly suspicious: boolean;
  /** A discharge summary of another stay. */
  readonly earlierSummary: boolean;
}

/** What a note says something about. */
export type StatementKind =
  | "problem"
  | "drug"
  | "vital"
  | "follow-up"
  | "incidental"
  | "code-status"
  | "diet"
  | "activity";

export interface StatementDetail {
  readonly kind: StatementKind;
  /** Id of the note's own fact. */
  readonly note: string;
}

export interface ProcedureDetail {
  readonly end?: string;
  readonly bodySite?: string;
  readonly outcome?: string;
  readonly complication?: string;
  readonly statusReason?: string;
  readonly performer?: string;
  /** A vaccine that was reported, and not given here. */
  readonly elsewhere?: boolean;
  /** Assessments, screenings and administrative acts, named after the interventions. */
  readonly minor: boolean;
  /** `Device/x` that it took out. */
  readonly removes: readonly string[];
}

export interface DeviceDetail {
  /** `stated`: by a statement of use, whose status is the fact's; `unstated`: on record, and nothing says whether it is used. */
  readonly use: "stated" | "unstated";
  readonly end?: string;
  readonly site?: string;
  /** What somebody wrote beside the statement. */
  readonly note?: string;
}

export interface AppointmentDetail {
  /** What a task is about, `ServiceRequest/x`: its owner answers for that order's result. */
  readonly focus?: string;
  readonly with?: string;
  readonly instruction?: string;
  readonly reason?: string;
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
  readonly period: FactPeriod;
  readonly laterality?: "left" | "right" | "bilateral";
  readonly evidence: readonly Evidence[];
  readonly result?: ResultDetail;
  readonly medication?: MedicationDetail;
  readonly allergy?: AllergyDetail;
  readonly diagnosis?: DiagnosisDetail;
  readonly order?: OrderDetail;
  readonly report?: ReportDetail;
  readonly note?: NoteDetail;
  readonly statement?: StatementDetail;
  readonly procedure?: ProcedureDetail;
  readonly appointment?: AppointmentDetail;
  readonly device?: DeviceDetail;
}
