/** What an access token may do, by the scopes it came with: those of SMART 2 (`patient/Observation.rs`) and of 1.0 (`.read`). */

/** Create, read, update, delete, search. */
export type Right = "c" | "r" | "u" | "d" | "s";

const form = /^(?:patient|user|system)\/(?<type>\*|[A-Z][A-Za-z]+)\.(?<rights>read|write|\*|c?r?u?d?s?)(?:\?.*)?$/u;
const rightsOfVersion1: Readonly<Record<string, string>> = { read: "rs", write: "cud", "*": "cruds" };

/**
 * Whether the right was granted. True also where the scopes hold no word about resources: a server may leave out what it
 * granted as asked (RFC 6749, 5.1), and then only the EHR itself can tell.
 *
 * @param scope scope names with spaces between; undefined where the token response had none
 */
export function isGranted(scope: string | undefined, type: string, right: Right): boolean {
  const grants = (scope ?? "")
    .split(" ")
    .map((name) => form.exec(name)?.groups)
    .filter((groups) => groups !== undefined);
  const covers = ({ type: of, rights = "" }: Readonly<Record<string, string>>): boolean =>
    (of === "*" || of === type) && (rightsOfVersion1[rights] ?? rights).includes(right);
  return grants.length === 0 || grants.some((groups) => covers(groups));
}
