/** One thing that doctor looked at. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What it found; no secret in it. */
  readonly found: string;
  /** What mends it. Where the check holds: what to do about it all the same, or whom to ask. */
  readonly fix?: string;
}

export const held = (name: string, found: string): Check => ({ name, ok: true, found });
/** Works as it is, and somebody should know of it. */
export const noted = (name: string, found: string, fix: string): Check => ({ name, ok: true, found, fix });
export const broken = (name: string, found: string, fix: string): Check => ({ name, ok: false, found, fix });
/** Nothing was proven, because something else stands in the way: no hit, and no second fault to look for. */
export const notLookedAt = (name: string, because: string): Check =>
  broken(name, `not looked at: ${because}`, "Mend that first, then run this again.");
