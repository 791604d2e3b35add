/** The catalogue: every text that a summary, its documents and its cards print of their own, once for each language. */
import { cards } from "./english/cards.ts";
import { chartTypes } from "./english/chart-types.ts";
import { document } from "./english/document.ts";
import { facts } from "./english/facts.ts";
import { findings } from "./english/findings.ts";
import { kinds } from "./english/kinds.ts";
import { page } from "./english/page.ts";
import { patient } from "./english/patient.ts";
import { plan } from "./english/plan.ts";
import { staleness } from "./english/staleness.ts";
import { stay } from "./english/stay.ts";
import { treatment } from "./english/treatment.ts";

/** English is the measure: its texts name the places that every language fills. */
export const englishMessages = {
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
} as const;

export type MessageKey = keyof typeof englishMessages;

/** A language's text for every key. */
export type Messages = Readonly<Record<MessageKey, string>>;

/** The texts of one part of the catalogue in another language: the same keys, no more and no less. */
export type Translated<Part> = { readonly [Key in keyof Part]: string };
