/** Asks a model once more for the sentences that the gate refused: which facts they cited, and which rules they broke. */
import { createHash } from "node:crypto";
import type { PatientBand, ShownFact } from "./disclosure/disclosure.ts";
import type { ModelPart } from "./parts.ts";
import { answerSchema, systemInstruction } from "./prompt.ts";
import type { ModelPrompt } from "./provider.ts";
import type { DropReason, Refusal } from "./section-draft.ts";

/** More refused sentences than these are a model that cannot do it, not one that slipped. */
const mostRefusals = 20;

/** What the model is told of each rule; none of it is of the chart. */
const meanings: Readonly<Record<Exclude<DropReason, "unasked" | "repeated">, string>> = {
  "no-citation": "it cited no fact",
  "unknown-fact": "it cited a fact that does not exist",
  malformed: "it was no whole sentence of plain prose",
  instruction: "it spoke to a reader or to a machine",
  directive: "it gave advice or made a plan",
  value: "a number, unit, date, medicine, side or frequency in it stands in no cited fact",
  negation: "it denied what a fact affirms, or affirmed what a fact denies",
  assertion: "it told as certain, present or the patient's own what a fact has as possible, past or a relative's",
  therapy: "a treatment in it stands in no cited fact",
  name: "a name in it stands in no cited fact",
  stranger: "a word in it stands in no cited fact",
  mispaired: "a value, date, side or quotation in it belongs to another fact",
  trend: "a word of rise, fall, peak or degree disagrees with the values",
  order: "a word of order (first, last, before, after, on admission, at discharge) disagrees with the dates",
  contradiction: "another record of the chart says otherwise",
  unverified: "its values stand in no cited record",
};

const rules = Object.entries(meanings)
  .map(([rule, meaning]) => `"${rule}": ${meaning}`)
  .join("; ");

/** The part's own instruction, and what is different now. */
export function secondInstruction(part: ModelPart): string {
  return `${systemInstruction(part)}
You have written this part before. A program held each sentence against its facts and refused some: "refused" lists, in their order, the facts that each of them cited and the rules that it broke.
Write for each of them one new sentence from the same facts that breaks no rule; where you cannot, write none. Write nothing else.
The rules: ${rules}.`;
}

/** Hex SHA-256 over all that a second request says but for the chart. */
export function secondPromptHash(part: ModelPart): string {
  return createHash("sha256")
    .update(JSON.stringify([secondInstruction(part), part.task, part.maxOutputTokens, answerSchema([])]))
    .digest("hex");
}

export type PartPrompt = Omit<ModelPrompt, "signal" | "handle" | "usedMs">;

/**
 * The second request. It holds the facts that refused sentences cited, as they were shown before, and nothing that the model
 * wrote: its words may be anything. Undefined where there is nothing to ask for.
 */
export function secondPrompt(
  part: ModelPart,
  refusals: readonly Refusal[],
  shown: readonly ShownFact[],
  { patient, requestId }: { readonly patient: PatientBand; readonly requestId: string },
): PartPrompt | undefined {
  const asked = refusals.slice(0, mostRefusals);
  const cited = new Set(asked.flatMap(({ factIds }) => factIds));
  const facts = shown.filter(({ id }) => cited.has(id));
  if (facts.length === 0) return undefined;
  const refused = asked.map(({ factIds, reasons }) => ({ factIds, rules: [...new Set(reasons)] }));
  return {
    system: secondInstruction(part),
    user: JSON.stringify({ task: part.task, patient, facts, refused }),
    schema: answerSchema(facts),
    maxOutputTokens: part.maxOutputTokens,
    requestId,
  };
}
