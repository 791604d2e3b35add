/** The built-in write profiles: each file of the folder is one, read and checked before any setting is. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readDataFile } from "./data-file.ts";
import { writeSettings } from "./write-settings.ts";

const builtInProfile = z.strictObject({
  /** As `writeProfile.basedOn` names it; the file's name. */
  id: z.string().regex(/^[a-z][a-z0-9-]{1,31}$/u),
  /** Which EHRs it is for, and what it rests on. */
  about: z.string().min(1),
  settings: writeSettings,
  /** Why a member is as it is. */
  why: z.partialRecord(writeSettings.keyof(), z.string().min(1)),
});
export type BuiltInProfile = z.infer<typeof builtInProfile>;

/**
 * Every profile of a folder by its id.
 * @throws Error that names file and element where one is not as its schema wants it
 */
export function readProfiles(
  from: string = join(import.meta.dirname, "write-profiles"),
): ReadonlyMap<string, BuiltInProfile> {
  const files = readdirSync(from).filter((file) => file.endsWith(".json"));
  return new Map(
    files.toSorted().map((file) => {
      const read = readDataFile(file, readFileSync(join(from, file), "utf8"), builtInProfile);
      return [read.id, read];
    }),
  );
}
