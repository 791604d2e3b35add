/** Optional properties under exactOptionalPropertyTypes: absent, never present with the value undefined. */

type RequiredPart<T> = { [K in keyof T as object extends Pick<T, K> ? never : K]: T[K] };
type OptionalPart<T> = { [K in keyof T as object extends Pick<T, K> ? K : never]?: T[K] | undefined };

/** The object without the properties whose value is undefined. */
export function defined<T extends object>(value: RequiredPart<T> & OptionalPart<T>): T;
export function defined(value: object): object {
  // Called for every fact of a chart: a loop takes a third of what filtered entries take.
  const kept: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) kept[key] = item;
  return kept;
}
