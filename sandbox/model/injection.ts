/** Finds an instruction that somebody planted in a fact, as a too obedient model would. */

const OVERRIDE =
  /\b(?:ignore|disregard|forget)\b[^.!?\n]*\b(?:previous|prior|above|earlier|all)\b[^.!?\n]*\b(?:instructions?|rules?|prompts?)\b/iu;
const COMMAND =
  /\b(?:write|add|state|say|insert|output|report|document)\b(?:\s+(?:that|exactly))?\s*:?\s+["“]?([^"”.!\n]{3,200})/iu;

/** The text that the instruction asks for, as a sentence; undefined when the fact gives no order. */
export function findInstruction(text: string): string | undefined {
  const override = OVERRIDE.exec(text);
  if (override === null) return undefined;
  const order = COMMAND.exec(text.slice(override.index + override[0].length))?.[1]?.trim();
  if (order === undefined) return undefined;
  return `${order.charAt(0).toUpperCase()}${order.slice(1)}.`;
}
