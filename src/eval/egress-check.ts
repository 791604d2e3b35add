/** Whether a request to a provider tells who the patient is. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import type { Check } from "./checks.ts";
import { check } from "./checks.ts";

/** Names, numbers, addresses and birth date of the patients in a Bundle: what a chart of a hospital's own is searched for. */
export function identifiersOf(bundle: Bundle<FhirResource>): readonly string[] {
  const patients = (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === "Patient" ? [resource] : [],
  );
  const values = patients.flatMap(({ name = [], identifier = [], telecom = [], address = [], birthDate }) => [
    ...name.flatMap(({ family, given = [] }) => [family, ...given]),
    ...[...identifier, ...telecom].map(({ value }) => value),
    ...address.flatMap(({ line = [], postalCode }) => [...line, postalCode]),
    birthDate,
  ]);
  return [...new Set(values.flatMap((value) => (value === undefined || value.length < 4 ? [] : [value])))];
}

const isLetter = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);

/** As a word of its own: a given name Mark is not found in "marked". */
function stands(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
    if (!isLetter(text[at - 1]) && !isLetter(text[at + value.length])) return true;
  return false;
}

/** Each identifier against all bodies that were sent. */
export function egressCheck(bodies: readonly string[], identifiers: readonly string[]): Check {
  const sent = bodies.join("\n").toLowerCase();
  return check("phi.identifiers", bodies.length === 0 ? [] : identifiers, (value) =>
    stands(sent, value.toLowerCase()) ? { what: `"${value}" was sent to the provider`, references: [] } : undefined,
  );
}
