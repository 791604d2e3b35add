/**
 * Values of a German text in the forms that the readers of this folder know. It is applied to a sentence and to the texts of
 * its evidence alike, so that what both say in German words they still say in the same words afterwards.
 */
import { catalogue } from "../language/wording.ts";
import type { MessageKey } from "../language/messages.ts";

/** Parts of the catalogue whose words are values. */
const valueKeys = /^(?:frequency|noneKnown|unit)\./u;

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
}

const keys = Object.keys(catalogue.de).filter((key): key is MessageKey => valueKeys.test(key));
const spoken = new Map(keys.map((key) => [catalogue.de[key].toLowerCase(), catalogue.en[key]]));
const spokenPattern = new RegExp(
  `(?<!\\p{L})(?:${[...spoken.keys()]
    .toSorted((a, b) => b.length - a.length)
    .map(escaped)
    .join("|")})(?!\\p{L})`,
  "giu",
);

const counts: Readonly<Record<string, string>> = {
  ein: "once",
  zwei: "twice",
  drei: "three times",
  vier: "four times",
  fünf: "five times",
  sechs: "six times",
};
const periods: Readonly<Record<string, string>> = {
  täglich: "daily",
  wöchentlich: "weekly",
  monatlich: "monthly",
  jährlich: "yearly",
};
const lengths: readonly (readonly [RegExp, string])[] = [
  [/^sek/iu, "seconds"],
  [/^min/iu, "minutes"],
  [/^(?:stunde|std)/iu, "hours"],
  [/^tag/iu, "days"],
  [/^woche/iu, "weeks"],
  [/^monat/iu, "months"],
  [/^jahr/iu, "years"],
];

const lengthOf = (word: string): string => lengths.find(([pattern]) => pattern.test(word))?.[1] ?? word;

type Rule = readonly [RegExp, (match: string, ...groups: string[]) => string];

/** In this order: what is read later finds what earlier rules wrote. */
const rules: readonly Rule[] = [
  // What our own texts say of lists and not of the patient.
  [/nicht auf der Entlassliste/gu, () => "not listed"],
  [/ohne Referenzbereich oder Bewertung/gu, () => "without range recorded"],
  [/nicht erfragt/gu, () => "not asked"],
  [/keine bekannt ist/gu, () => "none is known"],
  // 17.03.2026, 17.03.2026 um 09:30 Uhr; the preposition goes with it, as "8 am" would be a time of day.
  [
    /(?<!\p{L})(?:am |vom )?(?<![\d.])(\d{1,2})\.(\d{1,2})\.((?:19|20)\d{2})(?!\d)(?: um (\d{2}:\d{2}) Uhr)?/gu,
    (_match, day = "", month = "", year = "", time?: string) =>
      `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}${time === undefined ? "" : ` ${time}`}`,
  ],
  [/(?<!\p{L})am (?=(?:19|20)\d{2}-\d{2})/gu, () => ""],
  [
    /(?<![\d/])(0[1-9]|1[0-2])\/((?:19|20)\d{2})(?!\d)/gu,
    (_match, month = "", year = "") => `${catalogue.en["date.months"].split(" ")[Number(month) - 1] ?? month} ${year}`,
  ],
  [/(?<=\d),(?=\d)/gu, () => "."],
  [/(?<=\d) bis (?=\d)/gu, () => " to "],
  [
    /(?<!\p{L})(ein|zwei|drei|vier|fünf|sechs)mal (täglich|wöchentlich|monatlich|jährlich)(?!\p{L})/giu,
    (_match, count = "", period = "") => `${counts[count.toLowerCase()] ?? ""} ${periods[period.toLowerCase()] ?? ""}`,
  ],
  [/(\d+) ?(?:-?mal|x|×) (?:am Tag|täglich|tgl\.?)(?!\p{L})/giu, (_match, count = "") => `${count} times daily`],
  [
    /(?<!\p{L})alle (\d+(?:\.\d+)?)( to \d+)? ?(Sekunden|Minuten|Stunden|Std\.?|Tage|Wochen|Monate|Jahre)(?!\p{L})/giu,
    (_match, low = "", high = "", unit = "") => `every ${low}${high} ${lengthOf(unit)}`,
  ],
  [spokenPattern, (match) => spoken.get(match.toLowerCase()) ?? match],
  [/(?<=\d )Tablette(n?)(?!\p{L})/gu, (_match, many = "") => (many === "" ? "tablet" : "tablets")],
  [/(?<=\d )Kapsel(n?)(?!\p{L})/gu, (_match, many = "") => (many === "" ? "capsule" : "capsules")],
  [/(?<=\d )H(?:ub|übe)(?!\p{L})/gu, () => "puffs"],
  [/(?<=\d )Tropfen(?!\p{L})/gu, () => "drops"],
  [/(?<!\p{L})(?:tgl\.|täglich)(?!\p{L})/giu, () => "daily"],
  [/(?<!\p{L})(?:kein(?:e[rnms]?)?)(?!\p{L})/giu, () => "no"],
  [/(?<!\p{L})nicht(?!\p{L})/giu, () => "not"],
  [/(?<!\p{L})ohne(?!\p{L})/giu, () => "without"],
  [/(?<!\p{L})weder(?!\p{L})/giu, () => "neither"],
  [/(?<!\p{L})(?:ausgeschlossen)(?!\p{L})/giu, () => "ruled out"],
  [/(?<!\p{L})(?:verneint)(?!\p{L})/giu, () => "denies"],
  [/(?<!\p{L})abgeklungen(?!\p{L})/giu, () => "resolved"],
  [/(?<!\p{L})(?:dokumentiert|verzeichnet|erfasst|angegeben)(?!\p{L})/giu, () => "documented"],
  [/(?<!\p{L})(?:links|linke[rsnm]?)(?!\p{L})/giu, () => "left-sided"],
  [/(?<!\p{L})(?:rechts|rechte[rsnm]?)(?!\p{L})/giu, () => "right-sided"],
  [/(?<!\p{L})(?:beidseits|beidseitig\p{L}*)(?!\p{L})/giu, () => "bilateral"],
];

/** The text with its dates, numbers, frequencies, denials and sides in the forms of an English one. */
export function fromGerman(text: string): string {
  let read = text;
  for (const [pattern, replacement] of rules) read = read.replaceAll(pattern, replacement);
  return read;
}
