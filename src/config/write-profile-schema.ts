/**
 * How documents go into one EHR. A tenant names a built-in profile (`basedOn`; one file each in `write-profiles/`) and what of
 * it is different at this hospital.
 */
import { z } from "zod";
import { readProfiles } from "./write-profiles.ts";
import { writeSettings } from "./write-settings.ts";
import type { WriteSettings } from "./write-settings.ts";

export const writeProfiles = readProfiles();
const ids = [...writeProfiles.keys()];

const { shape } = writeSettings.partial();

/** Members that the tenant left out are the built-in profile's. */
export const writeProfileSchema = z
  .strictObject({
    /** A built-in profile; what is not set here is as it says. `handover document describe` shows the outcome. */
    basedOn: z.enum(ids).default("generic-r4"),
    ...shape,
  })
  .transform(({ basedOn, ...own }): WriteProfile => {
    const set = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    return { basedOn, own: Object.keys(set), ...builtIn(basedOn).settings, ...set };
  });

/** A tenant's settings, complete. */
export interface WriteProfile extends WriteSettings {
  readonly basedOn: string;
  /** Members that the tenant set itself. */
  readonly own: readonly string[];
}

/** @throws Error for a profile that no file holds: no checked configuration names one */
export function builtIn(id: string) {
  const found = writeProfiles.get(id);
  if (found === undefined) throw new Error(`no write profile ${id}`);
  return found;
}
