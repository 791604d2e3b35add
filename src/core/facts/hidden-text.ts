/**
 * What a text says to a machine that a person does not see on the page: characters without a shape, letters borrowed from
 * another script, and text that must be decoded before it says anything.
 */

/** Characters that print nothing: zero-width, tags, bidirectional controls, soft hyphens, variation selectors. */
const shapeless = /\p{Default_Ignorable_Code_Point}/gu;
/** The same but for the two joiners, which Persian and Indian scripts are written with. */
const droppable = /(?![\u200C\u200D])\p{Default_Ignorable_Code_Point}/gu;
/** Nothing that a hospital types holds tags or an override of the writing direction. */
const neverTyped = /[\u202D\u202E\u{E0020}-\u{E007E}]/u;

/** True where the text holds characters that only serve to hide something. */
export function holdsHiddenCharacters(text: string): boolean {
  return neverTyped.test(text);
}

/** The text as it prints; one without such characters comes back as it is. */
export function visibleText(text: string): string {
  return text.replaceAll(droppable, "");
}

/** Tag characters are ASCII moved out of sight. */
const untagged = (text: string): string =>
  text.replaceAll(/[\u{E0020}-\u{E007E}]/gu, (tag) => String.fromCodePoint((tag.codePointAt(0) ?? 0) - 0xe_00_00));

/** Cyrillic and Greek letters that look like Latin ones, and the Latin ones, place by place. */
const borrowed = Array.from("аеорсухіѕԁјԛԝһοανιρτκ");
const latin = Array.from("aeopcyxisdjqwhoavipтк".replace("т", "t").replace("к", "k"));
const lookAlikes: ReadonlyMap<string, string> = new Map(
  borrowed.map((letter, place): [string, string] => [letter, latin[place] ?? letter]),
);

const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text);

/** Lower case, compatibility forms made one, accents taken off: what patterns are held against. */
export function foldedText(text: string): string {
  const plain = text.toLowerCase();
  if (isAscii(plain)) return plain;
  return untagged(plain)
    .replaceAll(shapeless, "")
    .normalize("NFKC")
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .normalize("NFC");
}

const inLatinLetters = (text: string): string =>
  text.replaceAll(/[\p{Script=Cyrillic}\p{Script=Greek}]/gu, (letter) => lookAlikes.get(letter) ?? letter);

/** UTF-8 of some bytes where they are text that a person could read, with blanks between words. */
function readable(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder("utf-8").decode(bytes);
  const letters = text.match(/[\p{L}\p{N} .,:;!?'"()\n-]/gu)?.length ?? 0;
  return letters >= Array.from(text).length * 0.95 && /\p{L}{2,}\s+\p{L}{2,}/u.test(text) ? text : undefined;
}

function fromBase64(run: string): string | undefined {
  try {
    const binary = atob(run.replaceAll("-", "+").replaceAll("_", "/"));
    return readable(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

function fromHex(run: string): string | undefined {
  const pairs = run.match(/[0-9a-f]{2}/giu) ?? [];
  return readable(Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)));
}

const base64Run = /[A-Za-z0-9+/_-]{20,}={0,2}/gu;
const hexRun = /(?:(?:\\x|0x)?[0-9a-f]{2}[ ,]?){14,}/giu;

/** Whole sentences that stand in the text as base64 or as bytes in hex: no clinician writes them, and none reads them. */
export function encodedSentences(text: string): readonly string[] {
  const runs: (string | undefined)[] = [
    ...(text.match(base64Run) ?? []).map(fromBase64),
    ...(text.match(hexRun) ?? []).map((run) => fromHex(run.replaceAll(/\\x|0x|[ ,]/giu, ""))),
  ];
  return runs.filter((run) => run !== undefined);
}

const percentRun = /(?:%[0-9a-f]{2}[\w.,:;!' -]{0,20}){3,}/iu;
const entity = /&(?:#(?<decimal>\d{1,6})|#x(?<hex>[0-9a-f]{1,5}));/giu;

function unescaped(text: string): string {
  return text
    .replaceAll(/%[2-7][0-9a-f]/giu, (code) => String.fromCodePoint(Number.parseInt(code.slice(1), 16)))
    .replaceAll(entity, (_whole, decimal: string | undefined, hex: string | undefined) =>
      String.fromCodePoint(decimal === undefined ? Number.parseInt(hex ?? "20", 16) : Number(decimal)),
    );
}

/** "i g n o r e": one letter a word, as long as a word of them. */
const spaced = /(?:(?<![\p{L}\p{N}])\p{L}[\s._*-]+){6,}\p{L}(?![\p{L}\p{N}])/u;

/** "ignore_previous_instructions": a name of a file says it as well. */
const wordsJoined = /\p{L}[_-]\p{L}+[_-]\p{L}/u;

/** "1gn0re": digits in the places of letters, in two words at least. */
const digitsForLetters = /(?:\b(?=[a-z\d]*[a-z]{2})(?=[a-z\d]*[013457])[a-z\d]{5,}\b.*){2}/su;
const lettersOfDigits: Readonly<Record<string, string>> = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t" };

/**
 * The texts that a machine may take from this one, folded: as it prints, with borrowed letters put back, with codes of
 * characters read, with letters that stand apart put together, joined words set apart, and digits read as letters.
 */
export function machineReadings(text: string): readonly string[] {
  const folded = foldedText(text);
  const readings = [folded];
  const mixesScripts = /\p{Script=Latin}/u.test(folded) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(folded);
  if (mixesScripts) readings.push(inLatinLetters(folded));
  if (percentRun.test(text) || /&#/u.test(text)) readings.push(foldedText(unescaped(text)));
  if (spaced.test(folded)) readings.push(folded.replaceAll(/(?<=(?<!\p{L})\p{L})[\s._*-]+(?=\p{L}(?!\p{L}))/gu, ""));
  if (wordsJoined.test(folded)) readings.push(folded.replaceAll(/(?<=\p{L})[_-](?=\p{L})/gu, " "));
  if (digitsForLetters.test(folded))
    readings.push(folded.replaceAll(/[013457]/gu, (digit) => lettersOfDigits[digit] ?? digit));
  return readings;
}
