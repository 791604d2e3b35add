/** The walk over a resource: known elements, as many as may be, of the right types, from the right codes, keeping the invariants. */
import { checkBinding } from "./bindings.ts";
import type { Children, ElementRule, ElementType, Property, Structure } from "./definitions.ts";
import { nameOf } from "./definitions.ts";
import type { IssueCode } from "./issue.ts";
import type { JsonObject } from "./json.ts";
import { isObject, listOf } from "./json.ts";
import { isPrimitiveValue } from "./primitives.ts";
import { meetReference } from "./references.ts";
import type { Scope, Walk } from "./scope.ts";

function report(walk: Walk, code: IssueCode, expression: string, rule: string, message: string): void {
  walk.issues.push({ code, expression, rule, message });
}

/** A resource at `expression`; `container` where it is contained in another. */
export function checkResource(walk: Walk, value: unknown, expression: string, container?: Scope): void {
  const type = isObject(value) ? value["resourceType"] : undefined;
  const structure = typeof type === "string" ? walk.definitions.structures.get(type) : undefined;
  if (!isObject(value) || structure?.kind !== "resource" || structure.abstract) {
    report(
      walk,
      "not-supported",
      expression,
      "resource-type",
      "A resource of a type that is sent from here stands here.",
    );
    return;
  }
  const scope: Scope = { resource: value, root: container?.root ?? value, holder: container?.holder ?? expression };
  checkConstraints(walk, structure.constraints, structure.name, value, expression, scope);
  checkChildren(walk, structure, structure.name, value, expression, scope);
}

function checkConstraints(
  walk: Walk,
  constraints: Structure["constraints"],
  base: string,
  value: unknown,
  expression: string,
  scope: Scope,
): void {
  for (const constraint of constraints)
    if (!walk.invariants.holds(constraint, base, value, scope))
      report(walk, "invariant", expression, constraint.key, constraint.human);
}

/** The properties of an object whose elements stand below `path` in `structure`. */
function checkChildren(
  walk: Walk,
  structure: Structure,
  path: string,
  object: JsonObject,
  expression: string,
  scope: Scope,
): void {
  const children = structure.children.get(path) ?? { rules: [], properties: new Map<string, Property>() };
  const isResource = structure.kind === "resource" && path === structure.name;
  const names = Object.keys(object).filter((name) => !(isResource && name === "resourceType"));
  if (names.every((name) => name === "id") && !isResource)
    report(walk, "structure", expression, "ele-1", "An element has a value or children.");
  for (const name of names) {
    const property = children.properties.get(name) ?? siblingOf(children, name);
    if (property === undefined)
      report(walk, "structure", `${expression}.${name}`, "unknown-element", "The element is none of FHIR R4's.");
  }
  checkExtension(walk, structure, object, expression);
  for (const rule of children.rules) checkElement(walk, structure, children, rule, { object, expression, scope });
}

/** `_birthDate` carries id and extensions of `birthDate`; only primitive ones have it. */
function siblingOf({ properties }: Children, name: string): Property | undefined {
  const property = name.startsWith("_") ? properties.get(name.slice(1)) : undefined;
  return property !== undefined && /^[a-z]/u.test(property.type.code) ? property : undefined;
}

/** ext-1, of every extension: a value or extensions of its own, not both. */
function checkExtension(walk: Walk, structure: Structure, object: JsonObject, expression: string): void {
  if (structure.name !== "Extension") return;
  const hasValue = Object.keys(object).some((name) => /^_?value[A-Z]/u.test(name));
  if (hasValue === (object["extension"] !== undefined))
    report(walk, "invariant", expression, "ext-1", "Must have either extensions or value[x], not both");
}

interface Parent {
  readonly object: JsonObject;
  readonly expression: string;
  readonly scope: Scope;
}

