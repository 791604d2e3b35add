/** Profiles: a StructureDefinition's differential as a tree of rules that stand on top of FHIR's own. */
import { z } from "zod";

const targetName = z.url().transform((url) => url.slice(url.lastIndexOf("/") + 1));
const discriminator = z.strictObject({ type: z.enum(["value", "pattern", "type"]), path: z.string() });
const slicing = z.strictObject({
  discriminator: z.array(discriminator).length(1),
  rules: z.enum(["open", "closed"]),
  ordered: z.literal(false).optional(),
});

/** Members that begin so hold the one value, or the least, that an element must have. */
const valued = /^(?<kind>fixed|pattern)[A-Z][A-Za-z0-9]+$/u;

/** What of ElementDefinition is applied here, or said for readers only. */
const members = {
  id: z.string(),
  path: z.string(),
  sliceName: z.string().optional(),
  slicing: slicing.optional(),
  short: z.string().optional(),
  definition: z.string().optional(),
  min: z.int().optional(),
  max: z.string().optional(),
  type: z
    .array(
      z.strictObject({
        code: z.string(),
        profile: z.array(z.url()).optional(),
        targetProfile: z.array(targetName).optional(),
      }),
    )
    .optional(),
  mustSupport: z.boolean().optional(),
  binding: z.strictObject({ strength: z.literal("required"), valueSet: z.url() }).optional(),
  constraint: z
    .array(z.strictObject({ key: z.string(), severity: z.literal("error"), human: z.string(), expression: z.string() }))
    .optional(),
};

const element = z
  .looseObject(members)
  .refine(
    (given) => Object.keys(given).every((name) => Object.hasOwn(members, name) || valued.test(name)),
    "a keyword that nothing here understands",
  );

/**
 * The part of StructureDefinition that is used here. A keyword that this program does not apply is refused: a profile whose
 * rules are half looked at is worse than none.
 */
export const profileDefinition = z.looseObject({
  resourceType: z.literal("StructureDefinition"),
  url: z.url(),
  version: z.string(),
  kind: z.literal("resource"),
  abstract: z.literal(false),
  type: z.string(),
  baseDefinition: z.url(),
  derivation: z.literal("constraint"),
  differential: z.strictObject({ element: z.array(element).nonempty() }),
});

type Element = z.infer<typeof element>;

/** One element of the tree: its own rule, the elements below it, and its slices. */
export interface ProfileNode {
  /** Name of the element without `[x]`. */
  readonly name: string;
  readonly sliceName: string | undefined;
  readonly rule: Element | undefined;
  readonly fixed: unknown;
  readonly pattern: unknown;
  readonly children: ProfileNode[];
  readonly slices: ProfileNode[];
}

export interface Profile {
  readonly url: string;
  /** The resource type that it constrains. */
  readonly type: string;
  /** Another profile that it builds on, or FHIR's own definition. */
  readonly base: string;
  readonly root: ProfileNode;
}

function valueOf(rule: Element | undefined, wanted: "fixed" | "pattern"): unknown {
  const found = Object.entries(rule ?? {}).find(([name]) => valued.exec(name)?.groups?.["kind"] === wanted);
  return found?.[1];
}

function nodeOf(segment: string, rule: Element | undefined): ProfileNode {
  const [name = "", sliceName] = segment.split(":");
  return {
    name: name.replace("[x]", ""),
    sliceName,
    rule,
    fixed: valueOf(rule, "fixed"),
    pattern: valueOf(rule, "pattern"),
    children: [],
    slices: [],
  };
}

/** Puts the elements into the tree that their ids spell (`Provenance.agent:verifier.who`); parents nobody speaks of are made. */
function treeOf(elements: readonly Element[], type: string): ProfileNode {
  const rules = new Map(elements.map((rule) => [rule.id, rule]));
  const nodes = new Map<string, ProfileNode>();
  const nodeAt = (id: string): ProfileNode => {
    const known = nodes.get(id);
    if (known !== undefined) return known;
    const cut = id.lastIndexOf(".");
    const made = nodeOf(id.slice(cut + 1), rules.get(id));
    nodes.set(id, made);
    if (cut === -1) return made;
    if (made.sliceName === undefined) nodeAt(id.slice(0, cut)).children.push(made);
    else nodeAt(id.slice(0, id.lastIndexOf(":"))).slices.push(made);
    return made;
  };
  for (const { id } of elements) nodeAt(id);
  return nodeAt(type);
}

/**
 * Reads a StructureDefinition.
 * @throws ZodError where it says more than is understood here
 */
export function toProfile(resource: unknown): Profile {
  const { url, type, baseDefinition, differential } = profileDefinition.parse(resource);
  return { url, type, base: baseDefinition, root: treeOf(differential.element, type) };
}
