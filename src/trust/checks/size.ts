import { refuse } from "../refusal.ts";

/** Signed claims of a hook call take under 2 KiB; what is larger is not decoded at all (attack list 9, 14). */
const MAX_CHARACTERS = 8192;

export function checkSize(compact: string): void {
  if (compact.length === 0 || compact.length > MAX_CHARACTERS) refuse("jwt.size");
}
