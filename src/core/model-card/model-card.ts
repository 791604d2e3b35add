/**
 * What whoever relies on a draft should know of what wrote it: intended use, limits, engine, safeguards, figures. In the spirit
 * of the source attributes of ONC's HTI-1 and of model cards; no claim that either is met.
 */
import type { Language } from "../language/language.ts";
import type { CardTexts } from "./english.ts";
import { english } from "./english.ts";
import { german } from "./german.ts";

/** One metric of the evaluation, as its report has it. */
export interface CardFigure {
  readonly name: string;
  readonly value: number;
  readonly threshold: number;
  readonly ok: boolean;
}

/** An evaluation whose figures are published with a release. */
export interface CardEvaluation {
  readonly engine: "template" | "model";
  /** What wrote: for `model` the model that was asked. */
  readonly model?: string;
  /** Synthetic charts with planted facts. */
  readonly charts: number;
  readonly seed: number;
  /** `2026-11-21`. */
  readonly date: string;
  /** Repeats it. */
  readonly command: string;
  readonly figures: readonly CardFigure[];
}

/** What differs from hospital to hospital. */
export interface CardSubject {
  readonly release: string;
  readonly tenant: { readonly engine: "template" | "model"; readonly language: string; readonly jurisdiction: string };
  /** Present where a model is configured. */
  readonly model?: {
    readonly provider: string;
    readonly name: string;
    /** Of the prompts of this release. */
    readonly promptVersion: string;
  };
  /** Of the hospital's house style, where it has one. */
  readonly style?: string;
  readonly evaluations: readonly CardEvaluation[];
}

export interface ModelCard extends CardSubject {
  readonly name: string;
  readonly intendedUse: readonly string[];
  readonly notFor: readonly string[];
  readonly users: string;
  readonly inputs: readonly string[];
  readonly howItWrites: readonly string[];
  readonly safeguards: readonly string[];
  readonly limits: readonly string[];
  readonly humanOversight: string;
}

const texts: Readonly<Record<Language, CardTexts>> = { en: english, de: german };

/**
 * The card of one hospital's configuration.
 * @param language of whoever reads it, which need not be that of the drafts
 */
export function modelCard(subject: CardSubject, language: Language = "en"): ModelCard {
  const { byRules, byModel, ...said } = texts[language];
  return { ...said, ...subject, howItWrites: subject.tenant.engine === "model" ? byModel : byRules };
}
