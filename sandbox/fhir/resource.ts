import type { Resource } from "@medplum/fhirtypes";

/** A FHIR resource as JSON. Fields are `unknown` until somebody looks: charts hold what they hold. */
export interface JsonResource {
  readonly resourceType: string;
  readonly id?: string;
  readonly [element: string]: unknown;
}

/** A resource that the store holds: it has an id and the version the server gave it. */
export interface StoredResource extends JsonResource {
  readonly id: string;
  readonly meta: { readonly versionId: string; readonly lastUpdated: string; readonly [element: string]: unknown };
}

/** A plain JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a parsed JSON value is shaped like a resource (not whether it is a valid one). */
export function isResource(value: unknown): value is JsonResource {
  return isObject(value) && typeof value["resourceType"] === "string";
}

/** The one place where our JSON view meets the library's typed view of the same object. */
export function asLibraryResource(resource: JsonResource): Resource {
  return resource as unknown as Resource;
}

/** `Type/id` of a stored resource. */
export function referenceTo(resource: { resourceType: string; id: string }): string {
  return `${resource.resourceType}/${resource.id}`;
}

const localReference = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/u;

/**
 * Brings a literal reference to the form `Type/id`: our own base URL and a version are dropped.
 *
 * @returns the local form, or undefined when it points elsewhere (another server, a contained resource, a URN, a search)
 */
export function localForm(reference: string, baseUrl: string): { type: string; id: string } | undefined {
  const relative = reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
  const [, type, id] = localReference.exec(relative) ?? [];
  return type !== undefined && id !== undefined ? { type, id } : undefined;
}

/**
 * Copies a JSON value, giving every literal reference (`reference` of a Reference) to `rewrite`.
 *
 * @param rewrite returns the replacement, or the same text to keep it
 */
export function rewriteReferences<T>(value: T, rewrite: (reference: string) => string): T {
  return rewriteValue(value, rewrite) as T;
}

function rewriteValue(value: unknown, rewrite: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => rewriteValue(item, rewrite));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key === "reference" && typeof item === "string" ? [key, rewrite(item)] : [key, rewriteValue(item, rewrite)],
    ),
  );
}
