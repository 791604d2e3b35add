/** Devices that the patient leaves with, and those of which the chart does not tell whether. */
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SentenceDraft } from "./context.ts";
import { compareText, excerpt, groupBy, inQuotes, say } from "./context.ts";
import { isRemoved, notedRemovals, possibleRemovals } from "./device-removal.ts";
import { noteName, quote } from "./notes.ts";

/** What belongs to the hospital, not to the patient; some EHRs link it to the patient all the same. */
const equipment = /\b(?:x-?ray|operating room|analy[sz]er|scanner|imaging|monitoring system|ultrasound system)\b/iu;

/** The latest statement about one device decides; of two that begin together, the one that ends it. */
function latestStatements(context: SectionContext): readonly Fact[] {
  const facts = context.of("device").filter((fact) => fact.period !== "after");
  const deviceOf = (fact: Fact): string =>
    fact.evidence.find(({ reference }) => reference.startsWith("Device/"))?.reference ?? fact.id;
  return [...groupBy(facts, deviceOf).values()].flatMap((group) => {
    const newest = group.at(-1)?.time ?? "";
    const candidates = group.filter((fact) => compareText(fact.time ?? "", newest) >= 0);
    return (candidates.find((fact) => isRemoved(context, fact)) ?? candidates.at(-1)) || [];
  });
}

function named(context: SectionContext, fact: Fact): string {
  const since = context.dates.date(fact.time);
  const until = context.dates.date(fact.device?.end);
  const site = fact.device?.site;
  return context.words.text("devices.named", { name: fact.label, site, since, until });
}

/** A device in use that a note, or a procedure of a similar name, speaks of as taken out. */
function disputed(context: SectionContext, fact: Fact): readonly SentenceDraft[] {
  const { words } = context;
  const told = (statement: string): string => words.text("devices.disputed", { name: named(context, fact), statement });
  const [note] = notedRemovals(context, fact).slice(-1);
  if (note !== undefined) {
    const said = quote(context, words.text("devices.note"), note, 200);
    return [{ text: told(said.text), evidence: [...fact.evidence, ...said.evidence] }];
  }
  const [procedure] = possibleRemovals(context, fact).slice(-1);
  return procedure === undefined
    ? []
    : [say(told(words.text("devices.procedure", { name: noteName(context, procedure) })), fact, procedure)];
}

function inUse(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const plain: Fact[] = [];
  const apart = facts.flatMap((fact): readonly SentenceDraft[] => {
    const doubt = disputed(context, fact);
    if (doubt.length > 0) return doubt;
    const { note } = fact.device ?? {};
    if (note !== undefined)
      return [
        say(
          context.words.text("devices.inUseNoted", {
            name: named(context, fact),
            note: inQuotes(excerpt(note, 200)),
          }),
          fact,
        ),
      ];
    plain.push(fact);
    return [];
  });
  const names = [...new Set(plain.map((fact) => named(context, fact)))];
  return [
    ...(names.length === 0
      ? []
      : [say(context.words.text("devices.inUse", { names: context.words.list(names) }), plain)]),
    ...apart,
  ];
}

/** Sentences on devices: in use, in doubt, and on record without a word on use. */
export function deviceSentences(context: SectionContext): readonly SentenceDraft[] {
  const present = latestStatements(context).filter((fact) => !isRemoved(context, fact));
  const unstated = present.filter((fact) => fact.device?.use === "unstated" && !equipment.test(fact.label));
  const names = (facts: readonly Fact[]): string =>
    context.words.list([...new Set(facts.map((fact) => noteName(context, fact)))]);
  return [
    ...inUse(
      context,
      present.filter((fact) => fact.device?.use === "stated"),
    ),
    ...(unstated.length === 0
      ? []
      : [say(context.words.text("devices.unstated", { names: names(unstated) }), unstated)]),
  ];
}
