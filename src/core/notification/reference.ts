/** References as clients write them in searches and filters. */

/**
 * A reference as the EHR's relative one: `9`, `Encounter/9` and the EHR's absolute URL mean the same. Undefined for anything else.
 * @param ehrBase the EHR's FHIR base, without a trailing slash
 */
export function localReference(value: string, type: string, ehrBase: string): string | undefined {
  const relative = value.startsWith(`${ehrBase}/`) ? value.slice(ehrBase.length + 1) : value;
  const id = relative.startsWith(`${type}/`) ? relative.slice(type.length + 1) : relative;
  return /^[A-Za-z0-9\-.]{1,64}$/u.test(id) ? `${type}/${id}` : undefined;
}
