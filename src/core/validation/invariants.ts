/**
 * Invariants in FHIRPath, by the reference implementation. Those that hold for every element, or that no FHIRPath can say, are
 * checked by code of ours: a chart's document has hundreds of references, and `htmlChecks()` is defined in prose.
 */
import { compile } from "fhirpath";
import r4 from "fhirpath/fhir-context/r4";
import { isAllowedNarrative } from "../document/narrative-allowed.ts";
import type { Constraint } from "./definitions.ts";
import type { JsonObject } from "./json.ts";
import { isObject, listOf, stringOf } from "./json.ts";
import type { Scope } from "./scope.ts";

type Check = (value: unknown, scope: Scope) => boolean;

/** Compiled once, for as long as the program runs. */
export interface Invariants {
  /** Whether the constraint holds for a value of the element or type `base`. One that cannot be decided does not hold. */
  holds(constraint: Constraint, base: string, value: unknown, scope: Scope): boolean;
}

/** Each string that names a contained resource, `#id` or `#` for the container. */
function fragments(value: unknown): readonly string[] {
  if (typeof value === "string") return value.startsWith("#") ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(fragments);
  return isObject(value) ? Object.values(value).flatMap(fragments) : [];
}

const containedIn = (root: JsonObject): readonly JsonObject[] => listOf(root["contained"]).filter(isObject);

/** A fragment names a resource contained in the same root. */
function isContained(value: unknown, { root }: Scope): boolean {
  const reference = isObject(value) ? stringOf(value["reference"]) : undefined;
  if (reference === undefined || reference === "#" || !reference.startsWith("#")) return true;
  return containedIn(root).some(({ id }) => id === reference.slice(1));
}

/** What is contained is referred to, or refers to its container. */
function isReferredTo(resource: unknown): boolean {
  if (!isObject(resource)) return false;
  const contained = containedIn(resource);
  if (contained.length === 0) return true;
  const named = new Set(fragments(resource));
  return contained.every((one) => named.has(`#${stringOf(one["id"]) ?? ""}`) || fragments(one).includes("#"));
}

const hasWords = (xhtml: string): boolean => xhtml.replaceAll(/<[^>]*>/gu, "").trim() !== "";

const own: Readonly<Record<string, Check>> = {
  "ref-1": isContained,
  "dom-3": isReferredTo,
  // Stricter than FHIR: what leaves here has no attribute, no link and no image either.
  "txt-1": (value) => typeof value === "string" && isAllowedNarrative(value),
  "txt-2": (value) => typeof value === "string" && hasWords(value),
};

/** Makes an evaluator with a cache of its own. */
export function createInvariants(): Invariants {
  const compiled = new Map<string, Check>();
  return {
    holds({ key, expression }, base, value, scope) {
      const id = `${base} ${key}`;
      const known = compiled.get(id) ?? own[key] ?? compileInvariant(base, expression);
      compiled.set(id, known);
      return known(value, scope);
    },
  };
}

/** The library prints what `trace()` is given, and the specification's own invariants trace: a chart has no place on a console. */
const silent = { traceFn: () => undefined };

function compileInvariant(base: string, expression: string): Check {
  const evaluate = compile({ base, expression }, r4, silent);
  return (value, { resource, root }) => {
    try {
      const result: unknown = evaluate(value, { resource, rootResource: root });
      return Array.isArray(result) && result.length > 0 && result.every((one) => one === true);
    } catch {
      return false;
    }
  };
}
