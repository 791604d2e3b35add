/** What FHIR says of resources and data types, indexed for the walk over a resource. */

export interface Constraint {
  /** `bdl-9`. */
  readonly key: string;
  readonly human: string;
  /** FHIRPath. */
  readonly expression: string;
}

export interface ElementType {
  readonly code: string;
  /** Resource types that a Reference may point at; absent where nothing is said. */
  readonly targets?: readonly string[];
}

/** One element of a structure, as its snapshot says it. */
export interface ElementRule {
  readonly path: string;
  readonly min: number;
  /** A number, or `*`. */
  readonly max: string;
  readonly types?: readonly ElementType[];
  /** Path of the element whose content this one has too. */
  readonly contentReference?: string;
  /** Canonical URL of the value set that a code must be from. */
  readonly binding?: string;
  readonly constraints?: readonly Constraint[];
}

export interface StructureData {
  readonly name: string;
  readonly kind: "resource" | "complex-type" | "primitive-type";
  readonly abstract: boolean;
  readonly elements: readonly ElementRule[];
}

/** Codes by system. */
export type Expansion = Readonly<Record<string, readonly string[]>>;

export interface DefinitionData {
  readonly structures: readonly StructureData[];
  readonly valueSets: Readonly<Record<string, Expansion>>;
}

/** A JSON property of an object: which element it is, and in which of its types. */
export interface Property {
  readonly rule: ElementRule;
  readonly type: ElementType;
}

/** The elements directly below one. */
export interface Children {
  readonly rules: readonly ElementRule[];
  /** By the name in JSON: a choice of types has one for each. */
  readonly properties: ReadonlyMap<string, Property>;
}

export interface Structure {
  readonly name: string;
  readonly kind: StructureData["kind"];
  readonly abstract: boolean;
  /** Constraints of the type itself. */
  readonly constraints: readonly Constraint[];
  /** By the path of the parent, the structure's own name included. */
  readonly children: ReadonlyMap<string, Children>;
}

export interface Definitions {
  readonly structures: ReadonlyMap<string, Structure>;
  readonly valueSets: ReadonlyMap<string, Expansion>;
}

const choice = "[x]";

/** The last name of a path, without the mark of a choice. */
export function nameOf(path: string): string {
  const name = path.slice(path.lastIndexOf(".") + 1);
  return name.endsWith(choice) ? name.slice(0, -choice.length) : name;
}

const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** How an element is called in JSON: `effective[x]` once for each of its types. */
function propertiesOf(rule: ElementRule): readonly (readonly [string, Property])[] {
  const name = nameOf(rule.path);
  // What refers to another element's content has no type of its own.
  const types = rule.types ?? [{ code: "BackboneElement" }];
  const isChoice = rule.path.endsWith(choice);
  return types.map((type) => [isChoice ? name + capitalised(type.code) : name, { rule, type }] as const);
}

function indexStructure({ name, kind, abstract, elements }: StructureData): Structure {
  const below = Map.groupBy(
    elements.filter(({ path }) => path !== name),
    ({ path }) => path.slice(0, path.lastIndexOf(".")),
  );
  const children = [...below].map(([path, rules]) => {
    const properties = new Map(rules.flatMap(propertiesOf));
    return [path, { rules, properties }] as const;
  });
  const constraints = elements.find(({ path }) => path === name)?.constraints ?? [];
  return { name, kind, abstract, constraints, children: new Map(children) };
}

/** Indexes once what is looked up for every element. */
export function indexDefinitions({ structures, valueSets }: DefinitionData): Definitions {
  return {
    structures: new Map(structures.map((structure) => [structure.name, indexStructure(structure)])),
    valueSets: new Map(Object.entries(valueSets)),
  };
}
