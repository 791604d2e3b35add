/** What a laboratory says of one antibiotic against one organism; the number beside it (a MIC) is no verdict. */
import type { Observation } from "fhir/r4.js";
import { codingsOf, list } from "../chart/readable.ts";
import type { MessageKey } from "../language/messages.ts";
import type { Wording } from "../language/wording.ts";

/** v3-ObservationInterpretation, as far as it speaks of susceptibility. */
const verdicts: ReadonlyMap<string, MessageKey> = new Map([
  ["S", "susceptibility.S"],
  ["SDD", "susceptibility.SDD"],
  ["SYN-S", "susceptibility.S"],
  ["I", "susceptibility.I"],
  ["R", "susceptibility.R"],
  ["SYN-R", "susceptibility.R"],
  ["NS", "susceptibility.NS"],
]);

/** `Resistant`; undefined where the interpretation is none of susceptibility. */
export function susceptibilityOf(observation: Observation, words: Wording): string | undefined {
  for (const interpretation of list(observation.interpretation))
    for (const { code } of codingsOf(interpretation)) {
      const key = verdicts.get(code ?? "");
      if (key !== undefined) return words.raw(key);
    }
  return undefined;
}
