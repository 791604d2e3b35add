/**
 * Filters of a Subscription: `DocumentReference?patient=Patient/1` in the backport's extension of `criteria`. What a topic can be
 * filtered by stands in its own `canFilterBy`; here stands what each parameter looks at.
 */
import type { DataFilter, FilterValue } from "../delivery/data-filter.ts";
import { AdapterError } from "../errors.ts";
import { backport } from "./names.ts";
import { localReference } from "./reference.ts";
import type { Topic, TopicFilter } from "./topic.ts";

/** Where the fan-out finds the type of the tenant's documents beside what an event says: `system|code`. */
export const documentTypePath = "data.documentType";

/** What a value may be compared with. */
export interface FilterContext {
  /** The EHR's FHIR base, without a trailing slash. */
  readonly ehrBase: string;
  /** Of the documents written here. */
  readonly documentType: { readonly system: string; readonly code: string };
}

const at = `Subscription.criteria.extension(${backport.filterCriteria.slice(backport.filterCriteria.lastIndexOf("/") + 1)})`;

function refuse(message: string): AdapterError {
  return new AdapterError("parameter_invalid", { at, message });
}

/** `a?x or a?y` for people. */
function offered({ filters }: Topic): string {
  return filters.map(({ resource, parameter }) => `${resource}?${parameter}`).join(", ");
}

/** The expression's resource and its parameters; the resource may be left out, as R5 lets filters do without it. */
function expressionOf(text: string): { readonly resource: string | undefined; readonly query: URLSearchParams } {
  const mark = text.indexOf("?");
  if (mark < 0) return { resource: undefined, query: new URLSearchParams(text) };
  return { resource: text.slice(0, mark), query: new URLSearchParams(text.slice(mark + 1)) };
}

function filterOf(topic: Topic, resource: string | undefined, parameter: string): TopicFilter {
  const found = topic.filters.find((one) => one.parameter === parameter && (resource ?? one.resource) === one.resource);
  if (found !== undefined) return found;
  throw refuse(`This topic is filtered by ${offered(topic)}, each by equality and without modifiers.`);
}

function referenceValue(parameter: string, type: string, value: string, { ehrBase }: FilterContext): string {
  const reference = localReference(value, type, ehrBase);
  if (reference === undefined) throw refuse(`${parameter} is the id of a ${type}, or its reference.`);
  return reference;
}

/** A token names a code with or without its system. */
function typeValue(value: string, { documentType: { system } }: FilterContext): string {
  return value.includes("|") ? value : `${system}|${value}`;
}

/** One of several types must be written here: a Subscription that nothing ever meets is most likely a typing error. */
function typeValues(values: readonly string[], context: FilterContext): readonly string[] {
  const { system, code } = context.documentType;
  const types = values.map((one) => typeValue(one, context));
  if (types.includes(`${system}|${code}`)) return types;
  throw refuse(`The documents written here are of type ${system}|${code}.`);
}

function conditionOf(
  { parameter }: TopicFilter,
  value: string,
  context: FilterContext,
): readonly [string, readonly string[]] {
  // A comma means "one of these", as in a search.
  const values = value.split(",");
  switch (parameter) {
    case "patient":
      return ["data.patient", values.map((one) => referenceValue(parameter, "Patient", one, context))];
    case "encounter":
      return ["data.encounter", values.map((one) => referenceValue(parameter, "Encounter", one, context))];
    case "type":
      return [documentTypePath, typeValues(values, context)];
  }
}

/**
 * What an event must say for the Subscription to be told. All conditions must hold (backport, row 95): two on one parameter leave
 * the values that both allow.
 * @param expressions values of the filter extensions
 * @throws AdapterError 400 for what the topic cannot be filtered by (row 63), and for conditions that nothing can meet
 */
export function readFilters(topic: Topic, expressions: readonly string[], context: FilterContext): DataFilter {
  const filter = new Map<string, FilterValue[]>();
  for (const text of expressions) {
    const { resource, query } = expressionOf(text);
    if (query.size === 0) throw refuse(`A filter is written like ${offered(topic).split(", ")[0] ?? ""}=value.`);
    for (const [name, value] of query) {
      const [path, values] = conditionOf(filterOf(topic, resource, name), value, context);
      const both = filter.get(path)?.filter((one) => values.some((other) => other === one)) ?? [...values];
      if (both.length === 0) throw refuse(`No event can meet all conditions on ${name}.`);
      filter.set(path, both);
    }
  }
  return Object.fromEntries(filter);
}
