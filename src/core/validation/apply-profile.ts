/** Applies a profile to a resource that FHIR's own rules were applied to. */
import { isDeepStrictEqual } from "node:util";
import { isFrom } from "./bindings.ts";
import type { IssueCode } from "./issue.ts";
import type { JsonObject } from "./json.ts";
import { isObject, listOf, stringOf } from "./json.ts";
import type { Profile, ProfileNode } from "./profile.ts";
import { typeNamed } from "./references.ts";
import type { Scope, Walk } from "./scope.ts";

interface Located {
  readonly value: unknown;
  readonly expression: string;
}

/** What applying needs besides the value. */
export interface Applying {
  readonly walk: Walk;
  readonly scope: Scope;
  /** Profiles by canonical URL, for elements that must conform to one of them. */
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** Applies the profile, and those that it builds on. */
export function applyProfile(applying: Applying, profile: Profile, resource: JsonObject, expression: string): void {
  if (resource["resourceType"] !== profile.type)
    return report(applying, "structure", expression, "resource-type", `The profile is of ${profile.type}.`);
  const base = applying.profiles.get(profile.base);
  if (base !== undefined) applyProfile(applying, base, resource, expression);
  checkNode(applying, profile.root, { value: resource, expression }, profile.type);
}

function report({ walk }: Applying, code: IssueCode, expression: string, rule: string, message: string): void {
  walk.issues.push({ code, expression, rule, message });
}

/** The values of an element in its parent, in JSON's name for it: a choice of types may have any of several. */
function valuesOf(parent: unknown, name: string, at: string): readonly Located[] {
  if (!isObject(parent)) return [];
  const chosen = Object.keys(parent).find((key) => key.startsWith(name) && /^[A-Z]/u.test(key.slice(name.length)));
  const value = parent[name] ?? (chosen === undefined ? undefined : parent[chosen]);
  if (!Array.isArray(value)) return value === undefined ? [] : [{ value, expression: `${at}.${name}` }];
  return value.map((one: unknown, index) => ({ value: one, expression: `${at}.${name}[${index}]` }));
}

/** `base` is the element's path in FHIR's terms, for the invariants. */
function checkNode(applying: Applying, node: ProfileNode, located: Located, base: string): void {
  checkRule(applying, node, located, base);
  for (const child of node.children) {
    const found = valuesOf(located.value, child.name, located.expression);
    const path = `${base}.${child.name}`;
    checkCount(applying, child, found.length, `${located.expression}.${child.name}`);
    for (const one of found) checkNode(applying, child, one, path);
    checkSlices(applying, child, found, `${located.expression}.${child.name}`, path);
  }
}

function checkCount(applying: Applying, { rule, sliceName }: ProfileNode, count: number, at: string): void {
  const which = sliceName === undefined ? "" : ` of the slice ${sliceName}`;
  if (rule?.min !== undefined && count < rule.min)
    report(applying, "required", at, "cardinality", `At least ${rule.min}${which} must be there.`);
  if (rule?.max !== undefined && rule.max !== "*" && count > Number(rule.max))
    report(applying, "structure", at, "cardinality", `At most ${rule.max}${which} may be there.`);
}

function checkRule(applying: Applying, node: ProfileNode, { value, expression }: Located, base: string): void {
  const { walk, scope } = applying;
  if (node.fixed !== undefined && !isDeepStrictEqual(value, node.fixed))
    report(applying, "value", expression, "fixed", "The element has the one value that the profile fixes.");
  if (node.pattern !== undefined && !holdsPattern(value, node.pattern))
    report(applying, "value", expression, "pattern", "The element holds what the profile's pattern says.");
  for (const constraint of node.rule?.constraint ?? [])
    if (!walk.invariants.holds(constraint, base, value, scope))
      report(applying, "invariant", expression, constraint.key, constraint.human);
  checkBoundCode(applying, node, value, expression);
  checkTypes(applying, node, value, expression);
}

function checkBoundCode(applying: Applying, { rule }: ProfileNode, value: unknown, expression: string): void {
  const valueSet = rule?.binding?.valueSet;
  const expansion = valueSet === undefined ? undefined : applying.walk.definitions.valueSets.get(valueSet);
  if (valueSet === undefined || (expansion !== undefined && isFrom(expansion, value))) return;
  report(applying, "code-invalid", expression, "binding", `The code must be from the value set ${valueSet}.`);
}

/** The types that are left, the targets of references, and the profiles of resources inside. */
function checkTypes(applying: Applying, { rule }: ProfileNode, value: unknown, expression: string): void {
  for (const { code, profile = [], targetProfile } of rule?.type ?? []) {
    const reference = code === "Reference" && isObject(value) ? stringOf(value["reference"]) : undefined;
    const target = reference === undefined ? undefined : targetTypeOf(applying, reference);
    if (target !== undefined && targetProfile !== undefined && !targetProfile.includes(target))
      report(
        applying,
        "structure",
        expression,
        "reference-target",
        `The reference may point at ${targetProfile.join(", ")} only.`,
      );
    for (const url of profile) {
      const known = applying.profiles.get(url);
      if (known === undefined || !isObject(value)) continue;
      const scope = { resource: value, root: value, holder: expression };
      applyProfile({ ...applying, scope }, known, value, expression);
    }
  }
}

function targetTypeOf({ scope }: Applying, reference: string): string | undefined {
  if (!reference.startsWith("#")) return typeNamed(reference);
  const contained = listOf(scope.root["contained"]).filter(isObject);
  return stringOf(contained.find(({ id }) => id === reference.slice(1))?.["resourceType"]);
}

/** Everything in the pattern is in the value; of a list, each of the pattern's in some of the value's. */
export function holdsPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern))
    return Array.isArray(value) && pattern.every((part) => value.some((one) => holdsPattern(one, part)));
  if (isObject(pattern))
    return isObject(value) && Object.entries(pattern).every(([name, part]) => holdsPattern(value[name], part));
  return value === pattern;
}

