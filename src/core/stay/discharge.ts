/** Whether an encounter, as the EHR holds it now, is a stay that has ended: what starts a draft, and what must not. */
import type { Encounter, FhirResource, Patient } from "fhir/r4.js";
import type { StayKind } from "./stay-kind.ts";
import { stayKindOf } from "./stay-kind.ts";

/** How a stay ended, or what it was. `ordinary` is told as `home`: nobody was handed on, and nothing else is said. */
export type DischargeKind = Exclude<StayKind, "ordinary"> | "home";

export type NoDischarge =
  /** Still going on, or taken back: the discharge was reverted. */
  | "not-finished"
  /** Cancelled, or entered in error. */
  | "cancelled"
  /** A visit, or another encounter of a class that gets no summary. */
  | "no-stay"
  /** A stay on a ward, within a stay: its end is a move. */
  | "part-of-stay"
  /** An old encounter that was written to. */
  | "long-ago"
  | "no-patient";

export interface DischargeInput {
  readonly encounter: Encounter;
  /** The patient's own record; undefined where it could not be had. */
  readonly patient: Patient | undefined;
  /** The encounter that this one is `partOf`; undefined where there is none, or it could not be had. */
  readonly parent?: Encounter | undefined;
  /** Procedures and conditions of the stay, where they could be had: they tell a birth. */
  readonly resources?: readonly FhirResource[];
  /** `Encounter.class` codes of stays. */
  readonly classes: readonly string[];
  /** Milliseconds since 1970; a stay that ended before is over and done with. */
  readonly endedAfterMs: number;
}

export type DischargeVerdict =
  | { readonly discharge: true; readonly kind: DischargeKind }
  | { readonly discharge: false; readonly why: NoDischarge };

const no = (why: NoDischarge): DischargeVerdict => ({ discharge: false, why });

/** Charts come without a class. Then a stay is what tells of an admission or a discharge. */
function isStay(encounter: Encounter, classes: readonly string[]): boolean {
  const { class: encounterClass }: Partial<Encounter> = encounter;
  const code = encounterClass?.code;
  if (code !== undefined) return classes.includes(code);
  const { admitSource, dischargeDisposition } = encounter.hospitalization ?? {};
  return admitSource !== undefined || dischargeDisposition !== undefined;
}

/** A newborn's encounter may be part of the mother's: another person's stay is a stay of its own. */
function isPart(encounter: Encounter, parent: Encounter | undefined): boolean {
  return parent !== undefined && parent.subject?.reference === encounter.subject?.reference;
}

/** A day without a time counts to its end. Without an end the EHR says only that it is over. */
function isLongAgo({ period }: Encounter, endedAfterMs: number): boolean {
  const end = period?.end;
  if (end === undefined) return false;
  const at = Date.parse(end.length === 10 ? `${end}T23:59:59Z` : end);
  return at < endedAfterMs;
}

/** Pure: the same records give the same verdict. */
export function dischargeOf(input: DischargeInput): DischargeVerdict {
  const { encounter, patient, parent, resources = [], classes, endedAfterMs } = input;
  const { status } = encounter;
  if (status === "cancelled" || status === "entered-in-error") return no("cancelled");
  if (status !== "finished") return no("not-finished");
  if (!isStay(encounter, classes)) return no("no-stay");
  if (isLongAgo(encounter, endedAfterMs)) return no("long-ago");
  if (patient === undefined) return no("no-patient");
  if (isPart(encounter, parent)) return no("part-of-stay");
  const kind = stayKindOf({ patient, encounter, resources });
  return { discharge: true, kind: kind === "ordinary" ? "home" : kind };
}
