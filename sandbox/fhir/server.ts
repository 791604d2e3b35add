import express, { Router } from "express";
import type { NextFunction, Request, Response } from "express";
import { createAccess } from "./access.ts";
import type { Access, AccessGrant } from "./access.ts";
import { capabilityStatement } from "./capability.ts";
import type { SmartEndpoints } from "./capability.ts";
import { asRefusal, interact } from "./interaction.ts";
import type { Interaction, InteractionResult } from "./interaction.ts";
import { createJournal } from "./journal.ts";
import type { Journal } from "./journal.ts";
import { journalEntries } from "./journal-entries.ts";
import { loadResources } from "./load.ts";
import type { LoadReport } from "./load.ts";
import { badRequest, FhirError, outcome, refuse } from "./outcome.ts";
import { createPager } from "./paging.ts";
import { createPublisher } from "./publisher/publisher.ts";
import type { Publisher } from "./publisher/publisher.ts";
import { fileIn, sendFile, sendOutcome, sendResult } from "./response.ts";
import { createFhirState } from "./state.ts";
import type { FhirBehaviour } from "./state.ts";
import type { ResourceStore } from "./store.ts";

/** How to set up the FHIR server. */
export interface FhirServerOptions {
  /** Public base URL without a trailing slash, such as `http://127.0.0.1:9000/fhir`. */
  readonly baseUrl: string;
  /** Tells what a Bearer token stands for, or null. The server keeps no tokens itself. */
  readonly verifyToken: (token: string) => Promise<AccessGrant | null> | AccessGrant | null;
  /** Document for `/.well-known/smart-configuration`. */
  readonly smartConfiguration?: Readonly<Record<string, unknown>>;
  readonly smartEndpoints?: SmartEndpoints;
  readonly behaviour?: Partial<FhirBehaviour>;
  readonly now?: () => Date;
  readonly newId?: () => string;
  /** Largest body taken; default 20 MiB. */
  readonly maxBodyBytes?: number;
}

/** The FHIR side of the sandbox EHR. */
export interface FhirServer {
  /** To be mounted at the path of the base URL. */
  readonly router: Router;
  readonly store: ResourceStore;
  readonly journal: Journal;
  /** Undefined where it does not tell by itself. */
  readonly publisher: Publisher | undefined;
  /** Preloads a chart as it is; see `loadResources`. */
  readonly load: (input: unknown, options?: { readonly strict?: boolean }) => LoadReport;
}

const bodyTypes = ["application/fhir+json", "application/json", "application/json-patch+json"];

/** Creates a strict, empty FHIR R4 server. */
export function createFhirServer(options: FhirServerOptions): FhirServer {
  const state = createFhirState(options);
  const journal = createJournal();
  const pager = createPager(state.baseUrl);
  const { subscriptions } = state.behaviour;
  const publisher = subscriptions === "none" ? undefined : createPublisher(state, subscriptions);
  const capability = capabilityStatement(state, options.smartEndpoints);
  const limit = options.maxBodyBytes ?? 20 * 1024 * 1024;

  const router = Router();
  router.use(allowBrowsers);
  router.get("/.well-known/smart-configuration", (_request, response, next) => {
    if (options.smartConfiguration) response.json(options.smartConfiguration);
    else next();
  });
  router.get("/metadata", (_request, response) =>
    sendResult(response, { status: 200, resource: capability }, state.baseUrl),
  );
  router.use(authenticate(options.verifyToken));
  router.use(requireMediaTypes);
  router.use(express.json({ type: bodyTypes, limit, strict: true }));
  router.use(express.urlencoded({ type: "application/x-www-form-urlencoded", limit, extended: false }));
  const answer = async (request: Request, response: Response): Promise<void> => {
    const grant = grantOf(response);
    const access: Access = createAccess(grant, state);
    const interaction = toInteraction(request);
    const result = await settle(() => interact(state, pager, access, interaction, publisher));
    for (const entry of journalEntries(interaction, result, grant, state.now())) journal.record(entry);
    if (result instanceof FhirError) throw result;
    const file = fileIn(result, request, state.behaviour);
    if (file) return sendFile(response, file);
    sendResult(response, result, state.baseUrl, request);
  };
  router.use((request: Request, response: Response) => {
    answer(request, response).catch((error: unknown) => sendOutcome(response, toRefusal(error)));
  });
  router.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    sendOutcome(response, toRefusal(error));
  });
  return {
    router,
    store: state.store,
    journal,
    publisher,
    load: (input, loadOptions) => loadResources(state, input, loadOptions),
  };
}

