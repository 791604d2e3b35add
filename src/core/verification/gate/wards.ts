/** Where something happened: on a ward at a time at which the patient was there. */
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";

const within = /\b(?:in|on|at)\s+(?:the\s+)?$/iu;
const events = new Set(["procedure", "device", "administration"]);
const moved = /\b(?:transfer\p{L}*|moved|admitted|went|returned)\b/iu;

interface Stay {
  readonly from: number;
  readonly until: number;
}

/** The times that the patient was at this place: from each move there until the next move. */
function staysAt(mention: Mention, { chartFacts }: CitedSentence): readonly Stay[] {
  const moves = chartFacts
    .filter(({ status, time }) => status === "location" && time?.includes("T") === true)
    .map((fact) => ({ fact, from: Date.parse(fact.time ?? "") }))
    .toSorted((a, b) => a.from - b.from);
  return moves.flatMap(({ fact, from }, index) =>
    isNamedAt(fact, mention) ? [{ from, until: moves[index + 1]?.from ?? Number.POSITIVE_INFINITY }] : [],
  );
}

/** "Placed in the intensive care unit" of what was placed after the patient had left it. */
export const happensWhereThePatientWas: GateCheck = (sentence): readonly GateFailure[] =>
  sentence.mentions.flatMap((place): readonly GateFailure[] => {
    const before = sentence.text.slice(0, place.start);
    if (!place.kinds.has("stay") || !within.test(before) || moved.test(before)) return [];
    const event = sentence.mentions.findLast(
      ({ end, kinds }) => end <= place.start && [...kinds].some((kind) => events.has(kind)),
    );
    const stays = staysAt(place, sentence);
    if (event === undefined || stays.length === 0) return [];
    const times = sentence.cited.flatMap(({ fact }) =>
      events.has(fact.kind) && isNamedAt(fact, event) && fact.time?.includes("T") === true
        ? [Date.parse(fact.time)]
        : [],
    );
    const there = times.some((time) => stays.some(({ from, until }) => time >= from && time <= until));
    if (times.length === 0 || there) return [];
    const { start, end } = place;
    return [{ kind: "contradiction", value: sentence.text.slice(start, end), span: { start, end } }];
  });
