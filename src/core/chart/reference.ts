/** FHIR references as text: the forms in which charts write them, brought to the one relative form `Type/id`. */

const typeAndId = /(?:^|\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/u;

/**
 * `Type/id` of a relative, absolute or versioned reference; undefined for contained (`#x`), `urn:` and conditional
 * (`Patient?identifier=...`) references, which name no id.
 */
export function relativeReference(reference: string): string | undefined {
  // Charts hold resources that are no valid R4: a reference may be no text.
  if (typeof reference !== "string") return undefined;
  if (reference.startsWith("#") || reference.startsWith("urn:") || reference.includes("?")) return undefined;
  const match = typeAndId.exec(reference);
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}

/** Resource type that a reference names, whatever its form; undefined where it names none. */
export function referencedType(reference: string): string | undefined {
  const relative = relativeReference(reference);
  if (relative !== undefined) return relative.split("/")[0];
  return /^([A-Z][A-Za-z]+)\?/u.exec(reference)?.[1];
}

/** `system|value` of a conditional reference `Patient?identifier=system|value`. */
export function conditionalIdentifier(reference: string): string | undefined {
  const value = /[?&]identifier=([^&]+)/u.exec(reference)?.[1];
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** A copy of `value` in which every `reference` string has gone through `rename`; parts without one are shared. */
export function rewriteReferences<T>(value: T, rename: (reference: string) => string): T;
export function rewriteReferences(value: unknown, rename: (reference: string) => string): unknown {
  if (Array.isArray(value)) return rewriteArray(value, rename);
  if (value === null || typeof value !== "object") return value;
  let changed = false;
  const copy: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const next = key === "reference" && typeof child === "string" ? rename(child) : rewriteReferences(child, rename);
    changed ||= next !== child;
    copy[key] = next;
  }
  return changed ? copy : value;
}

function rewriteArray(values: readonly unknown[], rename: (reference: string) => string): readonly unknown[] {
  const next = values.map((child) => rewriteReferences(child, rename));
  return next.some((child, index) => child !== values[index]) ? next : values;
}
