/** Required bindings: a code from this value set and from no other. */
import type { Expansion } from "./definitions.ts";
import { isObject, listOf, stringOf } from "./json.ts";
import type { Walk } from "./scope.ts";

/** A code alone has its system from the value set. */
function holdsCode(expansion: Expansion, code: string, system: string | undefined): boolean {
  if (system === undefined) return Object.values(expansion).some((codes) => codes.includes(code));
  return Object.hasOwn(expansion, system) && expansion[system]?.includes(code) === true;
}

function isCodingOf(expansion: Expansion, coding: unknown): boolean {
  const code = isObject(coding) ? stringOf(coding["code"]) : undefined;
  const system = isObject(coding) ? stringOf(coding["system"]) : undefined;
  return code !== undefined && system !== undefined && holdsCode(expansion, code, system);
}

/** Whether a code, Coding, CodeableConcept or Quantity has a code of the value set. */
export function isFrom(expansion: Expansion, value: unknown): boolean {
  if (typeof value === "string") return holdsCode(expansion, value, undefined);
  if (!isObject(value)) return false;
  if (value["coding"] === undefined) return isCodingOf(expansion, value);
  return listOf(value["coding"]).some((coding) => isCodingOf(expansion, coding));
}

/** Reports a value that is not from the value set. The value sets that nobody can list (media types) are not known here. */
export function checkBinding(walk: Walk, valueSet: string, value: unknown, expression: string): void {
  const expansion = walk.definitions.valueSets.get(valueSet);
  if (expansion === undefined || isFrom(expansion, value)) return;
  walk.issues.push({
    code: "code-invalid",
    expression,
    rule: "binding",
    message: `The code must be from the value set ${valueSet}.`,
  });
}