/** Each value belongs to the slice whose discriminator it has. */
function checkSlices(
  applying: Applying,
  { slices, rule }: ProfileNode,
  found: readonly Located[],
  at: string,
  path: string,
): void {
  const by = rule?.slicing?.discriminator[0];
  if (by === undefined) return;
  const unsliced = new Set(found);
  for (const slice of slices) {
    const members = found.filter(({ value }) => isInSlice(slice, by, value));
    checkCount(applying, slice, members.length, at);
    for (const member of members) {
      unsliced.delete(member);
      checkNode(applying, slice, member, path);
    }
  }
  if (rule?.slicing?.rules === "closed")
    for (const { expression } of unsliced)
      report(applying, "structure", expression, "slicing", "Nothing but the profile's slices may stand here.");
}

interface Discriminator {
  readonly type: "value" | "pattern" | "type";
  readonly path: string;
}

/** The part that tells slices apart: reached by name in the value and in the slice's own rules. */
function isInSlice(slice: ProfileNode, { type, path }: Discriminator, value: unknown): boolean {
  const names = path === "$this" ? [] : path.split(".");
  const told = names.reduce<ProfileNode | undefined>(
    (node, name) => node?.children.find((child) => child.name === name),
    slice,
  );
  const parts = names.reduce<readonly unknown[]>(
    (values, name) => values.flatMap((one) => (isObject(one) ? listOf(one[name]) : [])),
    [value],
  );
  if (told === undefined) return false;
  if (type === "type") {
    const types = told.rule?.type?.map(({ code }) => code) ?? [];
    return parts.some((part) => isObject(part) && types.includes(stringOf(part["resourceType"]) ?? ""));
  }
  return parts.some((part) =>
    told.fixed === undefined
      ? told.pattern !== undefined && holdsPattern(part, told.pattern)
      : isDeepStrictEqual(part, told.fixed),
  );
}
