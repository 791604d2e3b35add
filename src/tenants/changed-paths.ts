/** Where two settings differ, by dotted paths and without the values, which may be secret. */
import { isDeepStrictEqual } from "node:util";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Entries by their `id`, where every entry has one: a list in another order is then the same list. */
function byId(list: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const entries = new Map<string, unknown>();
  for (const entry of list) {
    const id = isRecord(entry) ? entry["id"] : undefined;
    if (typeof id === "string") entries.set(id, entry);
  }
  return entries.size === list.length ? entries : undefined;
}

function members(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) return byId(value);
  return isRecord(value) ? new Map(Object.entries(value)) : undefined;
}

/**
 * The smallest parts that differ: `ehr.fhirBaseUrl`, `endpoints.his.url`. A list whose entries have no id is one part.
 * @returns sorted; empty where both are the same
 */
export function changedPaths(before: unknown, after: unknown): readonly string[] {
  return [...walk(before, after, "")].toSorted();
}

function* walk(before: unknown, after: unknown, path: string): Generator<string> {
  if (isDeepStrictEqual(before, after)) return;
  const [left, right] = [members(before), members(after)];
  if (left === undefined || right === undefined || Array.isArray(before) !== Array.isArray(after)) {
    yield path === "" ? "(all)" : path;
    return;
  }
  for (const name of new Set([...left.keys(), ...right.keys()]))
    yield* walk(left.get(name), right.get(name), path === "" ? name : `${path}.${name}`);
}
