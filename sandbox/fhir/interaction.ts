import { getStatus, isOk, OperationOutcomeError } from "@medplum/core";
import { FhirRouter } from "@medplum/fhir-router";
import type { FhirRequest, HttpMethod } from "@medplum/fhir-router";
import type { Access } from "./access.ts";
import { patientEverything } from "./everything.ts";
import { badRequest, FhirError, refuse } from "./outcome.ts";
import type { Pager } from "./paging.ts";
import type { Publisher } from "./publisher/publisher.ts";
import { CallerRepository } from "./repository.ts";
import { isResource } from "./resource.ts";
import type { JsonResource, StoredResource } from "./resource.ts";
import { findIncluded, findMatches } from "./search.ts";
import type { SearchSource } from "./search.ts";
import { parseSearchQuery, takenParameters } from "./search-query.ts";
import type { FhirState } from "./state.ts";
import { completeResponse, prepareTransaction, requireBundleEntries } from "./transaction.ts";

/** A request with transport taken off. */
export interface Interaction {
  readonly method: string;
  /** Below the base, without leading slash and query. */
  readonly path: string;
  readonly params: URLSearchParams;
  readonly body: unknown;
  /** Bare version of If-Match, without `W/` and quotes. */
  readonly ifMatch: string | undefined;
  readonly ifNoneExist: string | undefined;
  /** Whether a search is to be refused that is not understood (`Prefer: handling=strict`). */
  readonly strict: boolean;
}

/** What came of it. */
export interface InteractionResult {
  readonly status: number;
  readonly resource?: JsonResource;
}

const router = new FhirRouter();
const paramsText = (params: URLSearchParams): string => (params.size > 0 ? `?${params.toString()}` : "");

/** Carries out one RESTful interaction for a caller. Refusals are thrown as FhirError. */
export async function interact(
  state: FhirState,
  pager: Pager,
  access: Access,
  request: Interaction,
  publisher?: Pick<Publisher, "operation">,
): Promise<InteractionResult> {
  const { method, path, params } = request;
  const segments = path.split("/").filter(Boolean);
  const [type, second, third] = segments;
  if (type !== undefined && !state.types.has(type)) {
    throw refuse(404, "not-supported", `The resource type "${type}" is not offered`);
  }
  if (method === "GET" && type && segments.length === 1) return search(state, pager, access, type, request);
  if (method === "POST" && type && second === "_search" && segments.length === 2) {
    return search(state, pager, access, type, request);
  }
  if (method === "GET" && type === "Patient" && second && third === "$everything") {
    return everything(state, pager, access, second, params);
  }
  if (publisher && method === "GET" && type === "Subscription" && second && third?.startsWith("$")) {
    access.require(type, "r");
    return { status: 200, resource: publisher.operation(second, third, params) };
  }
  if (method === "POST" && segments.length === 0) return state.exclusively(() => bundle(state, access, request));
  return method === "GET" ? single(state, access, request) : state.exclusively(() => single(state, access, request));
}

function ownerOf({ grant }: Access): string {
  return JSON.stringify([grant.clientId, grant.fhirUser, grant.patient]);
}

function search(
  state: FhirState,
  pager: Pager,
  access: Access,
  type: string,
  { method, params: asked, strict }: Interaction,
): InteractionResult {
  access.require(type, "s");
  const params = takenParameters(type, asked, state.behaviour.unknownParameters, strict);
  const token = params.get("_page");
  if (token !== null) return { status: 200, resource: pager.turn(token, ownerOf(access)) };
  const query = parseSearchQuery(type, params, state);
  const source: SearchSource = { ...state, visible: (resource) => access.allows(resource, "s") };
  const size = state.behaviour.pageSize;
  const list = {
    path: type,
    matches: findMatches(query, source),
    pageSize: Math.min(query.count ?? size.default, size.max),
    owner: ownerOf(access),
    included: (page: readonly StoredResource[]) => findIncluded(query, page, source),
  };
  // What a client put into a form instead of the URL, it does not want to see in a link (search.html#get).
  return { status: 200, resource: pager.first(list, method === "GET" ? paramsText(params) : "/_search") };
}

function everything(
  state: FhirState,
  pager: Pager,
  access: Access,
  id: string,
  params: URLSearchParams,
): InteractionResult {
  const token = params.get("_page");
  if (token !== null) return { status: 200, resource: pager.turn(token, ownerOf(access)) };
  const { max } = state.behaviour.pageSize;
  const asked = Number(params.get("_count") ?? max);
  const list = {
    path: `Patient/${id}/$everything`,
    matches: patientEverything(state, access, id, params),
    pageSize: Number.isInteger(asked) && asked > 0 ? Math.min(asked, max) : max,
    owner: ownerOf(access),
    included: () => [],
  };
  return { status: 200, resource: pager.first(list, paramsText(params)) };
}

