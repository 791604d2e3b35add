/**
 * An object without its members that are null. CDS Hooks forbids null nearly everywhere (row 3), and EHRs send it all the
 * same for what they do not have: it means the same as leaving the member out. Anything else stays as it is.
 */
export function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** The same at every depth: only for what has no place where null says something. */
export function withoutAnyNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAnyNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name, withoutAnyNulls(member)]])),
  );
}
