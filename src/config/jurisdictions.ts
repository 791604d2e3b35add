/** The jurisdictions that a hospital can choose: each file of the folder is one, read and checked before any setting is. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AdapterError } from "../core/errors.ts";
import type { Jurisdiction } from "../core/jurisdiction/jurisdiction.ts";
import { languageOf } from "../core/language/language.ts";
import { readDataFile } from "./data-file.ts";
import { jurisdictionSchema } from "../core/jurisdiction/jurisdiction.ts";

const folder = join(import.meta.dirname, "jurisdictions");

/** Where nobody says otherwise. */
const usual = "us";

/**
 * Every jurisdiction of a folder by its id.
 * @throws Error that names file and element where one is not as its schema wants it, or bears another's name
 */
export function readJurisdictions(from: string): ReadonlyMap<string, Jurisdiction> {
  const files = readdirSync(from).filter((file) => file.endsWith(".json"));
  return new Map(
    files.toSorted().map((file) => {
      const read = readDataFile(file, readFileSync(join(from, file), "utf8"), jurisdictionSchema);
      return [read.id, read];
    }),
  );
}

const known = readJurisdictions(folder);

export const jurisdictionIds: readonly string[] = [...known.keys()];

/** @throws AdapterError internal for an id that no file bears: no checked configuration holds one */
export function jurisdictionById(id: string): Jurisdiction {
  const found = known.get(id);
  if (found === undefined) throw new AdapterError("internal", { detail: `no jurisdiction ${id}` });
  return found;
}

/** What a hospital chose, else what those of its language go by. */
export function jurisdictionOf(tenant: {
  readonly language: string;
  readonly generation: { readonly jurisdiction?: string | undefined };
}): Jurisdiction {
  const { jurisdiction } = tenant.generation;
  if (jurisdiction !== undefined) return jurisdictionById(jurisdiction);
  const language = languageOf(tenant.language);
  return [...known.values()].find(({ languages }) => languages.includes(language)) ?? jurisdictionById(usual);
}
