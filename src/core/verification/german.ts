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

/** The first three letters, in lower case, to the English name. */
const months: Readonly<Record<string, string>> = {
  jan: "January",
  jän: "January",
  feb: "February",
  mär: "March",
  apr: "April",
  mai: "May",
  jun: "June",
  jul: "July",
  aug: "August",
  sep: "September",
  okt: "October",
  nov: "November",
  dez: "December",
};
const month =
  "(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|Jan|Feb|Mär|Apr|Jun|Jul|Aug|Sept?|Okt|Nov|Dez)(?!\\p{L})\\.?";
const monthNamed = (name: string): string => months[name.slice(0, 3).toLowerCase()] ?? name;
const englishMonths = catalogue.en["date.months"].split(" ");
const inMonth = (day: string, number: string): string => `${day} ${englishMonths[Number(number) - 1] ?? number}`;

/** `ein` is left out: it is an article more often than a number. */
const numberWords: Readonly<Record<string, string>> = {
  zwei: "two",
  drei: "three",
  vier: "four",
  fünf: "five",
  sechs: "six",
  sieben: "seven",
  acht: "eight",
  neun: "nine",
  zehn: "ten",
  elf: "eleven",
  zwölf: "twelve",
};
const numberWord = Object.keys(numberWords).join("|");

type Rule = readonly [RegExp, (match: string, ...groups: string[]) => string];

