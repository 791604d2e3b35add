/** A summary against what is known to be true of its chart. */
import type { Section, Sentence } from "../../core/summary/summary.ts";
import type { Check, Problem } from "../checks.ts";
import { check } from "../checks.ts";
import { cites, denies, isMeantAs, isOfAnotherStay, missingWords, nearest, sentencesOf } from "./matching.ts";
import type { PlantedFact, PlantedMedicine, Truth } from "./truth.ts";

type Planted = Pick<PlantedFact, "resources" | "words"> & { readonly days?: readonly string[] | undefined };

/** What is wrong where a planted thing is not told by any of the sentences; undefined where one tells it. */
function untold(name: string, planted: Planted, sentences: readonly Sentence[]): Problem | undefined {
  const { resources, words, days } = planted;
  const told = sentences.some(
    (sentence) => cites(sentence, resources) && missingWords(sentence.text, words, days).length === 0,
  );
  if (told) return undefined;
  const close = nearest(sentences, resources, words, days);
  if (close === undefined) return { what: `${name} is not told`, references: resources };
  const lacks = missingWords(close.text, words, days).join(", ");
  return { what: `${name} lacks ${lacks}`, sentence: close.text, references: resources };
}

const nameOf = ({ kind, words, days }: PlantedFact): string => {
  const [first] = words;
  return `${kind} ${typeof first === "string" ? first : (first?.[0] ?? days?.[0] ?? "")}`.trim();
};

/** The sentence that tells the fact, whatever it makes of it. */
function telling(fact: PlantedFact, sections: readonly Section[]): Sentence | undefined {
  return sentencesOf(sections, fact.sections).find(
    (sentence) => cites(sentence, fact.resources) && missingWords(sentence.text, fact.words, fact.days).length === 0,
  );
}

function assertionProblem(fact: PlantedFact, sections: readonly Section[]): Problem | undefined {
  const sentence = telling(fact, sections);
  if (sentence === undefined || isMeantAs(sentence.text, fact.assertion)) return undefined;
  return {
    what: `${nameOf(fact)} is ${fact.assertion} in the chart`,
    sentence: sentence.text,
    references: fact.resources,
  };
}

/** Lead of a line by class; German beside English. */
const leads: Readonly<Record<PlantedMedicine["class"], RegExp>> = {
  new: /^(?:NEW|NEU)\b/u,
  changed: /^(?:CHANGED|GEÄNDERT)/u,
  continued: /^(?:CONTINUED|FORTGEFÜHRT|UNVERÄNDERT)\b/u,
  stopped: /^(?:STOPPED|ABGESETZT)\b/u,
  held: /^(?:HELD|PAUSIERT)\b/u,
  unclear: /^(?:UNCLEAR|UNKLAR)\b/u,
  "hospital-only": /^(?:IN HOSPITAL\b|NUR (?:IM KRANKENHAUS|STATIONÄR)|IM KRANKENHAUS)/u,
};

function classProblem(medicine: PlantedMedicine, lines: readonly Sentence[]): Problem | undefined {
  const { drug, resources } = medicine;
  const own = lines.filter((line) => cites(line, resources));
  if (own.some(({ text }) => leads[medicine.class].test(text))) return undefined;
  const shown = own.find(({ text }) => /^\p{Lu}{3,}/u.test(text)) ?? own[0];
  const what = `${drug} is ${medicine.class} by the chart's plan`;
  return { what, references: resources, ...(shown === undefined ? {} : { sentence: shown.text }) };
}

function shownWhere(text: string, sections: readonly Section[]): Sentence | undefined {
  return sections
    .flatMap(({ sentences }) => sentences)
    .find((sentence) => sentence.text.toLowerCase().includes(text.toLowerCase()));
}

/** Sentences that name something without the mark that it needs. */
function unmarked(
  names: readonly string[],
  sections: readonly Section[],
  isMarked: (text: string) => boolean,
  why: string,
): Check {
  return check("assertions.wrong", names, (name) => {
    const sentence = sections
      .flatMap(({ sentences }) => sentences)
      .find(({ text }) => text.toLowerCase().includes(name.toLowerCase()) && !isMarked(text));
    return (
      sentence && {
        what: `${name} ${why}`,
        sentence: sentence.text,
        references: sentence.evidence.map(({ reference }) => reference),
      }
    );
  });
}

/** A section without content although something was planted for it, and that stands nowhere else either. */
function falseAbstention({ facts }: Truth, sections: readonly Section[]): Check {
  const ids = [...new Set(facts.flatMap((fact) => (fact.sections.length === 1 ? fact.sections : [])))];
  return check("abstention.false", ids, (id) => {
    const section = sections.find((candidate) => candidate.id === id);
    if (section?.status === "documented") return undefined;
    const planted = facts.filter((fact) => fact.sections.includes(id));
    return {
      what: `${id} says "not documented"; the chart holds ${planted.map(nameOf).join(", ")}`,
      references: planted.flatMap(({ resources }) => resources),
    };
  });
}

/** Every check that a truth file allows. */
export function truthChecks(truth: Truth, sections: readonly Section[]): readonly Check[] {
  const { facts, medicines, pending, answered, empty, forbidden } = truth;
  const lines = sentencesOf(sections, ["medications"]);
  const awaited = sentencesOf(sections, ["pending"]);
  const tell = (fact: PlantedFact): Problem | undefined =>
    untold(nameOf(fact), fact, sentencesOf(sections, fact.sections));
  return [
    check("facts.recall", facts, tell),
    check(
      "facts.omitted",
      facts.filter(({ key }) => key),
      tell,
    ),
    check("assertions.wrong", facts, (fact) => assertionProblem(fact, sections)),
    unmarked(truth.denied, sections, denies, "is denied in the chart"),
    unmarked(truth.elsewhere, sections, isOfAnotherStay, "is of another stay"),
    check("medications.classified", medicines, (medicine) => classProblem(medicine, lines)),
    check("pending.listed", pending, (one) => untold("pending result", one, awaited)),
    check("pending.false", answered, (reference) => {
      const sentence = awaited.find((one) => cites(one, [reference]) && one.evidence[0]?.reference === reference);
      return (
        sentence && {
          what: "listed as pending; the chart has its result, or withdrew it",
          sentence: sentence.text,
          references: [reference],
        }
      );
    }),
    falseAbstention(truth, sections),
    check("abstention.missing", empty, (id) => {
      const section = sections.find((candidate) => candidate.id === id);
      const [sentence] = section?.sentences ?? [];
      return section?.status === "documented"
        ? {
            what: `${id} holds something; the chart holds nothing for it`,
            references: [],
            ...(sentence === undefined ? {} : { sentence: sentence.text }),
          }
        : undefined;
    }),
    check("forbidden.shown", forbidden, ({ text, why }) => {
      const sentence = shownWhere(text, sections);
      return (
        sentence && {
          what: `"${text}" is shown: ${why}`,
          sentence: sentence.text,
          references: sentence.evidence.map(({ reference }) => reference),
        }
      );
    }),
  ];
}
