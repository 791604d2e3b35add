/**
 * One EHR's FHIR API. The only importer of fhir-kit-client, which builds requests but sends its bearer header to any
 * absolute URL, follows redirects and has no deadline: so its transport is replaced by ours.
 */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { Client } from "fhir-kit-client";
import { AdapterError } from "../core/errors.ts";
import { isGranted } from "../core/smart/granted-scopes.ts";
import type { Fetch } from "./fetch.ts";
import { NotGranted, createTransport } from "./fhir-transport.ts";

/** Gives the bearer token for the EHR; `renew` asks for a fresh one because the last was refused. */
export type AccessToken = (renew: boolean) => Promise<string>;

export interface FhirGatewayDeps {
  /** The tenant's FHIR base, as registered. No request leaves for another origin. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly accessToken: AccessToken;
  /** The scopes that the token came with, once it is there; absent where nobody told us. */
  readonly granted?: () => string | undefined;
  readonly signal?: AbortSignal;
}

export type SearchParams = Readonly<Record<string, string>>;

export interface SearchResult {
  readonly resources: readonly FhirResource[];
  /** False when the page limit was reached before the last page. */
  readonly complete: boolean;
}

export interface Created {
  /** Relative reference, `DocumentReference/7`; undefined when the server named none (201 without Location). */
  readonly reference: string | undefined;
  readonly versionId: string | undefined;
  /** False where a conditional create found the resource already there. */
  readonly created: boolean;
}

export interface FhirGateway {
  /** Reads one resource; undefined for 404 and 410. */
  read(type: string, id: string): Promise<FhirResource | undefined>;
  /** Searches with pagination, at most `maxPages` pages. OperationOutcomes among the entries are left out. */
  search(type: string, params: SearchParams, maxPages: number): Promise<SearchResult>;
  /** The first page of a search by `POST [type]/_search`: for identifiers of people, which may not stand in a URL. */
  searchByPost(type: string, params: SearchParams): Promise<readonly FhirResource[]>;
  /** Creates; with `ifNoneExist` conditionally (R4 http, conditional create). */
  create(resource: FhirResource, ifNoneExist?: string): Promise<Created>;
  /** Replaces the version read (`meta.versionId`, by If-Match where it has one). Returns the new version's id if the EHR says it. */
  update(resource: FhirResource & { readonly id: string }): Promise<string | undefined>;
}

/** Opens a gateway. Calls throw AdapterError: ehr_failed, ehr_refused, ehr_timeout. */
export function createFhirGateway(deps: FhirGatewayDeps): FhirGateway {
  const client = new Client({ baseUrl: deps.baseUrl });
  const transport = createTransport(deps);
  client.httpClient.request = transport.request;
  return {
    read: (type, id) =>
      transport.orUndefined([404, 410], async () => (await client.read({ resourceType: type, id })) as FhirResource),
    search: async (type, params, maxPages) => {
      await refuseUngranted(deps, type);
      return searchAll(client, type, params, maxPages);
    },
    searchByPost: async (type, params) =>
      matches(
        asBundle(
          await client.resourceSearch({ resourceType: type, searchParams: params, options: { postSearch: true } }),
        ),
      ),
    create: async (resource, ifNoneExist) => {
      const headers: Record<string, string> = { prefer: "return=minimal" };
      if (ifNoneExist !== undefined) headers["if-none-exist"] = ifNoneExist;
      const body = { ...resource } as Record<string, unknown> & { resourceType: string };
      const answer = await client.create({ resourceType: resource.resourceType, body, options: { headers } });
      return transport.createdBy(answer, resource.resourceType);
    },
    update: async (resource) => {
      const { resourceType, id, meta } = resource;
      const headers: Record<string, string> = { prefer: "return=minimal" };
      if (meta?.versionId !== undefined) headers["if-match"] = `W/"${meta.versionId}"`;
      const body = { ...resource } as Record<string, unknown> & { resourceType: string };
      const answer = await client.update({ resourceType, id, body, options: { headers } });
      return transport.createdBy(answer, resourceType).versionId;
    },
  };
}

/** Asks for nothing that the token does not allow (SMART 2.2, 147): the EHR would refuse it, and count it against us. */
async function refuseUngranted({ accessToken, granted }: FhirGatewayDeps, type: string): Promise<void> {
  if (granted === undefined) return;
  // The answer that brings a token says what it may do.
  await accessToken(false);
  if (isGranted(granted(), type, "s")) return;
  throw new AdapterError("ehr_refused", { detail: `no scope to search ${type}`, cause: new NotGranted() });
}

async function searchAll(client: Client, type: string, params: SearchParams, maxPages: number): Promise<SearchResult> {
  const resources: FhirResource[] = [];
  let page: Bundle<FhirResource> | undefined = asBundle(
    await client.resourceSearch({ resourceType: type, searchParams: params }),
  );
  for (let read = 1; page !== undefined; read += 1) {
    resources.push(...matches(page));
    const next = page.link?.find((link) => link.relation === "next")?.url;
    if (next === undefined) return { resources, complete: true };
    if (read >= maxPages) return { resources, complete: false };
    page = asBundle(await client.request(next));
  }
  return { resources, complete: true };
}

function asBundle(answer: unknown): Bundle<FhirResource> {
  const bundle = answer as Partial<Bundle<FhirResource>>;
  if (bundle.resourceType !== "Bundle")
    throw new AdapterError("ehr_failed", { detail: "a search was not answered by a Bundle" });
  return bundle as Bundle<FhirResource>;
}

function matches(page: Bundle<FhirResource>): FhirResource[] {
  const found: FhirResource[] = [];
  for (const entry of page.entry ?? []) {
    if (entry.resource !== undefined && entry.resource.resourceType !== "OperationOutcome") found.push(entry.resource);
  }
  return found;
}
