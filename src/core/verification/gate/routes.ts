/** Routes of administration in their spellings. */
import type { Span } from "../value.ts";
import { anyOf } from "../value.ts";
import { wholeMatches, wholeWords } from "../whole-words.ts";
import { stemOf } from "./words.ts";

export interface RouteValue {
  readonly kind: "route";
  readonly key: string;
  readonly span: Span;
  readonly text: string;
}

interface Route {
  readonly key: string;
  readonly pattern: RegExp;
  /** Stems of words, any of which in the evidence says this route. */
  readonly stems: readonly string[];
}

const route = (key: string, source: string, evidence: string): Route => ({
  key,
  pattern: wholeWords(source, "giu"),
  stems: evidence.split(" ").map(stemOf),
});

const routes: readonly Route[] = [
  route(
    "oral",
    "oral(?:ly)?|by\\s+mouth|p\\.?o\\.?|per\\s+os",
    "oral orally mouth po peroral tablet tablets capsule capsules",
  ),
  route(
    "intravenous",
    "intravenous(?:ly)?|i\\.?v\\.?|infusion|infused",
    "intravenous intravenously iv infusion infused",
  ),
  route("subcutaneous", "subcutaneous(?:ly)?|s\\.?c\\.?|sub-?q|subcut", "subcutaneous subcutaneously sc subcut subq"),
  route("intramuscular", "intramuscular(?:ly)?|i\\.?m\\.?", "intramuscular intramuscularly im"),
  route("rectal", "rectal(?:ly)?|p\\.?r\\.?|per\\s+rectum", "rectal rectally rectum"),
  route("sublingual", "sublingual(?:ly)?|s\\.?l\\.?", "sublingual sublingually sl"),
  route("inhaled", "inhal(?:ed|ation)|nebuli[sz]ed", "inhaled inhalation inhaler nebulized nebulised nebulizer"),
  route("topical", "topical(?:ly)?", "topical topically cream ointment"),
  route("transdermal", "transdermal(?:ly)?", "transdermal transdermally patch"),
  route("nasal", "(?:intra)?nasal(?:ly)?", "nasal nasally intranasal"),
  route("enteral", "enteral(?:ly)?|via\\s+(?:peg|ng)\\s*tube", "enteral enterally peg tube"),
  route("intrathecal", "intrathecal(?:ly)?", "intrathecal intrathecally"),
  route("epidural", "epidural(?:ly)?", "epidural epidurally"),
];

const anyRoute = anyOf(
  routes.map(({ pattern }) => pattern),
  "iu",
);

/** All routes named in a text. */
export function routesIn(text: string): readonly RouteValue[] {
  if (!anyRoute.test(text)) return [];
  return routes.flatMap(({ key, pattern }) =>
    wholeMatches(text, pattern).map((match): RouteValue => ({
      kind: "route",
      key,
      span: { start: match.index, end: match.index + match[0].length },
      text: match[0],
    })),
  );
}

/** True where the evidence names the same route. */
export function supportsRoute({ key }: RouteValue, stems: ReadonlySet<string>): boolean {
  return routes.some((entry) => entry.key === key && entry.stems.some((stem) => stems.has(stem)));
}
