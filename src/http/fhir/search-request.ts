/** Reading FHIR searches (R4, 3.1.1): values of parameters, what is done with unknown ones, references and dates. */
import { AdapterError } from "../../core/errors.ts";
import { localReference } from "../../core/notification/reference.ts";

/** Values of one parameter: repeated and comma-separated both mean "one of these" here. */
export function valuesOf(query: URLSearchParams, name: string): readonly string[] | undefined {
  const values = query
    .getAll(name)
    .flatMap((value) => value.split(","))
    .filter((value) => value !== "");
  return values.length === 0 ? undefined : values;
}

/** A parameter that can hold one value only. Throws 400 for several. */
export function valueOf(query: URLSearchParams, name: string): string | undefined {
  const values = valuesOf(query, name);
  if (values !== undefined && values.length > 1)
    throw new AdapterError("parameter_invalid", { at: name, message: "One value is searched at a time." });
  return values?.[0];
}

/** What every search takes, and where each is read. */
const general: ReadonlySet<string> = new Set([
  "_format",
  "_pretty",
  "_elements",
  "_count",
  "_cursor",
  "_summary",
  "_total",
  "_sort",
]);

/** `Prefer` is a list, and each of it may have parameters (RFC 7240). */
function isStrict(prefer: string | undefined): boolean {
  return (prefer ?? "").split(/[,;]/u).some((part) => /^\s*handling\s*=\s*"?strict"?\s*$/iu.test(part));
}

/** A modifier or a chain that is not understood would find more than was asked for: it is never passed over (R4, 3.1.1.4.5). */
function refuseRefined(name: string, known: ReadonlySet<string>): void {
  const plain = name.split(/[:.]/u)[0] ?? "";
  if (plain !== name && known.has(plain))
    throw new AdapterError("parameter_invalid", {
      at: name.slice(0, 100),
      message: `${plain} is searched without modifier and without chain.`,
    });
}

/**
 * The parameters that are passed over: unknown ones (R4, 3.1.1.4.1). Throws 400 for them where the client asked for strictness.
 *
 * @param unmet known ones that cannot be met as they are given
 */
export function passedOver(
  query: URLSearchParams,
  known: ReadonlySet<string>,
  prefer: string | undefined,
  unmet: readonly string[] = [],
): readonly string[] {
  const names = [...new Set(query.keys())];
  for (const name of names) refuseRefined(name, known);
  const unknown = names.filter((name) => (!known.has(name) && !general.has(name)) || unmet.includes(name));
  const [first] = unknown;
  if (first !== undefined && isStrict(prefer)) {
    throw new AdapterError("parameter_invalid", {
      at: first.slice(0, 100),
      message: "This search parameter, or this value of it, is not supported.",
    });
  }
  return unknown;
}

/** The search as it was understood: what the link `self` says (R4, 3.1.1.2). */
export function understood(query: URLSearchParams, passed: readonly string[]): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => !passed.includes(name)));
}

/** The code of a token, with or without its system. */
export const codeOf = (token: string): string => token.slice(token.lastIndexOf("|") + 1);

/**
 * A reference parameter as a relative reference: `9`, `Encounter/9` and the EHR's absolute URL mean the same. Throws 400 for
 * anything else.
 */
export function referenceOf(name: string, value: string, type: string, ehrBase: string): string {
  const reference = localReference(value, type, ehrBase);
  if (reference !== undefined) return reference;
  throw new AdapterError("parameter_invalid", { at: name, message: `Give the id of a ${type}, or its reference.` });
}

const mostOnAPage = 200;

function wordOf<Word extends string>(query: URLSearchParams, name: string, words: readonly Word[]): Word | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  const word = words.find((one) => one === given);
  if (word === undefined)
    throw new AdapterError("parameter_invalid", { at: name, message: `It is one of ${words.join(", ")}.` });
  return word;
}

/** What of the result is wanted. */
export interface ResultWish {
  /** Most on a page: at most 200, 50 where nothing is said. */
  readonly limit: number;
  /** No resources, only how many there are: `_summary=count` and `_count=0` mean the same (R4, 3.1.1.5.4). */
  readonly countOnly: boolean;
  /** Whether to say how many there are on all pages. */
  readonly total: boolean;
  /** Parameters of these that are not met as they are given: summaries are not made. */
  readonly unmet: readonly string[];
}

/** Throws 400 for a value that is none. */
export function resultWish(query: URLSearchParams): ResultWish {
  const count = query.get("_count") ?? "50";
  if (!/^\d{1,6}$/u.test(count)) throw new AdapterError("parameter_invalid", { at: "_count" });
  const summary = wordOf(query, "_summary", ["true", "text", "data", "count", "false"]);
  const countOnly = Number(count) === 0 || summary === "count";
  const total = countOnly || ["estimate", "accurate"].includes(wordOf(query, "_total", totals) ?? "none");
  const unmet = summary === "true" || summary === "text" ? ["_summary"] : [];
  return { limit: Math.min(Number(count), mostOnAPage), countOnly, total, unmet };
}

const totals = ["none", "estimate", "accurate"] as const;

export interface SortKey {
  readonly name: string;
  readonly direction: "asc" | "desc";
}

/** The one key of `_sort` (R4, 3.1.1.5.1); undefined where none is given, `unmet` where it is none of `offered`. */
export function sortOf(query: URLSearchParams, offered: ReadonlySet<string>): SortKey | "unmet" | undefined {
  const given = query.getAll("_sort").filter((value) => value !== "");
  const [value] = given;
  if (value === undefined) return undefined;
  const key: SortKey = { name: value.replace(/^-/u, ""), direction: value.startsWith("-") ? "desc" : "asc" };
  return given.length === 1 && offered.has(key.name) ? key : "unmet";
}
