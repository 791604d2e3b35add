/**
 * Makes true sentences false, by kind. Works on words alone and knows nothing of the product, so that both cannot be
 * wrong in the same way. A corruption that leaves the sentence true, or has nothing to take hold of, gives undefined.
 */
import { assertionCorruptions } from "./corruptions/assertions.ts";
import type { CorruptionInput, CorruptionKinds } from "./corruptions/corruption.ts";
import { dateCorruptions } from "./corruptions/dates.ts";
import { inventedCorruptions } from "./corruptions/inventions.ts";
import { medicineCorruptions } from "./corruptions/medicines.ts";
import { numberCorruptions } from "./corruptions/numbers.ts";
import { retoldCorruptions } from "./corruptions/retold.ts";

/** Every kind there is. */
export const corruptions: CorruptionKinds = {
  ...numberCorruptions,
  ...dateCorruptions,
  ...medicineCorruptions,
  ...assertionCorruptions,
  ...inventedCorruptions,
  ...retoldCorruptions,
};

/** The corrupted sentence; undefined where this kind finds nothing, or where what it made is true. */
export function corrupt(kind: string, input: CorruptionInput): string | undefined {
  const made = corruptions[kind]?.make(input);
  return made === undefined || made === input.text || input.truths.has(made) ? undefined : made;
}
