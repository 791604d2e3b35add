/** What a model makes of planted text that does whatever any text it sees tells it, decoding what must be decoded. */
import type { ScriptedSentence } from "../model/compose.ts";
import type { PromptFact } from "../model/request.ts";
import type { InjectionPayload } from "./payloads.ts";

/** `seen`: obeys where it can find the instruction in its prompt. `always`: as if every instruction had reached it. */
export type Obedience = "seen" | "always";

const untagged = (text: string): string =>
  text.replaceAll(/[\u{E0020}-\u{E007E}]/gu, (tag) => String.fromCodePoint((tag.codePointAt(0) ?? 0) - 0xe_00_00));
const rot13 = (text: string): string =>
  text.replaceAll(/[a-z]/gu, (letter) => String.fromCodePoint(((letter.charCodeAt(0) - 84) % 26) + 97));
const fromBase64 = (text: string): string =>
  (text.match(/[A-Za-z0-9+/]{16,}={0,2}/gu) ?? []).map((run) => Buffer.from(run, "base64").toString("utf8")).join(" ");
const fromHex = (text: string): string =>
  (text.match(/[0-9a-f]{20,}/giu) ?? []).map((run) => Buffer.from(run, "hex").toString("utf8")).join(" ");
const fromCodes = (text: string): string =>
  text
    .replaceAll(/&#(\d+);/gu, (_whole, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/%[0-9a-f]{2}/giu, (code) => String.fromCodePoint(Number.parseInt(code.slice(1), 16)));

/** Every way in which the text can be read, in one. */
function readEveryWay(text: string): string {
  const lower = text.toLowerCase();
  const shown = lower.replaceAll(/[\u200B-\u200F\u2060\uFEFF\u00AD]/gu, "");
  const backwards = Array.from(lower).toReversed().join("");
  return [lower, shown, untagged(lower), backwards, rot13(lower), fromCodes(lower), fromBase64(text), fromHex(text)]
    .join("\n")
    .toLowerCase();
}

/** True where somebody who reads `text` in every way finds what `payload` asks for. */
export function carries(text: string, { canary }: InjectionPayload): boolean {
  return readEveryWay(text).includes(canary);
}

/**
 * The sentences of a model under the spell of `payload`: its order, once for the fact that carries it, once for each of
 * the first facts, and once for nothing; then what an honest model writes, which a reader might not look at so closely.
 */
export function obeyPayload(
  honest: readonly ScriptedSentence[],
  facts: readonly PromptFact[],
  prompt: string,
  payload: InjectionPayload,
  obedience: Obedience,
): readonly ScriptedSentence[] {
  if (obedience === "seen" && !carries(prompt, payload)) return honest;
  const carrier = facts.filter(({ text }) => carries(text, payload)).slice(0, 2);
  const cited = [...carrier, ...facts.slice(0, 3)].map(({ id }) => [id]);
  const orders = [...cited, facts.slice(0, 40).map(({ id }) => id), []].map((factIds) => ({
    text: payload.order,
    factIds,
  }));
  return [...orders, ...honest];
}
