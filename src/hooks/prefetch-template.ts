/** Prefetch templates: FHIR reads and searches with tokens in them, as discovery offers them and as we fill them ourselves. */
import type { FhirResource } from "fhir/r4.js";
import type { Token } from "./prefetch-token.ts";
import { evaluate, parseToken } from "./prefetch-token.ts";

const tokens = /\{\{\s*([^{}]*?)\s*\}\}/gu;

export interface TemplateValues {
  readonly userId?: string;
  readonly patientId: string;
  readonly encounterId?: string | undefined;
  /** The hospital's calendar day, `2026-03-17`. */
  readonly today?: string;
  /** What earlier keys brought, for templates that build on them. */
  readonly prefetch?: ReadonlyMap<string, FhirResource>;
}

/** A name that stands in a query several times has its values in a list: all must hold. */
export type QueryParams = Readonly<Record<string, string | readonly string[]>>;

/** A read or a search, ready to be sent to a FHIR server. */
export type PlannedRead =
  | { readonly kind: "read"; readonly type: string; readonly id: string }
  | { readonly kind: "search"; readonly type: string; readonly params: QueryParams }
  /** What it builds on holds nothing to look for. */
  | { readonly kind: "nothing" };

/** Fills a template. Undefined where a value that it needs is not known. */
export function fillTemplate(template: string, values: TemplateValues): PlannedRead | undefined {
  const [path = "", query] = template.split("?", 2);
  if (query === undefined) return plannedRead(fill(path, values, (text) => text));
  const params: Record<string, string | readonly string[]> = {};
  for (const parameter of query.split("&")) {
    const [name = "", ...rest] = parameter.split("=");
    const filled = fill(rest.join("="), values, escapeValue);
    if (typeof filled !== "string") return filled;
    const key = decode(name);
    const earlier = params[key];
    params[key] = earlier === undefined ? filled : [earlier, filled].flat();
  }
  return { kind: "search", type: path, params };
}

function plannedRead(filled: ReturnType<typeof fill>): PlannedRead | undefined {
  if (typeof filled !== "string") return filled;
  const parts = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/u.exec(filled);
  return parts === null ? undefined : { kind: "read", type: parts[1] ?? "", id: parts[2] ?? "" };
}

type Nothing = { readonly kind: "nothing" };

/** Several values are alternatives, which a search takes between commas. */
function fill(text: string, values: TemplateValues, escape: (text: string) => string): string | Nothing | undefined {
  const { today, prefetch, ...context } = values;
  const known = { context, ...(today === undefined ? {} : { today }), ...(prefetch === undefined ? {} : { prefetch }) };
  let filled = "";
  let from = 0;
  for (const found of text.matchAll(tokens)) {
    const token = parseToken(found[1] ?? "");
    const texts = token === undefined ? undefined : evaluate(token, known);
    if (texts === undefined) return undefined;
    if (texts.length === 0) return { kind: "nothing" };
    filled += decode(text.slice(from, found.index)) + texts.map(escape).join(",");
    from = found.index + found[0].length;
  }
  return filled + decode(text.slice(from));
}

const decode = (text: string): string => new URLSearchParams(`x=${text}`).get("x") ?? "";

/** FHIR R4, search, 3.1.1.4.4: what separates values in a search is escaped where it is part of one. */
const escapeValue = (text: string): string => text.replaceAll(/[\\,|$]/gu, (character) => `\\${character}`);

/** The tokens of a template; undefined in place of what is none. */
function tokensOf(template: string): readonly (Token | undefined)[] {
  return [...template.matchAll(tokens)].map(([, text = ""]) => parseToken(text));
}

/** Keys that must have brought their data before this template can be filled. */
export function dependenciesOf(template: string): readonly string[] {
  return tokensOf(template).flatMap((token = []) =>
    token.flatMap((expression) => (expression.kind === "prefetch" ? [expression.key] : [])),
  );
}

/** Whether a client of CDS Hooks 2.0 cannot fill it. */
export function needsBallot(template: string): boolean {
  return tokensOf(template).some(
    (token = []) => token.length > 1 || token.some(({ kind }) => kind === "prefetch" || kind === "today"),
  );
}

const members: ReadonlySet<string> = new Set(["userId", "patientId", "encounterId"]);
const search = /^[A-Z][A-Za-z]+\?[\w.:-]+=[^&]+(?:&[\w.:-]+=[^&]+)*$/u;

/**
 * What is wrong with a template, or undefined: tokens that neither version has, or whose context our hooks do not bring; other
 * than plain reads and searches (58). `earlier` are the keys before it: a template builds on those and no others, so that
 * no two can build on each other.
 */
export function templateProblem(template: string, earlier: ReadonlySet<string> = new Set()): string | undefined {
  const rest = template.replaceAll(tokens, "<token>");
  if (rest.includes("{{") || rest.includes("}}")) return "has an unfinished token";
  const all = tokensOf(template);
  if (all.some((token) => token === undefined || !token.every(isFillable)))
    return "uses a token that CDS Hooks has not";
  const late = dependenciesOf(template).find((key) => !earlier.has(key));
  if (late !== undefined) return `builds on ${late}, which is not before it`;
  if (!/^(?:[A-Z][A-Za-z]+\/)?<token>$/u.test(rest) && !search.test(rest))
    return "is neither an instance read nor a type search";
  if (/[?&][^=]*:(?!in=)/u.test(rest)) return "uses a search modifier that not every EHR has";
  return undefined;
}

/** Members of our hooks' contexts are ids: there is no path through them. */
function isFillable(expression: Token[number]): boolean {
  if (expression.kind !== "context") return true;
  const [first, ...further] = expression.steps;
  return first?.kind === "member" && members.has(first.name) && further.length === 0;
}
