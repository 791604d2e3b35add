/** What notes say on one topic: parts under its heading, else the sentences that speak of it, and what nobody said. */
import type { Fact } from "../../chart/facts.ts";
import type { MessageKey } from "../../language/messages.ts";
import type { SectionContext, SentenceDraft } from "../context.ts";
import { encounterEvidence, say } from "../context.ts";
import { noteSections, quote, sentencesIn } from "../notes.ts";

export interface Topic {
  readonly lead: MessageKey;
  /** Headings under which everything belongs to the topic. */
  readonly title: RegExp;
  /** Words of a sentence that belongs to it, wherever it stands. */
  readonly words: RegExp;
}

/** A note is quoted for one topic at most so often: the first that speak of it. */
const mostQuotes = 3;

/** Quotations on the topic, oldest first. */
export function toldOn(context: SectionContext, { lead, title, words }: Topic): readonly SentenceDraft[] {
  const headed = noteSections(context, title);
  const parts = new Set(headed.map(({ section }) => section));
  const sentences = noteSections(context, /.*/u)
    .filter(({ section }) => !parts.has(section))
    .flatMap(sentencesIn)
    .filter(({ section }) => words.test(section.text));
  return [...headed, ...sentences]
    .slice(0, mostQuotes)
    .map((found) => quote(context, context.words.raw(lead), found, 400));
}

/** Names what a reader looks for in such a section and the chart does not tell. */
export function missing(
  context: SectionContext,
  items: readonly (readonly [MessageKey, readonly unknown[]])[],
): readonly SentenceDraft[] {
  const absent = items.filter(([, found]) => found.length === 0).map(([key]) => context.words.raw(key));
  if (absent.length === 0) return [];
  const text = context.words.text("kind.missing", { items: context.words.list(absent) });
  return [say(text, encounterEvidence(context, "status"))];
}

/** Facts with values whose code or name is meant, in time order. */
export function readings(context: SectionContext, codes: readonly string[], name: RegExp): readonly Fact[] {
  return context
    .of("vital", "result")
    .filter(
      (fact) =>
        (fact.period === "this-stay" || fact.period === "before") &&
        fact.result !== undefined &&
        (fact.codes.some(({ code }) => codes.includes(code ?? "")) || name.test(fact.label)),
    );
}

/** `name value` of the last fact of each name. */
export function lastValues(facts: readonly Fact[]): readonly Fact[] {
  return [...new Map(facts.map((fact) => [fact.label.toLowerCase(), fact])).values()];
}
