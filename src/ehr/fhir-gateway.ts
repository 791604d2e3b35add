/**
 * One EHR's FHIR API. The only importer of fhir-kit-client, which builds requests but sends its bearer header to any
 * absolute URL, follows redirects and has no deadline: so its transport is replaced by ours.
 */
import type { Binary, Bundle, FhirResource } from "fhir/r4.js";
import { Client } from "fhir-kit-client";
import { AdapterError } from "../core/errors.ts";
import { isGranted } from "../core/smart/granted-scopes.ts";
import { z } from "zod";
import { ignoredFilters } from "./applied-filters.ts";
import type { Fetch } from "./fetch.ts";
import { FilterIgnored, NotGranted, createTransport, createdAt, ehrStatusOf } from "./fhir-transport.ts";
import type { BinaryBounds } from "./read-binary.ts";
import { readBinary } from "./read-binary.ts";
import { targetOf } from "./reference.ts";

/** Gives the bearer token for the EHR; never the one that the EHR has just `refused`, where another can be had. */
export type AccessToken = (refused?: string) => Promise<string>;

export interface FhirGatewayDeps {
  /** The tenant's FHIR base, as registered. No request leaves for another origin. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly accessToken: AccessToken;
  /** The scopes that the token came with, once it is there; absent where nobody told us. */
  readonly granted?: () => string | undefined;
  /** What the server's own statement says; without it nothing is known to be offered. */
  readonly offersTransaction?: () => Promise<boolean>;
  readonly signal?: AbortSignal;
}

/** A name with several values stands in the query once for each: all must hold (R4 search, 3.1.1.3). */
export type SearchParams = Readonly<Record<string, string | readonly string[]>>;

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
  /**
   * By its status the server has taken what was sent (201, or 202 where somebody looks at it first). A 200 says so only where
   * it names the resource: gateways answer with a page for signing in.
   */
  readonly taken: boolean;
}

export interface FhirGateway {
  /** Reads one resource; undefined for 404 and 410. */
  read(type: string, id: string): Promise<FhirResource | undefined>;
  /**
   * What a reference names, in each form that a chart may hold: relative, absolute, versioned, conditional. Undefined where
   * it is not there, where it is another server's, and where a conditional one matches none or several.
   */
  follow(reference: string): Promise<FhirResource | undefined>;
  /**
   * The file that an attachment's address names, within bounds; its text is in `data`. Undefined where it is not there, where
   * the address is another server's, and where it names no Binary.
   */
  readBinary(url: string, bounds: BinaryBounds): Promise<Binary | undefined>;
  /**
   * Searches with pagination, at most `maxPages` pages. OperationOutcomes among the entries are left out. By GET; by POST to
   * `_search` where the address would be too long, or would name a person by an identifier. An EHR that does not know one of the
   * parameters is asked to refuse; where it leaves a filter out all the same and says so, the answer is ehr_refused as by 400.
   */
  search(type: string, params: SearchParams, maxPages: number): Promise<SearchResult>;
  /** Creates; with `ifNoneExist` conditionally (R4 http, conditional create). */
  create(resource: FhirResource, ifNoneExist?: string): Promise<Created>;
  /**
   * Replaces the version read (`meta.versionId`, by If-Match where it has one). Returns the new version's id if the EHR says it.
   * Somebody else's change in between, which servers tell by 409 or by 412, is ehr_failed: read again, and repeat.
   */
  update(resource: FhirResource & { readonly id: string }): Promise<string | undefined>;
  /** What stands at a path below the base and is no single resource: `metadata`, `Subscription/7/$status?status=active`. */
  get(path: string): Promise<FhirResource>;
  /** Deletes; what is gone already is no error. */
  remove(type: string, id: string): Promise<void>;
  /**
   * Posts a transaction to the base. One answer for each entry, in order.
   * @throws AdapterError ehr_failed also where the answer is no transaction-response of as many entries
   */
  transact(bundle: Bundle<FhirResource>): Promise<readonly Created[]>;
  /** Whether the server says that it takes transactions. */
  offersTransaction(): Promise<boolean>;
  /** Whether the token may create such resources, as far as anybody told us. */
  mayCreate(type: string): Promise<boolean>;
}

