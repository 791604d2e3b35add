/** The profiles and value sets of fhir-profiles/, read once at the start. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Expansion } from "../core/validation/definitions.ts";
import type { Profile } from "../core/validation/profile.ts";
import { toProfile } from "../core/validation/profile.ts";

const folder = join(import.meta.dirname, "..", "..", "fhir-profiles");
/** The address that the files are written for; every installation has its own. */
const writtenFor = "https://adapter.example";

export interface Conformance {
  readonly profiles: readonly Profile[];
  /** Codes by the value set's canonical URL. */
  readonly valueSets: ReadonlyMap<string, Expansion>;
}

const identified = z.looseObject({ resourceType: z.string(), id: z.string() });

/** Lists its codes: a value set that has to be worked out elsewhere could not be checked here. */
const valueSet = z.looseObject({
  resourceType: z.literal("ValueSet"),
  url: z.url(),
  compose: z.strictObject({
    include: z.array(
      z.strictObject({
        system: z.url(),
        concept: z.array(z.strictObject({ code: z.string(), display: z.string().optional() })).nonempty(),
      }),
    ),
  }),
});

function expansionOf(resource: unknown): readonly [string, Expansion] {
  const { url, compose } = valueSet.parse(resource);
  return [
    url,
    Object.fromEntries(compose.include.map(({ system, concept }) => [system, concept.map(({ code }) => code)])),
  ];
}

const textsOf = (type: string, from: string): readonly string[] =>
  globSync(`${type}-*.json`, { cwd: from })
    .toSorted()
    .map((file) => readFileSync(join(from, file), "utf8"));

/** @throws ZodError where a file says more than this program applies: a start must not go on then */
export function loadConformance(from: string = folder): Conformance {
  const read = (type: string): readonly unknown[] => textsOf(type, from).map((text): unknown => JSON.parse(text));
  return {
    profiles: read("StructureDefinition").map(toProfile),
    valueSets: new Map(read("ValueSet").map(expansionOf)),
  };
}

/** What anybody may read of it, by its path below the FHIR base, set to this installation's address. */
export function publishedConformance(publicUrl: string, from: string = folder): ReadonlyMap<string, unknown> {
  const texts = ["StructureDefinition", "ValueSet", "CodeSystem"].flatMap((type) => textsOf(type, from));
  return new Map(
    texts.map((text) => {
      const resource = identified.parse(JSON.parse(text.replaceAll(writtenFor, publicUrl)));
      return [`${resource.resourceType}/${resource.id}`, resource];
    }),
  );
}
