/** One thing that doctor looked at. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What it found; no secret in it. */
  readonly found: string;
  /** What mends it; only where it failed. */
  readonly fix?: string;
}

export const held = (name: string, found: string): Check => ({ name, ok: true, found });
export const broken = (name: string, found: string, fix: string): Check => ({ name, ok: false, found, fix });
