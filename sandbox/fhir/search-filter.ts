import { splitSearchOnComma } from "@medplum/core";
import type { SearchParameterDefinition } from "./definitions.ts";
import { badRequest } from "./outcome.ts";
import { localForm } from "./resource.ts";
import { dateTest } from "./search-dates.ts";
import { fold } from "./search-values.ts";
import type { SearchValues, Token } from "./search-values.ts";

/** One compiled condition of a search. */
export interface SearchFilter {
  readonly parameter: SearchParameterDefinition;
  readonly matches: (values: SearchValues) => boolean;
  /** `Type/id` of which a match must hold one: lets an index do the work. Absent when the filter cannot be narrowed so. */
  readonly references?: readonly string[];
  /** Ids of which a match must have one; the same for `_id`. */
  readonly ids?: readonly string[];
}

/** A parameter as asked: `code:modifier=value`. */
export interface AskedParameter {
  readonly modifier: string;
  readonly value: string;
  /** Base URL of this server: absolute references to it are local. */
  readonly baseUrl: string;
}

/**
 * Compiles `name[:modifier]=value`; comma-separated values are alternatives.
 *
 * @throws FhirError 400 for a modifier or value this server does not support: a filter is never dropped silently
 */
export function compileFilter(parameter: SearchParameterDefinition, asked: AskedParameter): SearchFilter {
  if (asked.modifier === "missing") return missingFilter(parameter, asked.value);
  if (asked.value === "") throw badRequest(`The search parameter ${parameter.code} has no value`);
  const values = splitSearchOnComma(asked.value);
  switch (parameter.type) {
    case "token":
      return tokenFilter(parameter, asked.modifier, values);
    case "reference":
      return referenceFilter(parameter, asked, values);
    case "date":
      return dateFilter(parameter, asked.modifier, values);
    case "string":
      return stringFilter(parameter, asked.modifier, values);
    case "uri":
      if (asked.modifier !== "") throw unsupported(parameter, asked.modifier);
      return { parameter, matches: ({ uris }) => uris.some((uri) => values.includes(uri)) };
    default:
      throw badRequest(`Search by ${parameter.type} (${parameter.code}) is not supported`);
  }
}

function unsupported(parameter: SearchParameterDefinition, modifier: string): Error {
  return badRequest(`The modifier :${modifier} is not supported on ${parameter.code}`);
}

function missingFilter(parameter: SearchParameterDefinition, value: string): SearchFilter {
  if (value !== "true" && value !== "false") throw badRequest(`${parameter.code}:missing must be true or false`);
  return { parameter, matches: ({ present }) => present === (value === "false") };
}

function tokenFilter(parameter: SearchParameterDefinition, modifier: string, values: string[]): SearchFilter {
  if (modifier !== "" && modifier !== "not") throw unsupported(parameter, modifier);
  const tests = values.map(tokenTest);
  const any = ({ tokens }: SearchValues): boolean => tokens.some((token) => tests.some((test) => test(token)));
  if (modifier === "not") return { parameter, matches: (found) => !any(found) };
  return { parameter, matches: any, ...(parameter.code === "_id" && { ids: values }) };
}

/** `[code]`, `[system]|[code]`, `|[code]` and `[system]|` (search.html#token). */
function tokenTest(value: string): (token: Token) => boolean {
  const bar = value.indexOf("|");
  if (bar < 0) return ({ code }) => code === value;
  const system = value.slice(0, bar);
  const code = value.slice(bar + 1);
  return (token) => (token.system === null || (token.system ?? "") === system) && (code === "" || token.code === code);
}

function referenceFilter(parameter: SearchParameterDefinition, asked: AskedParameter, values: string[]): SearchFilter {
  const { modifier, baseUrl } = asked;
  if (modifier !== "" && !parameter.target.includes(modifier)) throw unsupported(parameter, modifier);
  const wanted = values.flatMap((value) => referencesAsked(parameter, value, modifier, baseUrl));
  const set = new Set(wanted);
  return { parameter, references: wanted, matches: ({ references }) => references.some((one) => set.has(one)) };
}

/** A bare id may mean any of the parameter's targets; a URN or a foreign URL is compared as it stands. */
function referencesAsked(
  parameter: SearchParameterDefinition,
  value: string,
  modifier: string,
  baseUrl: string,
): string[] {
  const local = localForm(value, baseUrl);
  if (local) return modifier === "" || modifier === local.type ? [`${local.type}/${local.id}`] : [];
  if (value.includes(":") || value.includes("/")) return [value];
  return (modifier === "" ? parameter.target : [modifier]).map((type) => `${type}/${value}`);
}

function dateFilter(parameter: SearchParameterDefinition, modifier: string, values: string[]): SearchFilter {
  if (modifier !== "") throw unsupported(parameter, modifier);
  const tests = values.map((value) => {
    const test = dateTest(value);
    if (!test) throw badRequest(`${parameter.code}: "${value}" is not a date with an optional prefix`);
    return test;
  });
  return { parameter, matches: ({ dates }) => dates.some((date) => tests.some((test) => test(date))) };
}

const stringComparisons: Readonly<Record<string, (found: string, wanted: string) => boolean>> = {
  "": (found, wanted) => fold(found).startsWith(fold(wanted)),
  contains: (found, wanted) => fold(found).includes(fold(wanted)),
  exact: (found, wanted) => found === wanted,
};

function stringFilter(parameter: SearchParameterDefinition, modifier: string, values: string[]): SearchFilter {
  const compare = stringComparisons[modifier];
  if (!compare) throw unsupported(parameter, modifier);
  return { parameter, matches: ({ strings }) => strings.some((found) => values.some((text) => compare(found, text))) };
}
