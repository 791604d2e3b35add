import { applyPatch, formatSearchQuery } from "@medplum/core";
import type { Operation, SearchRequest, WithId } from "@medplum/core";
import { FhirRepository } from "@medplum/fhir-router";
import type { CreateResourceOptions, DeleteResourceOptions, UpdateResourceOptions } from "@medplum/fhir-router";
import type { Bundle, BundleEntry, Parameters, Reference, Resource } from "@medplum/fhirtypes";
import type { Access } from "./access.ts";
import { badRequest, refuse } from "./outcome.ts";
import { isResource, localForm, referenceTo, rewriteReferences } from "./resource.ts";
import type { JsonResource, StoredResource } from "./resource.ts";
import { findMatches } from "./search.ts";
import { parseSearchQuery } from "./search-query.ts";
import type { FhirState } from "./state.ts";
import type { Version } from "./store.ts";
import { requireValid } from "./validation.ts";

/**
 * What the library's router writes to and reads from, for one caller: our store, with scope and compartment checks,
 * validation and version rules on the way. A new one is made for each request.
 */
export class CallerRepository extends FhirRepository {
  private readonly state: FhirState;
  private readonly access: Access;
  private postponed: (() => void)[] | undefined;

  constructor(state: FhirState, access: Access) {
    super();
    this.state = state;
    this.access = access;
  }

  override setMode(): void {
    // Replicas are not modelled: reader and writer are the same store.
  }

  override generateId(): string {
    return this.state.newId();
  }

  /** The id is the server's, unless a transaction assigned it (http.html#create: a client's id is ignored). */
  override async createResource<T extends Resource>(resource: T, options?: CreateResourceOptions): Promise<WithId<T>> {
    const id = (options?.assignedId && resource.id) || this.generateId();
    this.access.require(resource.resourceType, "c");
    return answer<T>(this.write({ ...toJson(resource), id }, "POST", "c"));
  }

  override async readResource<T extends Resource>(type: string, id: string): Promise<WithId<T>> {
    return answer<T>(this.read(type, id));
  }

  override async readReference<T extends Resource>(reference: Reference<T>): Promise<WithId<T>> {
    const local = localForm(reference.reference ?? "", this.state.baseUrl);
    if (!local) throw refuse(404, "not-found", "The reference does not point into this server");
    return answer<T>(this.read(local.type, local.id));
  }

  override async readReferences<T extends Resource>(references: readonly Reference<T>[]): Promise<(T | Error)[]> {
    return Promise.all(
      references.map((reference) => this.readReference(reference).catch((error: unknown) => asError(error))),
    );
  }

  /** Newest first, with the deletion if there was one (http.html#history). */
  override async readHistory<T extends Resource>(type: string, id: string): Promise<Bundle<WithId<T>>> {
    const versions = this.state.store.versions(type, id);
    const newest = versions.findLast((version) => version.resource)?.resource;
    this.access.require(type, "r");
    if (!newest) throw refuse(404, "not-found", `${type}/${id} is not known`);
    this.access.requireFor(newest, "r");
    const place = `${type}/${id}`;
    const entry = versions.toReversed().map((version) => historyEntry<T>(version, place, this.state.baseUrl));
    return { resourceType: "Bundle", type: "history", total: entry.length, entry };
  }

  override async readVersion<T extends Resource>(type: string, id: string, versionId: string): Promise<WithId<T>> {
    this.access.require(type, "r");
    const version = this.state.store.versions(type, id).find((one) => one.versionId === versionId);
    if (!version) throw refuse(404, "not-found", `${type}/${id} has no version ${versionId}`);
    if (!version.resource) throw refuse(410, "deleted", `${type}/${id} was deleted in version ${versionId}`);
    this.access.requireFor(version.resource, "r");
    return answer<T>(version.resource);
  }

  override async updateResource<T extends Resource>(resource: T, options?: UpdateResourceOptions): Promise<WithId<T>> {
    const { id, resourceType } = resource;
    if (!id) throw badRequest("The resource has no id", `${resourceType}.id`);
    this.access.require(resourceType, "u");
    const before = this.state.store.read(resourceType, id);
    this.requireVersion(before, options?.ifMatch);
    if (before) this.access.requireFor(before, "u");
    else if (!this.state.behaviour.updateCreate) throw refuse(404, "not-found", `${resourceType}/${id} is not known`);
    return answer<T>(this.write({ ...toJson(resource), id }, "PUT", "u"));
  }

  override async patchResource<T extends Resource>(
    type: T["resourceType"],
    id: string,
    patch: Operation[] | Parameters,
    options?: UpdateResourceOptions,
  ): Promise<WithId<T>> {
    if (!Array.isArray(patch)) throw refuse(415, "not-supported", "Only JSON Patch is supported");
    const copy = structuredClone(this.read(type, id));
    const failure = applyPatch(copy, patch).find((problem) => problem !== null);
    if (failure) throw refuse(422, "processing", `The patch does not apply: ${failure.message}`);
    return this.updateResource(answer<T>(copy), options);
  }

