/** How one language says things: its texts, lists, numbers and codes. */
import type { MessageKey, Messages } from "./messages.ts";
import type { Places, Values } from "./fill.ts";
import type { Language } from "./language.ts";
import { englishMessages } from "./messages.ts";
import { fill } from "./fill.ts";
import { cards } from "./german/cards.ts";
import { chartTypes } from "./german/chart-types.ts";
import { codes as germanCodes } from "./german/codes.ts";
import { document } from "./german/document.ts";
import { facts } from "./german/facts.ts";
import { findings } from "./german/findings.ts";
import { kinds } from "./german/kinds.ts";
import { page } from "./german/page.ts";
import { patient } from "./german/patient.ts";
import { plan } from "./german/plan.ts";
import { staleness } from "./german/staleness.ts";
import { stay } from "./german/stay.ts";
import { treatment } from "./german/treatment.ts";

type Text<Key extends MessageKey> = (typeof englishMessages)[Key];

/** Nothing for a text without places, else their values. */
type ValuesOf<Key extends MessageKey> = [Places<Text<Key>>] extends [never] ? [] : [values: Values<Text<Key>>];

export interface Wording {
  readonly language: Language;
  /** The catalogue's text with its places filled. */
  text<Key extends MessageKey>(key: Key, ...values: ValuesOf<Key>): string;
  /** The text as it stands in the catalogue: for texts whose places differ by language. */
  raw(key: MessageKey): string;
  /** `a, b and c`. */
  list(items: readonly string[]): string;
  /** A FHIR code in words; as it is where the language has no word of its own for it. */
  code(code: string): string;
}

const germanMessages: Messages = {
  ...stay,
  ...findings,
  ...treatment,
  ...plan,
  ...kinds,
  ...patient,
  ...facts,
  ...document,
  ...cards,
  ...chartTypes,
  ...page,
  ...staleness,
};

/** The whole catalogue. */
export const catalogue: Readonly<Record<Language, Messages>> = { en: englishMessages, de: germanMessages };

const codesOf: Readonly<Record<Language, ReadonlyMap<string, string>>> = { en: new Map(), de: germanCodes };

function createWording(language: Language, own: Readonly<Record<string, string>> = {}): Wording {
  const [messages, codes] = [{ ...catalogue[language], ...own }, codesOf[language]];
  return {
    language,
    text: (key, ...[values]) => fill(messages[key], values ?? {}),
    raw: (key) => messages[key],
    list(items) {
      const last = items.at(-1);
      if (last === undefined || items.length < 2) return items.join("");
      return fill(messages["list.and"], { head: items.slice(0, -1).join(", "), last });
    },
    code: (code) => codes.get(code) ?? code,
  };
}

const wordings: Readonly<Record<Language, Wording>> = { en: createWording("en"), de: createWording("de") };

/** The wording of a language. */
export function wordingOf(language: Language): Wording {
  return wordings[language];
}

/** The wording of a language with texts of a hospital's own in the catalogue's place; they were checked before (house-style.ts). */
export function wordingWith(language: Language, own: Readonly<Record<string, string>>): Wording {
  return Object.keys(own).length === 0 ? wordings[language] : createWording(language, own);
}

/** What is said where nobody asked for another language. */
export const english: Wording = wordings.en;