/** In this order: what is read later finds what earlier rules wrote. */
const rules: readonly Rule[] = [
  // 11.400: a point in front of three digits parts thousands; behind a lone nought it is the decimal point of an English name.
  [
    /(?<![\d.,])([1-9]\d{0,2})((?:\.\d{3})+)(?![\d.])/gu,
    (_match, head = "", rest = "") => head + rest.replaceAll(".", ""),
  ],
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
  [
    /(?<!\p{L})(?:am |vom )?(?<![\d.])(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.(\d{2})(?![\d.]*\d)/gu,
    (_match, day = "", number = "", year = "") => `20${year}-${number.padStart(2, "0")}-${day.padStart(2, "0")}`,
  ],
  [
    /(?<!\p{L})(am|vom|seit|dem|den|ab|bis|zum|und) (0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.(?!\d)/giu,
    (_match, lead = "", day = "", number = "") =>
      `${/^(?:am|vom)$/iu.test(lead) ? "on" : lead} ${inMonth(day, number)}`,
  ],
  [
    new RegExp(String.raw`(?<!\p{L})(?:am |vom )?(?<![\d.])(\d{1,2})\.\s?(${month})`, "gu"),
    (_match, day = "", name = "") => `${day} ${monthNamed(name)}`,
  ],
  [new RegExp(String.raw`(?<!\p{L})(${month})(?=\s(?:19|20)\d{2})`, "gu"), (_match, name = "") => monthNamed(name)],
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
  [/(\d+)-?stündlich/giu, (_match, hours = "") => `every ${hours} hours`],
  [/(?<!\p{L})stündlich/giu, () => "hourly"],
  [/(?<!\p{L})(?:bei Bedarf|b\. ?B\.)(?!\p{L})/giu, () => "as needed"],
  [/(?<!\p{L})mittags(?!\p{L})/giu, () => "at noon"],
  [/(?<!\p{L})(?:nachts|zur Nacht)(?!\p{L})/giu, () => "at bedtime"],
  [spokenPattern, (match) => spoken.get(match.toLowerCase()) ?? match],
  [
    new RegExp(String.raw`(?<!\p{L})(${numberWord})(?!\p{L})`, "giu"),
    (match) => numberWords[match.toLowerCase()] ?? match,
  ],
  [
    /(?<=(?:\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)) ?)(Sekunde|Minute|Stunde|Tag|Woche|Monat|Jahr)(?:e?n?)(?!\p{L})/giu,
    (_match, unit = "") => lengthOf(unit),
  ],
  [/(?<=\d )Tablette(n?)(?!\p{L})/gu, (_match, many = "") => (many === "" ? "tablet" : "tablets")],
  [/(?<=\d )Kapsel(n?)(?!\p{L})/gu, (_match, many = "") => (many === "" ? "capsule" : "capsules")],
  [/(?<=\d )H(?:ub|übe)(?!\p{L})/gu, () => "puffs"],
  [/(?<=\d )Tropfen(?!\p{L})/gu, () => "drops"],
  [/(?<!\p{L})(?:tgl\.|täglich)(?!\p{L})/giu, () => "daily"],
  // "Erguss nicht nachweisbar": what is denied stands in front, and is a noun; the readers look for it behind.
  [
    /(?<![\p{L}-])(\p{Lu}[\p{L}-]+)((?:\s+\p{Ll}[\p{L}-]*){0,2})\s+nicht\s+(?:nachweisbar|nachgewiesen|nachzuweisen|vorhanden|erkennbar|abgrenzbar|darstellbar|sichtbar|zu sehen|bekannt|aufgetreten)(?!\p{L})/gu,
    (_match, noun = "", between = "") => `no ${noun}${between}`,
  ],
  [
    /(?<!\p{L})(?:keinerlei|kein(?:e[rnms]?)?)\s+(?:(?:sicher|weiter|eindeutig)e[rnms]?\s+)?(?:Anhalt(?:spunkte?)?|Hinweise?|Nachweis|(?:An)?[Zz]eichen)\s+(?:für|auf|von|eine[rs]?)(?!\p{L})/giu,
    () => "no evidence of",
  ],
  [/(?<!\p{L})(?:keinerlei|kein(?:e[rnms]?)?)(?!\p{L})/giu, () => "no"],
  [/(?<!\p{L})(?<!zum )Ausschlu(?:ss|ß)(?: eine[rs]| von)?(?!\p{L})/giu, () => "ruled out"],
  [/(?<!\p{L})frei von(?!\p{L})/giu, () => "free of"],
  [/(?<!\p{L})(?:Fehlen (?:von|eine[rs])|fehlende[rnms]?)(?!\p{L})/giu, () => "absence of"],
  [/(?<!\p{L})niemals(?!\p{L})/giu, () => "never"],
  [/(?<!\p{L})negativ(?:e[rnms]?)?(?!\p{L})/giu, () => "negative"],
  [/(?<!\p{L})(?:unauffällig(?:e[rnms]?)?(?!\p{L})|o\. ?B\.)/giu, () => "unremarkable"],
  [/(?<!\p{L})bestreitet(?!\p{L})/giu, () => "denies"],
  [/(?<!\p{L})nicht(?!\p{L})/giu, () => "not"],
  [/(?<!\p{L})ohne(?!\p{L})/giu, () => "without"],
  [/(?<!\p{L})weder(?!\p{L})/giu, () => "neither"],
  [/(?<!\p{L})(?:ausgeschlossen)(?!\p{L})/giu, () => "ruled out"],
  [/(?<!\p{L})(?:verneint)(?!\p{L})/giu, () => "denies"],
  [/(?<!\p{L})abgeklungen(?!\p{L})/giu, () => "resolved"],
  [/(?<!\p{L})(?:dokumentiert|verzeichnet|erfasst|angegeben)(?!\p{L})/giu, () => "documented"],
  // An article behind a denial would be taken for what is denied.
  [
    /(?<=(?<!\p{L})(?:no evidence of|no|not|without|free of|absence of|denies|ruled out) )(?:eine?[rsnm]?|de[rsnm]|die|das) /giu,
    () => "",
  ],
  [/(?<!\p{L})(?:links(?:seitig(?:e[rnms]?)?)?|linke[rsnm]?|li\.)(?!\p{L})/giu, () => "left-sided"],
  [/(?<!\p{L})(?:rechts(?:seitig(?:e[rnms]?)?)?|rechte[rsnm]?|re\.)(?!\p{L})/giu, () => "right-sided"],
  [/(?<!\p{L})(?:beidseits|beidseitig\p{L}*|bds\.?)(?!\p{L})/giu, () => "bilateral"],
];

/** The text with its dates, numbers, frequencies, denials and sides in the forms of an English one. */
export function fromGerman(text: string): string {
  let read = text;
  for (const [pattern, replacement] of rules) read = read.replaceAll(pattern, replacement);
  return read;
}