/** One element of a parent, in whichever of its types it is there. */
function checkElement(
  walk: Walk,
  structure: Structure,
  { properties }: Children,
  rule: ElementRule,
  parent: Parent,
): void {
  const { object, expression } = parent;
  const present = [...properties].filter(
    ([name, property]) => property.rule === rule && (object[name] !== undefined || object[`_${name}`] !== undefined),
  );
  const at = `${expression}.${nameOf(rule.path)}`;
  if (present.length > 1)
    return report(walk, "structure", at, "choice", "An element with a choice of types is there in one of them.");
  const counts = present.map(([name]) => checkProperty(walk, structure, rule, name, parent));
  const count = counts.reduce((sum, one) => sum + one, 0);
  if (count < rule.min) report(walk, "required", at, "cardinality", `At least ${rule.min} must be there.`);
  if (rule.max !== "*" && count > Number(rule.max))
    report(walk, "structure", at, "cardinality", `At most ${rule.max} may be there.`);
}

/** The values of one property, and how many they are. */
function checkProperty(walk: Walk, structure: Structure, rule: ElementRule, name: string, parent: Parent): number {
  const { object, scope } = parent;
  const type = structure.children.get(rule.path.slice(0, rule.path.lastIndexOf(".")))?.properties.get(name)?.type;
  const at = `${parent.expression}.${nameOf(rule.path)}`;
  const [value, sibling] = [object[name], object[`_${name}`]];
  const repeats = rule.max !== "1" && rule.max !== "0";
  if ([value, sibling].some((one) => one !== undefined && Array.isArray(one) !== repeats)) {
    report(
      walk,
      "structure",
      at,
      "list",
      repeats ? "The element is a list in JSON." : "The element is no list in JSON.",
    );
    return listOf(value ?? sibling).length;
  }
  if (type === undefined) return 0;
  const [values, siblings] = [listOf(value), listOf(sibling)];
  const count = Math.max(values.length, siblings.length);
  // A list in JSON is there or absent, never empty.
  if (count === 0) report(walk, "structure", at, "list", "A list is never empty.");
  for (let index = 0; index < count; index += 1) {
    const place = repeats ? `${at}[${index}]` : at;
    checkValue(walk, { structure, rule, type }, values[index], siblings[index], place, scope);
  }
  return count;
}

interface Typed {
  readonly structure: Structure;
  readonly rule: ElementRule;
  readonly type: ElementType;
}

function checkValue(
  walk: Walk,
  typed: Typed,
  value: unknown,
  sibling: unknown,
  expression: string,
  scope: Scope,
): void {
  const { rule, type } = typed;
  if (type.code === "Resource") {
    const isContained = rule.path.endsWith(".contained");
    return checkResource(walk, value, expression, isContained ? scope : undefined);
  }
  const structure = walk.definitions.structures.get(type.code);
  if (structure?.kind === "primitive-type") checkPrimitive(walk, type, value, sibling, expression);
  else if (isObject(value)) checkComplex(walk, typed, value, expression, scope);
  else report(walk, "structure", expression, "type", "The element has elements of its own.");
  if (value === undefined || value === null) return;
  checkConstraints(walk, rule.constraints ?? [], rule.path, value, expression, scope);
  if (rule.binding !== undefined) checkBinding(walk, rule.binding, value, expression);
}

/** `null` keeps the place of a value that has extensions only. */
function checkPrimitive(walk: Walk, type: ElementType, value: unknown, sibling: unknown, expression: string): void {
  if (isObject(sibling)) {
    const structure = walk.definitions.structures.get("Element");
    const scope = { resource: sibling, root: sibling, holder: expression };
    if (structure !== undefined) checkChildren(walk, structure, "Element", sibling, expression, scope);
  }
  if (isObject(sibling) && (value === undefined || value === null)) return;
  if (!isPrimitiveValue(type.code, value))
    report(walk, "value", expression, "type", `The value is no ${type.code} as FHIR writes one.`);
}

/** An object: of a data type, or of elements that the structure itself lists. */
function checkComplex(walk: Walk, typed: Typed, value: JsonObject, expression: string, scope: Scope): void {
  const { structure, rule, type } = typed;
  const path = rule.contentReference ?? rule.path;
  if (structure.children.has(path)) return checkChildren(walk, structure, path, value, expression, scope);
  const own = walk.definitions.structures.get(type.code);
  if (own === undefined) return;
  checkConstraints(walk, own.constraints, own.name, value, expression, scope);
  checkChildren(walk, own, own.name, value, expression, scope);
  if (own.name === "Reference") meetReference(walk, type, value, expression, scope);
}
