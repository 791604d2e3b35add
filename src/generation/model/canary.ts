/**
 * A word of the standing instruction that no answer has a reason to hold: a model that hands it on has been talked into
 * telling what it was told, and nothing that it wrote is used.
 */
import { createHash } from "node:crypto";
import { ModelFailure } from "./failure.ts";

/** The word, by what it stands in: another one with every change of the instruction, the same for equal requests. */
export function canaryOf(...about: readonly string[]): string {
  return `ref-${createHash("sha256").update(about.join("\n")).digest("hex").slice(0, 12)}`;
}

/** Watches an answer as it comes. @throws ModelFailure `withheld` once the word is in it, in any case and however it is cut */
export function createCanaryWatch(canary: string): (piece: string) => void {
  let tail = "";
  return (piece) => {
    tail += piece.toLowerCase();
    if (tail.includes(canary)) throw new ModelFailure("withheld", "the answer repeats the instruction");
    tail = tail.slice(-canary.length);
  };
}
