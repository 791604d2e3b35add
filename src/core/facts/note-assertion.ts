/** Whether a note says that something is there: by the heading it stands under, and by the words in whose reach it stands. */
import type { Assertion } from "../chart/facts.ts";

/** What a heading says of all that stands under it. */
export interface Heading {
  /** Problems are named there. */
  readonly holdsProblems: boolean;
  /** Problems are written one behind another; elsewhere only lines of a list count. */
  readonly enumerates: boolean;
  readonly assertion: Assertion;
  /** Everything there is of this kind. */
  readonly kind?: "follow-up" | "code-status" | "diet" | "activity";
}

const plain: Heading = { holdsProblems: false, enumerates: false, assertion: "present" };

const headings: readonly (readonly [RegExp, Heading])[] = [
  [
    /^(?:family (?:medical )?history|family hx|fhx?|familienanamnese)$/iu,
    { holdsProblems: true, enumerates: true, assertion: "family" },
  ],
  [
    /^(?:past (?:medical|surgical) history|pmhx?|psh|medical history|vorerkrankungen|vorgeschichte)$/iu,
    { holdsProblems: true, enumerates: true, assertion: "historical" },
  ],
  [
    /^(?:problem list|(?:active )?problems|diagnos[ei]s|discharge diagnos[ei]s|diagnosen)$/iu,
    { holdsProblems: true, enumerates: true, assertion: "present" },
  ],
  [
    /^(?:assessment(?:(?: and|\/| &) ?plan)?|impression|a\/p|beurteilung)$/iu,
    { holdsProblems: true, enumerates: false, assertion: "present" },
  ],
  [
    /^(?:differential(?: diagnos[ei]s)?|ddx|differenzialdiagnosen?)$/iu,
    { holdsProblems: true, enumerates: true, assertion: "possible" },
  ],
  [/^(?:code status|resuscitation status|reanimationsstatus)$/iu, { ...plain, kind: "code-status" }],
  [/^(?:diet|nutrition|kost|ernährung)$/iu, { ...plain, kind: "diet" }],
  [/^(?:activity|mobility|belastung|mobilität)$/iu, { ...plain, kind: "activity" }],
  [/^(?:follow[- ]?up|recommendations?|weiteres vorgehen|procedere|prozedere)$/iu, { ...plain, kind: "follow-up" }],
];

/** What the heading says; nothing in particular for one that is not known. */
export function headingOf(title: string): Heading {
  return headings.find(([pattern]) => pattern.test(title.trim()))?.[1] ?? plain;
}

/** Cues in front, the gravest first; each reaches to the end of its clause. */
const cues: readonly (readonly [RegExp, Assertion])[] = [
  [
    /(?<![a-zß-ž])(?:no(?! known)|not|without|denies|denied|negative for|absence of|free of|ruled out for|kein(?:e[nrms]?)?|nicht|ohne|verneint|ausschluss)(?![a-zß-ž])/giu,
    "absent",
  ],
  [/(?<![a-zß-ž])(?:family history of|mother had|father had|familiär)(?![a-zß-ž])/giu, "family"],
  [
    /(?<![a-zß-ž])(?:possible|possibly|probable|probably|likely|suspected|suspicion (?:of|for)|concern(?:ing)? for|rule out|r\/o|question of|verdacht auf|v\. ?a\.|möglich[a-zß-ž]*|am ehesten)(?![a-zß-ž])/giu,
    "possible",
  ],
  [
    /(?<![a-zß-ž])(?:history of|h\/o|hx of|s\/p|status post|prior|previous|remote|zustand nach|z\. ?n\.|früher[a-zß-ž]*)(?![a-zß-ž])/giu,
    "historical",
  ],
];

/** Words behind a name that turn it round. */
const behind: readonly (readonly [RegExp, Assertion])[] = [
  [
    /^[^.;\n]{0,20}\b(?:ruled out|excluded|unlikely|not (?:seen|present|found)|negative|resolved without)\b|^[^.;\n]{0,20}ausgeschlossen/iu,
    "absent",
  ],
  [
    /^\s*\?|^[^.;\n]{0,12}\b(?:suspected|possible|not excluded)\b|^[^.;\n]{0,12}(?:vermutet|nicht ausgeschlossen)/iu,
    "possible",
  ],
];

/** A clause ends with its sentence, its line, or where a new one turns round. */
const clauseEnd = /[.;\n]\s|\n|\b(?:but|however|except|although|aber|jedoch|außer)\b/giu;

/** A cue farther away than this denies something else; and a note of any length is read in linear time. */
const longestReach = 200;

function clauseStart(text: string, at: number): number {
  const floor = Math.max(0, at - longestReach);
  let start = floor;
  for (const match of text.slice(floor, at).matchAll(clauseEnd)) start = floor + match.index + match[0].length;
  return start;
}

/** How the statement at `start` of `text` is meant. A cue inside the statement's own words counts as one in front. */
export function assertionIn(
  text: string,
  statement: { readonly text: string; readonly start: number },
  title: string,
): Assertion {
  const from = clauseStart(text, statement.start);
  const end = statement.start + statement.text.length;
  const reach = text.slice(from, end);
  const rest = text.slice(end, end + longestReach);
  // "not excluded" is a doubt, whatever its "not" denies.
  if (/^[^.;\n]{0,12}(?:not excluded|nicht ausgeschlossen)/iu.test(rest)) return "possible";
  if (/(?:ruled out|(?<!not )excluded|unlikely|(?<!nicht )ausgeschlossen)$/iu.test(statement.text)) return "absent";
  const own = [
    ...cues.filter(([pattern]) => reach.search(pattern) !== -1),
    ...behind.filter(([pattern]) => pattern.test(rest)),
  ];
  return own[0]?.[1] ?? headingOf(title).assertion;
}
