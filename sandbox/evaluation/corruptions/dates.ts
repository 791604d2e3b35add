/** Wrong days, durations and orders of time. */
import { monthNames } from "../month-names.ts";
import type { Corruption, CorruptionKinds } from "./corruption.ts";
import { append, exchange, onPattern, pick, swapTwo } from "./corruption.ts";

const months = [...monthNames.filter((name) => name !== "May"), ...monthNames.map((name) => name.slice(0, 3))].join(
  "|",
);
const date = `\\b(?:\\d{1,2} (?:${months}) \\d{4}|(?:${months}) \\d{1,2}, \\d{4})`;

const onDate = (
  change: (day: number, month: string, year: number, random: () => number) => readonly [number, string, number],
): Corruption =>
  onPattern(new RegExp(date, "gu"), (match, random) => {
    const [day, month, year] = [
      /\b\d{1,2}\b/u.exec(match)?.[0] ?? "",
      /\p{L}+/u.exec(match)?.[0] ?? "",
      /\d{4}/u.exec(match)?.[0] ?? "",
    ];
    const [d, m, y] = change(Number(day), month, Number(year), random);
    return match
      .replace(/\d{4}/u, String(y))
      .replace(/\p{L}+/u, m)
      .replace(/\b\d{1,2}\b/u, String(d));
  });

function nextMonth(name: string): string {
  const at = monthNames.findIndex((month) => month.startsWith(name.slice(0, 3)));
  const next = monthNames[(at + 1) % 12] ?? "January";
  return name.length <= 3 ? next.slice(0, 3) : next;
}

/** A day, a duration or the order of two moments is wrong. */
export const dateCorruptions: CorruptionKinds = {
  "date: day": {
    critical: true,
    make: onDate((day, month, year, random) => [((day + Math.floor(random() * 9)) % 28) + 1, month, year]),
  },
  "date: month": { critical: true, make: onDate((day, month, year) => [Math.min(day, 28), nextMonth(month), year]) },
  "date: year": {
    critical: true,
    make: onDate((day, month, year, random) => [day, month, year - 1 - Math.floor(random() * 3)]),
  },
  "date: hospital day": {
    critical: true,
    make: onPattern(
      new RegExp(`(?:On|on) ${date}`, "gu"),
      (match, random) =>
        `${match.startsWith("O") ? "On" : "on"} hospital day ${String(19 + Math.floor(random() * 20))}`,
    ),
  },
  "date: relative": {
    critical: true,
    make: onPattern(
      new RegExp(`(?:On|on) ${date}`, "gu"),
      (match, random) =>
        `${match.startsWith("O") ? "T" : "t"}${pick(["he next day", "hree days later", "wo days before discharge", "he day before admission"], random) ?? "he next day"}`,
    ),
  },
  "date: swapped": {
    critical: true,
    make: ({ text }) => (/\b(?:first|from)\b/u.test(text) ? swapTwo(text, new RegExp(date, "gu")) : undefined),
  },
  duration: {
    critical: true,
    make: append(
      " for 10 days",
      " for three weeks",
      " over 48 hours",
      " for a fortnight",
      " for a further month",
      " for several days",
      " overnight",
    ),
  },
  "duration: of another fact": {
    critical: true,
    make: ({ text }) => {
      const length = /\bfor \w+ (?:days|weeks|hours)\b/u.exec(text)?.[0];
      const told = /\breceived\b.* (?<day>on \d{1,2} [A-Z][a-z]{2} \d{4})\.$/u.exec(text)?.groups?.["day"];
      return length === undefined || told === undefined ? undefined : text.replace(`${told}.`, `${length}.`);
    },
  },
  "date: a second day": {
    critical: true,
    make: ({ text, random }) => {
      const { test, value, one, other } =
        /^(?<test>.+) (?:rose|fell) from (?<value>.+) on (?<one>\d+ [A-Z][a-z]{2} \d{4}) to .+ on (?<other>\d+ [A-Z][a-z]{2} \d{4})\.$/u.exec(
          text,
        )?.groups ?? {};
      if (test === undefined) return undefined;
      return pick(
        [
          `${test} was ${value} on ${one} and on ${other}.`,
          `${test} was ${value} on ${one}, and again on ${other}.`,
          `On ${one} and ${other}, ${test} was ${value}.`,
        ],
        random,
      );
    },
  },
  "time order": {
    critical: false,
    make: exchange({
      "first given": "last given",
      "last on": "first on",
      "before admission": "after discharge",
      "at discharge": "before admission",
      "on admission": "at discharge",
    }),
  },
};
