import { evalFhirPathTyped, LRUCache, toTypedValue } from "@medplum/core";
import type { FhirPathAtom, TypedValue } from "@medplum/core";
import type { SearchParameterDefinition } from "./definitions.ts";
import { asLibraryResource, isObject } from "./resource.ts";
import type { StoredResource } from "./resource.ts";
import { dateRange, periodRange } from "./search-dates.ts";
import type { TimeRange } from "./search-dates.ts";

/** A searchable code; `system` is null where the element's binding implies it (a plain `code`), so any asked system fits. */
export interface Token {
  readonly system: string | undefined | null;
  readonly code: string | undefined;
}

/** What a search parameter finds in one resource, ready to compare. */
export interface SearchValues {
  readonly tokens: readonly Token[];
  /** `Type/id`, or the reference as written when it is not local. */
  readonly references: readonly string[];
  readonly dates: readonly TimeRange[];
  /** As written; comparisons fold them. */
  readonly strings: readonly string[];
  readonly uris: readonly string[];
  /** Whether the element is there at all (`:missing`). */
  readonly present: boolean;
}

const empty = { tokens: [], references: [], dates: [], strings: [], uris: [] };
const expressions = new LRUCache<FhirPathAtom>(1_000);

/** Evaluates a search parameter over a resource. */
export function searchValues(resource: StoredResource, parameter: SearchParameterDefinition): SearchValues {
  const found = evalFhirPathTyped(parameter.expression, [toTypedValue(asLibraryResource(resource))], {}, expressions);
  const values = { ...empty, present: found.length > 0 };
  switch (parameter.type) {
    case "token":
      return { ...values, tokens: found.flatMap(tokensOf) };
    case "reference":
      return { ...values, references: found.flatMap(referencesOf) };
    case "date":
      return { ...values, dates: found.flatMap(datesOf) };
    case "string":
      return { ...values, strings: found.flatMap(stringsOf) };
    default:
      return { ...values, uris: found.flatMap(({ value }) => (typeof value === "string" ? [value] : [])) };
  }
}

function tokensOf({ type, value }: TypedValue): Token[] {
  if (!isObject(value)) return [{ system: null, code: String(value) }];
  const text = (key: string): string | undefined => (typeof value[key] === "string" ? value[key] : undefined);
  if (type === "CodeableConcept")
    return listOf(value["coding"]).flatMap((coding) => tokensOf({ type: "Coding", value: coding }));
  if (type === "Coding") return [{ system: text("system"), code: text("code") }];
  if (type === "Identifier") return [{ system: text("system"), code: text("value") }];
  return type === "ContactPoint" ? [{ system: null, code: text("value") }] : [];
}

function referencesOf({ value }: TypedValue): string[] {
  if (typeof value === "string") return [value];
  const reference = isObject(value) ? value["reference"] : undefined;
  if (typeof reference !== "string" || reference.startsWith("#")) return [];
  return [reference.replace(/\/_history\/.*$/u, "")];
}

function datesOf({ value }: TypedValue): TimeRange[] {
  if (typeof value === "string") return present(dateRange(value));
  if (!isObject(value)) return [];
  const events = listOf(value["event"]).flatMap((event) =>
    typeof event === "string" ? present(dateRange(event)) : [],
  );
  return events.length > 0 ? events : present(periodRange(value));
}

const namedParts = [
  "text",
  "family",
  "given",
  "prefix",
  "suffix",
  "line",
  "city",
  "district",
  "state",
  "postalCode",
  "country",
];

function stringsOf({ value }: TypedValue): string[] {
  if (typeof value === "string") return [value];
  if (!isObject(value)) return [];
  return namedParts.flatMap((part) => listOf(value[part])).flatMap((text) => (typeof text === "string" ? [text] : []));
}

/** String search ignores case and accents (search.html#string). */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replaceAll(/\p{Mn}/gu, "")
    .toLowerCase();
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
