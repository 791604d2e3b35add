import { badRequest } from "./outcome.ts";
import type { SearchParameterDefinition } from "./definitions.ts";
import { compileFilter } from "./search-filter.ts";
import type { SearchFilter } from "./search-filter.ts";
import type { TypeParameters } from "./search-parameters.ts";
import type { UnknownParameters } from "./state.ts";

/** A search as understood. */
export interface SearchQuery {
  readonly type: string;
  readonly filters: readonly SearchFilter[];
  readonly sort: readonly SortRule[];
  /** Page size asked for; 0 or `_summary=count` asks for the total alone. */
  readonly count: number | undefined;
  readonly include: readonly IncludeRule[];
  readonly revInclude: readonly IncludeRule[];
}

/** One rule of `_sort`. */
export interface SortRule {
  readonly parameter: SearchParameterDefinition;
  readonly descending: boolean;
}

/** `Source:parameter[:Target]` of `_include` and `_revinclude`. */
export interface IncludeRule {
  readonly source: string;
  readonly parameter: SearchParameterDefinition;
  readonly target: string | undefined;
}

/** What parsing needs to know of the server. */
export interface SearchContext {
  readonly baseUrl: string;
  parametersOf(type: string): TypeParameters;
}

/**
 * The parameters of a search as a server takes them that does not know all of R4's: without those it leaves out.
 *
 * @param strict whether the client asked for `handling=strict`
 * @throws FhirError 400 where it refuses what it does not know
 */
export function takenParameters(
  type: string,
  params: URLSearchParams,
  { names, handling }: UnknownParameters,
  strict: boolean,
): URLSearchParams {
  const unknown = [...params.keys()].filter((name) => names.includes(`${type}.${name.split(/[:.]/u)[0]}`));
  if (unknown.length === 0) return params;
  if (handling === "refuse" || (strict && handling === "ignore-unless-strict"))
    throw badRequest(`Unknown search parameter "${unknown[0]}" for ${type}`);
  return new URLSearchParams([...params].filter(([name]) => !unknown.includes(name)));
}

interface Draft {
  type: string;
  filters: SearchFilter[];
  sort: SortRule[];
  count: number | undefined;
  include: IncludeRule[];
  revInclude: IncludeRule[];
}

/**
 * Parses the query of a search. What R4 does not know is refused, so that a client cannot take a list for complete whose
 * filter was ignored.
 *
 * @param params name and value as they stood in URL or form
 * @throws FhirError 400 naming the parameter
 */
export function parseSearchQuery(
  type: string,
  params: Iterable<readonly [string, string]>,
  context: SearchContext,
): SearchQuery {
  const draft: Draft = { type, filters: [], sort: [], count: undefined, include: [], revInclude: [] };
  for (const [name, value] of params) readParameter(draft, name, value, context);
  return draft;
}

function readParameter(draft: Draft, name: string, value: string, context: SearchContext): void {
  const control = controls[name];
  if (control) return control(draft, value, context);
  const [code = "", modifier = "", ...rest] = name.split(":");
  const parameter = context.parametersOf(draft.type).get(code);
  if (!parameter || rest.length > 0) throw badRequest(`Unknown search parameter "${name}" for ${draft.type}`);
  draft.filters.push(compileFilter(parameter, { modifier, value, baseUrl: context.baseUrl }));
}

type Control = (draft: Draft, value: string, context: SearchContext) => void;

const controls: Readonly<Record<string, Control>> = {
  _sort: (draft, value, context) => {
    draft.sort = value.split(",").map((rule) => sortRule(draft.type, rule, context));
  },
  _count: (draft, value) => {
    if (!/^\d{1,6}$/u.test(value)) throw badRequest("_count must be a number");
    draft.count = Number(value);
  },
  _summary: (draft, value) => {
    if (value === "count") draft.count = 0;
    else if (value !== "false") throw badRequest("_summary supports count and false");
  },
  _total: (_draft, value) => {
    if (!["none", "estimate", "accurate"].includes(value))
      throw badRequest("_total must be none, estimate or accurate");
  },
  _format: (_draft, value) => {
    if (!value.includes("json")) throw badRequest("Only JSON is supported");
  },
  _include: (draft, value, context) => {
    const rule = includeRule(value, context);
    if (rule.source !== draft.type) throw badRequest(`_include must start from ${draft.type}`);
    draft.include.push(rule);
  },
  _revinclude: (draft, value, context) => {
    draft.revInclude.push(includeRule(value, context));
  },
};

function sortRule(type: string, rule: string, context: SearchContext): SortRule {
  const code = rule.replace(/^-/u, "");
  const parameter = context.parametersOf(type).get(code);
  if (!parameter) throw badRequest(`Unknown sort parameter "${code}" for ${type}`);
  return { parameter, descending: rule.startsWith("-") };
}

function includeRule(value: string, context: SearchContext): IncludeRule {
  const [source = "", code = "", target, ...rest] = value.split(":");
  const parameter = context.parametersOf(source).get(code);
  if (!parameter || parameter.type !== "reference" || rest.length > 0) throw badRequest(`Unknown include "${value}"`);
  return { source, parameter, target };
}