/** A refusal is a result like any other, so that the journal can note it. */
async function settle(work: () => Promise<InteractionResult>): Promise<InteractionResult | FhirError> {
  try {
    return await work();
  } catch (error) {
    const refusal = asRefusal(error);
    if (!refusal) throw error;
    return refusal;
  }
}

/** Browser apps call the API from their own origin with a Bearer token; no cookies are involved, so any origin may. */
function allowBrowsers(request: Request, response: Response, next: NextFunction): void {
  response.set("Access-Control-Allow-Origin", "*");
  response.set("Access-Control-Expose-Headers", "ETag, Location, Last-Modified, WWW-Authenticate");
  if (request.method !== "OPTIONS") return next();
  response.set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
  response.set(
    "Access-Control-Allow-Headers",
    "Authorization, Content-Type, Accept, If-Match, If-None-Match, If-None-Exist, Prefer",
  );
  response.status(204).end();
}

function authenticate(verifyToken: FhirServerOptions["verifyToken"]) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const [, token] = /^Bearer ([\w~+/.-]+=*)$/iu.exec(request.get("authorization") ?? "") ?? [];
    // RFC 6750, section 3.1: without credentials the challenge carries no error code.
    if (!token) throw unauthorized("Bearer");
    const grant = await verifyToken(token);
    if (!grant) throw unauthorized('Bearer error="invalid_token"');
    response.locals["grant"] = grant;
    next();
  };
}

function unauthorized(challenge: string): FhirError {
  return new FhirError(401, outcome("login", "A valid access token is required"), { "WWW-Authenticate": challenge });
}

function grantOf(response: Response): AccessGrant {
  const grant: AccessGrant = response.locals["grant"];
  return grant;
}

function requireMediaTypes(request: Request, _response: Response, next: NextFunction): void {
  const isFile = request.method === "GET" && request.path.startsWith("/Binary/");
  if (!isFile && !request.accepts(["application/fhir+json", "application/json"]))
    throw refuse(406, "not-supported", "Only JSON is offered");
  const form = request.path.endsWith("/_search");
  const expected = form ? [...bodyTypes, "application/x-www-form-urlencoded"] : bodyTypes;
  // `is` answers null for a request without a body.
  if (request.is(expected) === false) throw refuse(415, "not-supported", "The body must be application/fhir+json");
  next();
}

function toInteraction(request: Request): Interaction {
  const { pathname, searchParams } = new URL(request.url, "http://server");
  const ifMatch = request.get("if-match");
  const posted = request.is("application/x-www-form-urlencoded") ? formOf(request.body) : [];
  for (const [name, value] of posted) searchParams.append(name, value);
  return {
    method: request.method === "HEAD" ? "GET" : request.method,
    path: decodePath(pathname).replaceAll(/^\/+|\/+$/gu, ""),
    params: searchParams,
    body: request.body,
    ifMatch: ifMatch === undefined ? undefined : ifMatch.replace(/^W\//u, "").replaceAll('"', ""),
    ifNoneExist: request.get("if-none-exist")?.replace(/^\?/u, ""),
    strict: /\bhandling=strict\b/u.test(request.get("prefer") ?? ""),
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest("The path is not percent-encoded UTF-8");
  }
}

function formOf(body: unknown): [string, string][] {
  if (typeof body !== "object" || body === null) return [];
  return Object.entries(body).flatMap(([name, value]: [string, unknown]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  );
}

function toRefusal(error: unknown): FhirError {
  if (error instanceof FhirError) return error;
  const status = typeof error === "object" && error !== null && "status" in error ? error.status : undefined;
  if (status === 413) return refuse(413, "too-long", "The body is too large");
  if (status === 400) return refuse(400, "structure", "The body is not JSON");
  return refuse(500, "exception", "The server failed");
}
