/** The types that a chart is read from, and their names for a clinician, where a FHIR name would tell nothing. */
import type { Wording } from "../language/wording.ts";
import { english } from "../language/wording.ts";
import type { MessageKey } from "../language/messages.ts";

export type ChartType = Extract<MessageKey, `type.${string}`> extends `type.${infer Type}` ? Type : never;

/** `medication orders` for `MedicationRequest`. */
export function typeInWords(type: ChartType, words: Wording = english): string {
  return words.text(`type.${type}`);
}