async function bundle(state: FhirState, access: Access, request: Interaction): Promise<InteractionResult> {
  const { body } = request;
  if (!isResource(body) || body.resourceType !== "Bundle") throw badRequest("A Bundle is expected here");
  if (body["type"] !== "transaction" && body["type"] !== "batch")
    throw badRequest("Only batch and transaction Bundles are taken", "Bundle.type");
  requireBundleEntries(body);
  const lookup = (type: string, query: string): readonly StoredResource[] => {
    access.require(type, "s");
    const parsed = parseSearchQuery(type, new URLSearchParams(query), state);
    return findMatches(parsed, { ...state, visible: (resource) => access.allows(resource, "s") });
  };
  const prepared = body["type"] === "transaction" ? prepareTransaction(body, lookup) : body;
  const answer = await dispatch(state, access, { ...request, body: prepared });
  if (!answer.resource) return answer;
  return { ...answer, resource: completeResponse(answer.resource, state.baseUrl) };
}

async function single(state: FhirState, access: Access, request: Interaction): Promise<InteractionResult> {
  const { method, path, ifNoneExist } = request;
  const creates = method === "POST" && path.split("/").length === 1;
  if (method === "POST" && !creates) throw refuse(404, "not-supported", `There is no operation ${path}`);
  if ((method === "PATCH" || method === "DELETE") && !path.includes("/")) {
    throw refuse(405, "not-supported", `Conditional ${method} is not offered`);
  }
  if (creates && ifNoneExist !== undefined) {
    // Parsed for its errors: the library's parser lets unknown modifiers pass.
    const { filters } = parseSearchQuery(path, new URLSearchParams(ifNoneExist), state);
    if (filters.length === 0) throw badRequest("If-None-Exist holds no search parameter");
  }
  return dispatch(state, access, creates ? { ...request, body: withoutId(request.body) } : request);
}

/** Gives the request to the library's router over a repository of this caller. */
async function dispatch(state: FhirState, access: Access, request: Interaction): Promise<InteractionResult> {
  const libraryRequest = toLibraryRequest(request);
  const route = router.find(libraryRequest.method, libraryRequest.url);
  if (!route || request.path.startsWith("$"))
    throw refuse(405, "not-supported", `${request.method} is not offered here`);
  const repository = new CallerRepository(state, access);
  const [outcome, resource] = await route.handler(
    { ...libraryRequest, params: route.params, query: route.query ?? {} },
    repository,
    router,
  );
  if (!isOk(outcome)) throw new FhirError(getStatus(outcome), outcome);
  const value: unknown = resource;
  return { status: statusOf(request, getStatus(outcome), value), ...(isResource(value) && { resource: value }) };
}

/** The library answers 200 to everything that went well; http.html tells created and deleted apart. */
function statusOf({ method }: Interaction, status: number, resource: unknown): number {
  if (method === "DELETE") return 204;
  const meta = isResource(resource) && typeof resource["meta"] === "object" ? resource["meta"] : undefined;
  const isFirst = meta !== null && meta !== undefined && "versionId" in meta && meta.versionId === "1";
  return method === "PUT" && isFirst ? 201 : status;
}

function toLibraryRequest(request: Interaction): FhirRequest & { method: HttpMethod } {
  const { method, path, params, body, ifMatch, ifNoneExist } = request;
  if (!isHttpMethod(method)) throw refuse(405, "not-supported", `${method} is not offered`);
  return {
    method,
    url: `${path}${paramsText(params)}`,
    pathname: "",
    params: {},
    query: {},
    body,
    headers: {
      // The library reads quoted versions only and takes any other form for none at all.
      ...(ifMatch !== undefined && { "if-match": `"${ifMatch}"` }),
      ...(ifNoneExist !== undefined && { "if-none-exist": ifNoneExist }),
    },
    config: { transactions: true },
  };
}

function isHttpMethod(method: string): method is HttpMethod {
  return ["GET", "POST", "PUT", "PATCH", "DELETE"].includes(method);
}

function withoutId(body: unknown): unknown {
  if (!isResource(body)) return body;
  const { id: _ignored, ...rest } = body;
  return rest;
}

/** Brings whatever was thrown to a refusal; undefined for what is no refusal but a fault of this server. */
export function asRefusal(error: unknown): FhirError | undefined {
  if (error instanceof FhirError) return error;
  return error instanceof OperationOutcomeError ? new FhirError(getStatus(error.outcome), error.outcome) : undefined;
}
