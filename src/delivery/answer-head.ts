/** The head of what a receiver answered: kept sealed beside its attempt, because it may name a patient. */
import type { SealContext, Sealer } from "../db/sealer.ts";

/** Which attempt an answer belongs to; a head moved to another one does not open. */
export interface AttemptKey {
  readonly tenant: string;
  readonly endpoint: string;
  readonly sequence: number;
  readonly number: number;
}

/** A key serves so many deliveries: each anew would cost more than the sealing, and one for all time seals too much. */
const KEY_SPAN = 65_536;

const contextOf = ({ tenant, endpoint, sequence, number }: AttemptKey): SealContext => ({
  tenant,
  purpose: "attempt-answer",
  id: `${endpoint}:${Math.floor(sequence / KEY_SPAN)}`,
  version: `${sequence}.${number}`,
});

/** @returns base64, as the turn's JSON carries it */
export function sealAnswer(sealer: Sealer, head: Uint8Array, key: AttemptKey): string {
  return sealer.seal(head, contextOf(key)).toString("base64");
}

/** The answer as text; bytes that are no UTF-8, a cut character at the end too, become U+FFFD. */
export function openAnswer(sealer: Sealer, sealed: Uint8Array, key: AttemptKey): string {
  return sealer.open(sealed, contextOf(key)).toString("utf8");
}
