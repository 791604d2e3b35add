/** Optional properties under exactOptionalPropertyTypes: absent, never present with the value undefined. */

type RequiredPart<T> = { [K in keyof T as object extends Pick<T, K> ? never : K]: T[K] };
type OptionalPart<T> = { [K in keyof T as object extends Pick<T, K> ? K : never]?: T[K] | undefined };

/** The object without the properties whose value is undefined. */
export function defined<T extends object>(value: RequiredPart<T> & OptionalPart<T>): T;
export function defined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}
