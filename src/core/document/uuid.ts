/** UUIDs made from names (RFC 9562, version 5): the same document has the same ids whoever builds it, and whenever. */
import { createHash } from "node:crypto";

/** The URL namespace of RFC 9562, section 6.6. */
const urlNamespace = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/** Version 5 UUID of `name` in the URL namespace. */
export function uuidOf(name: string): string {
  const bytes = createHash("sha1").update(urlNamespace).update(name, "utf8").digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/u, "$1-$2-$3-$4-");
}
