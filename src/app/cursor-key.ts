/** The key of cursors that callers are handed: one for all of them, so that each replica and route opens what another sealed. */
import { hkdfSync } from "node:crypto";

export function cursorKey(masterKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", masterKey, "", "handover cursor", 32));
}
