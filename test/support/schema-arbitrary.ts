/** Instances made from a JSON Schema, and ways to spoil them a little. Knows the keywords that our own schemas use. */
import * as fc from "fast-check";

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const schemaAt = (value: unknown): Schema => (isSchema(value) ? value : {});
const number = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

/** A name and a text that nothing may ever repeat in an error: bodies hold charts. */
export const CANARY = "Chewbacca-canary";

const anything = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, "", CANARY, "\u0000", "\u202Eabc", "𝒳".repeat(40), [], {}, [[]]),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Instances of the schema by its structure; conditionals are left to whoever filters by a validator. */
export function arbitraryOf(root: Schema): fc.Arbitrary<unknown> {
  const definitions = schemaAt(root["$defs"]);
  const instance = (schema: Schema): fc.Arbitrary<unknown> => {
    const { $ref: reference, anyOf, const: constant, enum: values } = schema;
    if (typeof reference === "string") return instance(schemaAt(definitions[reference.replace("#/$defs/", "")]));
    if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map((form) => instance(schemaAt(form))));
    if (constant !== undefined) return fc.constant(constant);
    if (Array.isArray(values)) return fc.constantFrom(...values);
    return byType(schema);
  };
  const byType = (schema: Schema): fc.Arbitrary<unknown> => {
    switch (schema["type"]) {
      case "object":
        return objectOf(schema);
      case "array":
        return fc.array(instance(schemaAt(schema["items"])), {
          minLength: number(schema["minItems"], 0),
          maxLength: 3,
        });
      case "string":
        return textOf(schema);
      case "number":
        return fc.double({ min: 1, max: 86_400, noNaN: true });
      case "boolean":
        return fc.boolean();
      case "null":
        return fc.constant(null);
      default:
        return anything;
    }
  };
  const objectOf = (schema: Schema): fc.Arbitrary<unknown> => {
    const members = Object.entries(schemaAt(schema["properties"])).map(
      ([name, member]): [string, fc.Arbitrary<unknown>] => [name, instance(schemaAt(member))],
    );
    const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
    const known = fc.record<Record<string, unknown>, string>(Object.fromEntries(members), { requiredKeys: required });
    const more = schema["additionalProperties"];
    if (!isSchema(more)) return known;
    // Names that no schema of ours knows, so that an extra member is never a known one in the wrong form.
    const { pattern = "^x-[a-z]{1,8}$" } = schemaAt(schema["propertyNames"]);
    const names = fc.stringMatching(new RegExp(String(pattern), "u"), { maxLength: 40 });
    const minKeys = number(schema["minProperties"], 0);
    return fc.tuple(fc.dictionary(names, instance(more), { minKeys, maxKeys: 2 }), known).map(([extra, own]) => ({
      ...extra,
      ...own,
    }));
  };
  return instance(root);
}

function textOf({ pattern, minLength, maxLength }: Schema): fc.Arbitrary<unknown> {
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern, "u"));
  return fc.string({
    minLength: number(minLength, 0),
    maxLength: Math.min(number(maxLength, 40), 40),
    unit: "grapheme",
  });
}

/** Where in a value: one number a level, taken modulo the members there. */
type Way = readonly number[];
type Change =
  | { readonly kind: "drop" | "null" | "list" | "deep" | "huge" }
  | { readonly kind: "set"; readonly to: unknown };

const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom<Change>({ kind: "drop" }, { kind: "null" }, { kind: "list" }, { kind: "deep" }, { kind: "huge" }),
  anything.map((to): Change => ({ kind: "set", to })),
);

/** One to three places of an instance spoilt: left out, null, of another type, huge, deep, odd Unicode. */
export function spoilt(instances: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const way = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 });
  return fc
    .tuple(instances, fc.array(fc.tuple(way, changes), { minLength: 1, maxLength: 3 }))
    .map(([instance, spoils]) => spoils.reduce((value, [at, change]) => spoil(value, at, change), instance));
}

function spoil(value: unknown, [step, ...further]: Way, change: Change): unknown {
  if (step === undefined || typeof value !== "object" || value === null) return changed(value, change);
  const entries = Object.entries(value);
  const index = entries.length === 0 ? 0 : step % entries.length;
  const [name, member] = entries[index] ?? ["x-added", undefined];
  const next = further.length === 0 ? changed(member, change) : spoil(member, further, change);
  const kept = entries.filter(([other]) => other !== name);
  const members: [string, unknown][] = next === undefined ? kept : [...kept, [name, next]];
  return Array.isArray(value) ? members.map(([, item]) => item) : Object.fromEntries(members);
}

function changed(value: unknown, change: Change): unknown {
  switch (change.kind) {
    case "drop":
      return undefined;
    case "null":
      return null;
    case "list":
      return [value ?? CANARY];
    case "deep":
      return JSON.parse(`${"[".repeat(150)}${"]".repeat(150)}`);
    case "huge":
      return CANARY.repeat(5_000);
    case "set":
      return change.to;
  }
}
