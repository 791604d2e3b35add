/**
 * Search parameters held against a resource of ours: those of a search that no statement answers, and the conditions of granular
 * scopes (SMART 2.2, "Finer-grained resource constraints").
 */

export type Condition = readonly [name: string, value: string];

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

/** What stands at a path, lists laid flat. */
function at(value: unknown, path: string): readonly unknown[] {
  return path
    .split(".")
    .reduce<readonly unknown[]>(
      (found, name) => found.flatMap((one) => (isObject(one) ? [one[name] ?? []].flat() : [])),
      [value],
    );
}

/** Where each parameter looks, by type. A parameter that is not here can be met by nothing. */
const references: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Task: { patient: "for.reference", encounter: "encounter.reference" },
  DocumentReference: { patient: "subject.reference", encounter: "context.encounter.reference" },
};
const tokens: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Task: { status: "status", code: "code.coding" },
  DocumentReference: { status: "status", type: "type.coding", category: "category.coding" },
};
const typesReferredTo: Readonly<Record<string, string>> = { patient: "Patient", encounter: "Encounter" };

/** `1`, `Patient/1` and an absolute address mean the same; another server's record of that name does not. */
function isReference(found: unknown, wanted: string, type: string): boolean {
  if (typeof found !== "string") return false;
  if (wanted.includes("://")) return found === wanted;
  const relative = wanted.startsWith(`${type}/`) ? wanted : `${type}/${wanted}`;
  return found === relative || found.endsWith(`/${relative}`);
}

/** `code`, `system|code` or `|code`, as a search reads them (R4, 3.1.1.4.10). */
function isToken(found: unknown, wanted: string): boolean {
  const [first = "", code] = wanted.split("|");
  if (typeof found === "string") return found === (code ?? first);
  if (!isObject(found)) return false;
  return code === undefined ? found["code"] === first : found["code"] === code && (found["system"] ?? "") === first;
}

function meets(resource: Json, name: string, value: string): boolean {
  const type = String(resource["resourceType"]);
  const [reference, token] = [references[type]?.[name], tokens[type]?.[name]];
  const wanted = value.split(",");
  const target = typesReferredTo[name];
  if (reference !== undefined && target !== undefined)
    return at(resource, reference).some((found) => wanted.some((one) => isReference(found, one, target)));
  if (token !== undefined) return at(resource, token).some((found) => wanted.some((one) => isToken(found, one)));
  return false;
}

/** Whether all hold; each value that a comma divides is enough. */
export function meetsAll(resource: object, conditions: readonly Condition[]): boolean {
  return conditions.every(([name, value]) => meets({ ...resource }, name, value));
}