  override async deleteResource(type: string, id: string, options?: DeleteResourceOptions): Promise<void> {
    this.access.require(type, "d");
    const before = this.state.store.read(type, id);
    if (!before && this.state.store.versions(type, id).length === 0) {
      throw refuse(404, "not-found", `${type}/${id} is not known`);
    }
    if (!before) return;
    this.access.requireFor(before, "d");
    this.requireVersion(before, options?.ifMatch);
    this.state.store.remove(type, id);
  }

  /** Conditional interactions and batch entries come here; the request is parsed again by our own, stricter rules. */
  override async search<T extends Resource>(request: SearchRequest<T>): Promise<Bundle<WithId<T>>> {
    const { resourceType } = request;
    this.access.require(resourceType, "s");
    const query = parseSearchQuery(resourceType, new URLSearchParams(formatSearchQuery(request)), this.state);
    const visible = (resource: StoredResource): boolean => this.access.allows(resource, "s");
    const found = findMatches(query, { ...this.state, visible });
    const entry = found.slice(0, query.count ?? this.state.behaviour.pageSize.max).map((resource) => ({
      fullUrl: `${this.state.baseUrl}/${referenceTo(resource)}`,
      resource: answer<T>(resource),
      search: { mode: "match" as const },
    }));
    return { resourceType: "Bundle", type: "searchset", total: found.length, entry };
  }

  override async searchByReference(): Promise<never> {
    throw refuse(404, "not-supported", "GraphQL is not offered");
  }

  override withTransaction<TResult>(callback: (repository: this) => Promise<TResult>): Promise<TResult> {
    return this.state.store.atomically(async () => {
      this.postponed = [];
      const result = await callback(this);
      for (const check of this.postponed) check();
      this.postponed = undefined;
      return result;
    });
  }

  private read(type: string, id: string): StoredResource {
    this.access.require(type, "r");
    const found = this.state.store.read(type, id);
    if (!found) {
      const deleted = this.state.store.versions(type, id).length > 0;
      throw deleted
        ? refuse(410, "deleted", `${type}/${id} was deleted`)
        : refuse(404, "not-found", `${type}/${id} is not known`);
    }
    this.access.requireFor(found, "r");
    return found;
  }

  private requireVersion(before: StoredResource | undefined, ifMatch: string | undefined): void {
    if (ifMatch === undefined || before?.meta.versionId === ifMatch) return;
    const text = `If-Match names version ${ifMatch}, current is ${before?.meta.versionId ?? "none"}`;
    throw refuse(this.state.behaviour.conflictStatus, "conflict", text);
  }

  private write(
    resource: JsonResource & { readonly id: string },
    method: "POST" | "PUT",
    interaction: "c" | "u",
  ): StoredResource {
    const { baseUrl, types, behaviour, store } = this.state;
    const local = rewriteReferences(resource, (reference) => {
      const target = localForm(reference, baseUrl);
      return target && reference.startsWith(baseUrl) ? `${target.type}/${target.id}` : reference;
    });
    // Entries of a Bundle get here without having been looked at as URLs.
    if (!types.has(local.resourceType)) throw refuse(404, "not-supported", `${local.resourceType} is not offered`);
    requireValid(local);
    for (const rule of behaviour.writeRules) {
      const problem = rule(local);
      if (problem) throw refuse(422, "business-rule", problem);
    }
    // Looked at as if stored: the scope's compartment and query are about what would be there afterwards.
    this.access.requireFor({ ...local, meta: { ...metaOf(local), versionId: "", lastUpdated: "" } }, interaction);
    this.requireTargets(local);
    return store.put(local, method);
  }

  /** In a transaction an entry may refer to one that comes after it, so there the check waits for the end. */
  private requireTargets(resource: JsonResource): void {
    if (!this.state.behaviour.referentialIntegrity) return;
    const check = (): void => requireKnownTargets(resource, this.state);
    if (this.postponed) this.postponed.push(check);
    else check();
  }
}

/** Nothing may be filed about a patient or a stay that is not here. */
function requireKnownTargets(resource: JsonResource, { store, baseUrl }: FhirState): void {
  rewriteReferences(resource, (reference) => {
    const target = localForm(reference, baseUrl);
    const isChecked = target?.type === "Patient" || target?.type === "Encounter";
    if (isChecked && !store.read(target.type, target.id)) throw refuse(422, "not-found", `${reference} does not exist`);
    return reference;
  });
}

function historyEntry<T extends Resource>(version: Version, place: string, baseUrl: string): BundleEntry<WithId<T>> {
  const { resource, method, versionId, lastUpdated } = version;
  const type = place.split("/")[0] ?? "";
  return {
    fullUrl: `${baseUrl}/${place}`,
    ...(resource && { resource: answer<T>(resource) }),
    request: { method, url: method === "POST" ? type : place },
    response: { status: method === "DELETE" ? "204" : "200", etag: `W/"${versionId}"`, lastModified: lastUpdated },
  };
}

function metaOf(resource: JsonResource): Record<string, unknown> {
  return typeof resource["meta"] === "object" ? { ...resource["meta"] } : {};
}

function toJson(resource: Resource): JsonResource {
  const value: unknown = resource;
  if (!isResource(value)) throw badRequest("Not a resource");
  return value;
}

/** The library types answers by what the caller hopes for; ours are whatever the chart holds. */
function answer<T extends Resource>(resource: StoredResource): WithId<T> {
  return resource as unknown as WithId<T>;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
