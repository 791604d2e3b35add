/** What a signed summary said was still to come, by the references that its pending section rests on. */
import { tellsLateResult } from "../../src/core/sections/pending.ts";
import type { Sentence } from "../../src/core/summary/summary.ts";
import type { SignedSummary } from "../../src/jobs/jobs.ts";

export interface Awaited {
  /** `ServiceRequest/1`: a result that names one of these answers it. */
  readonly orders: ReadonlySet<string>;
  /** `DiagnosticReport/1`, `Observation/2`: were there without a final word. */
  readonly results: ReadonlySet<string>;
  /** All results that the section names: what to read. Those beside an order may be a sibling order's, finished long ago. */
  readonly named: ReadonlySet<string>;
  /** Results that the section told already as final. */
  readonly told: ReadonlySet<string>;
  /** Every reference of the whole summary, with the version it was read in where the EHR counts versions. */
  readonly cited: ReadonlyMap<string, string | undefined>;
}

const resultTypes = /^(?:DiagnosticReport|Observation)\//u;

function references(sentences: readonly Sentence[], type: RegExp): readonly string[] {
  return sentences.flatMap(({ evidence }) =>
    evidence.flatMap(({ reference }) => (type.test(reference) ? [reference] : [])),
  );
}

/** Beside an order a result is awaited only if it names that order (`isAnswer` asks it), by itself it is. */
export function awaitedIn({ sections }: SignedSummary): Awaited {
  const pending = sections.find(({ id }) => id === "pending")?.sentences ?? [];
  const late = pending.filter(({ text }) => tellsLateResult(text));
  const open = pending.filter((sentence) => !late.includes(sentence));
  const withOrders = open.filter((sentence) => references([sentence], /^ServiceRequest\//u).length > 0);
  const alone = open.filter((sentence) => !withOrders.includes(sentence));
  const cited = sections.flatMap(({ sentences }) => sentences.flatMap(({ evidence }) => evidence));
  return {
    orders: new Set(references(withOrders, /^ServiceRequest\//u)),
    results: new Set(references(alone, resultTypes)),
    named: new Set(references(pending, resultTypes)),
    told: new Set(references(late, resultTypes)),
    cited: new Map(cited.map(({ reference, version }) => [reference, version])),
  };
}

export function awaitsNothing({ orders, named }: Awaited): boolean {
  return orders.size + named.size === 0;
}
