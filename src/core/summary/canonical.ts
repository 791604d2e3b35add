/** The bytes that a signature, an attachment hash and an ETag speak about: one for one with the content of the sections. */
import { createHash } from "node:crypto";
import type { Section } from "./summary.ts";

/** JSON with sorted keys and no blanks (the ordering rule of RFC 8785), so that the order of assignment leaves no trace. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

/** Canonical text of the sections, evidence included: equal sections give equal bytes, different ones different bytes. */
export function canonicalText(sections: readonly Section[]): string {
  return canonicalJson(sections);
}

/** Hex SHA-256 of the canonical text in UTF-8. */
export function sha256(sections: readonly Section[]): string {
  return createHash("sha256").update(canonicalText(sections), "utf8").digest("hex");
}