/** Opens a gateway. Calls throw AdapterError: ehr_failed, ehr_refused, ehr_timeout. */
export function createFhirGateway(deps: FhirGatewayDeps): FhirGateway {
  const client = new Client({ baseUrl: deps.baseUrl });
  const transport = createTransport(deps);
  client.httpClient.request = transport.request;
  const read = (type: string, id: string): Promise<FhirResource | undefined> =>
    transport.orUndefined([404, 410], async () => (await client.read({ resourceType: type, id })) as FhirResource);
  const search: FhirGateway["search"] = async (type, params, maxPages) => {
    await refuseUngranted(deps, type, "s");
    return searchAll(client, type, params, maxPages);
  };
  const base = client.baseUrl.replace(/\/+$/u, "");
  return {
    read,
    readBinary: async (url, bounds) => {
      const target = targetOf(url, base);
      if (target?.kind !== "read" || target.type !== "Binary") return undefined;
      await refuseUngranted(deps, "Binary", "r");
      return transport.orUndefined([404, 410], () => readBinary(transport, target.id, bounds));
    },
    follow: async (reference) => {
      const target = targetOf(reference, base);
      if (target?.kind === "read") return read(target.type, target.id);
      if (target === undefined) return undefined;
      const { resources } = await search(target.type, { ...target.params, _count: "2" }, 1);
      const [only, ...others] = resources.filter(({ resourceType }) => resourceType === target.type);
      return others.length === 0 ? only : undefined;
    },
    search,
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
      try {
        const answer = await client.update({ resourceType, id, body, options: { headers } });
        return transport.createdBy(answer, resourceType).versionId;
      } catch (error) {
        throw isConflict(error) ? conflict(error) : error;
      }
    },
    get: async (path) => (await transport.request("GET", path)) as unknown as FhirResource,
    remove: async (type, id) => {
      await transport.orUndefined([404, 410], () => transport.request("DELETE", `${type}/${id}`));
    },
    transact: async (bundle) => {
      const headers = { "content-type": "application/fhir+json", prefer: "return=minimal" };
      const answer = await transport.request("POST", deps.baseUrl.replace(/\/+$/u, ""), { headers }, bundle);
      return answersOf(bundle, answer);
    },
    offersTransaction: async () => deps.offersTransaction?.() ?? false,
    mayCreate: async (type) => {
      if (deps.granted === undefined) return true;
      await deps.accessToken();
      return isGranted(deps.granted(), type, "c");
    },
  };
}

const transactionResponse = z.looseObject({
  resourceType: z.literal("Bundle"),
  type: z.literal("transaction-response"),
  entry: z.array(
    z.looseObject({
      response: z.looseObject({
        status: z.string(),
        location: z.string().optional(),
        etag: z.string().optional(),
      }),
    }),
  ),
});

function answersOf({ entry: asked = [] }: Bundle<FhirResource>, answer: unknown): readonly Created[] {
  const { data } = transactionResponse.safeParse(answer);
  if (data?.entry.length !== asked.length)
    throw new AdapterError("ehr_failed", { detail: "a transaction was not answered entry by entry" });
  return data.entry.map(({ response: { status, location = "", etag } }, at) =>
    createdAt(asked[at]?.resource?.resourceType ?? "", location, { etag, status: Number(status.slice(0, 3)) }),
  );
}

/** Asks for nothing that the token does not allow (SMART 2.2, 147): the EHR would refuse it, and count it against us. */
async function refuseUngranted(
  { accessToken, granted }: FhirGatewayDeps,
  type: string,
  right: "r" | "s",
): Promise<void> {
  if (granted === undefined) return;
  // The answer that brings a token says what it may do.
  await accessToken();
  if (isGranted(granted(), type, right)) return;
  const asked = right === "s" ? "search" : "read";
  throw new AdapterError("ehr_refused", { detail: `no scope to ${asked} ${type}`, cause: new NotGranted() });
}

/** R4 http, 3.1.0.5 asks for 412; some servers answer 409, as for an edit without If-Match. */
function isConflict(error: unknown): boolean {
  const status = ehrStatusOf(error);
  return status === 409 || status === 412;
}

function conflict(cause: unknown): AdapterError {
  return new AdapterError("ehr_failed", { detail: "the resource was changed meanwhile", cause });
}

/** Proxies on the way may cut or refuse a longer line, and RFC 9110, 4.1 promises no more than 8,000. */
const MAX_QUERY_CHARACTERS = 2000;
/** `identifier` of a person or a stay, plain, with a modifier or chained: an address ends up in the logs of others. */
const personal = /(?:^|\.)identifier(?::|$)|:identifier$/u;

function isPersonal(type: string, name: string): boolean {
  // A document's own number was made by us and tells nothing of anybody.
  return personal.test(name) && !(type === "DocumentReference" && name === "identifier");
}

/** The first page, by POST where the query does not belong into an address (R4 search, 3.1.1.1). */
async function firstPage(client: Client, type: string, params: SearchParams): Promise<Bundle<FhirResource>> {
  const searchParams = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
  const characters = Object.entries(params).reduce((sum, [name, value]) => {
    const values = typeof value === "string" ? [value] : value;
    return sum + values.reduce((inner, one) => inner + name.length + encodeURIComponent(one).length + 2, 0);
  }, 0);
  const postSearch = characters > MAX_QUERY_CHARACTERS || Object.keys(params).some((name) => isPersonal(type, name));
  // R4 search, 3.1.1.3: without this a server may leave out what it does not know, and answer with other people's records.
  const headers = { prefer: "handling=strict" };
  const answer = await client.resourceSearch({ resourceType: type, searchParams, options: { postSearch, headers } });
  const bundle = asBundle(answer);
  refuseIgnored(bundle, type, params);
  return bundle;
}

/** An empty answer is true of every narrower search as well. */
function refuseIgnored(page: Bundle<FhirResource>, type: string, params: SearchParams): void {
  if (matches(page).length === 0) return;
  const ignored = ignoredFilters(params, page.link?.find(({ relation }) => relation === "self")?.url);
  if (ignored.length === 0) return;
  const names = ignored.join(", ");
  throw new AdapterError("ehr_refused", {
    detail: `${type} is not searched by ${names} here`,
    cause: new FilterIgnored(names),
  });
}

async function searchAll(client: Client, type: string, params: SearchParams, maxPages: number): Promise<SearchResult> {
  const resources: FhirResource[] = [];
  let page: Bundle<FhirResource> | undefined = await firstPage(client, type, params);
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
