/** References: to a resource of an allowed type, that is there where it says so. */
import type { ElementType } from "./definitions.ts";
import type { JsonObject } from "./json.ts";
import { isObject, listOf, stringOf } from "./json.ts";
import type { Scope, Walk } from "./scope.ts";

const literal = /(?:^|\/)(?<type>[A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/u;

/** Type of the resource that a relative or absolute reference names; undefined for a URN, a fragment, a search. */
export function typeNamed(reference: string): string | undefined {
  return literal.exec(reference)?.groups?.["type"];
}

/** Absent where any type may stand there. */
function targetsOf({ targets }: ElementType): readonly string[] | undefined {
  return targets === undefined || targets.includes("Resource") ? undefined : targets;
}

/** Reports what the reference itself tells, and keeps it for the Bundle that it may stand in. */
export function meetReference(
  walk: Walk,
  type: ElementType,
  value: JsonObject,
  expression: string,
  { root, holder }: Scope,
): void {
  const reference = stringOf(value["reference"]);
  if (reference === undefined) return;
  const targets = targetsOf(type);
  const contained = listOf(root["contained"]).filter(isObject);
  const named = reference.startsWith("#")
    ? stringOf(contained.find(({ id }) => id === reference.slice(1))?.["resourceType"])
    : typeNamed(reference);
  const said = stringOf(value["type"]);
  if (named !== undefined && said !== undefined && said !== named)
    reportReference(walk, expression, "reference-type", "Reference.type is the type of what the reference names.");
  checkTarget(walk, targets, named, expression);
  walk.references.push({ expression, reference, holder, ...(targets === undefined ? {} : { targets }) });
}

/** Reports a target of a type that may not stand there; an unknown type may. */
export function checkTarget(
  walk: Walk,
  targets: readonly string[] | undefined,
  type: string | undefined,
  expression: string,
): void {
  if (type === undefined || targets === undefined || targets.includes(type)) return;
  reportReference(walk, expression, "reference-target", `The reference may point at ${targets.join(", ")} only.`);
}

export function reportReference(walk: Walk, expression: string, rule: string, message: string): void {
  const code = rule === "reference-unresolved" ? "not-found" : "structure";
  walk.issues.push({ code, expression, rule, message });
}
