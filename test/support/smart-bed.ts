/** A SMART launch bed: the sandbox EHR, a real database, our routes on a real socket; jobs and log in memory. */
import { randomBytes } from "node:crypto";
import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ErrorRequestHandler, Express } from "express";
import express from "express";
import type { FhirResource } from "fhir/r4.js";
import type { JWK } from "jose";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { SandboxEhr, SandboxEhrOptions } from "../../sandbox/ehr.ts";
import type { AuditEntry } from "../../src/audit/audit.ts";
import type { TenantConfig } from "../../src/config/tenant-schema.ts";
import { tenantSchema } from "../../src/config/tenant-schema.ts";
import type { Principal } from "../../src/core/access/principal.ts";
import { toAdapterError } from "../../src/core/errors.ts";
import { createSealer } from "../../src/db/sealer.ts";
import { createFhirGateway } from "../../src/ehr/fhir-gateway.ts";
import { loadAssets } from "../../src/pages/assets.ts";
import { createLaunchPages } from "../../src/pages/launch-pages.ts";
import type { PageSessions } from "../../src/smart/authorize-page.ts";
import { createPageSessions } from "../../src/smart/authorize-page.ts";
import type { SmartDeps } from "../../src/smart/deps.ts";
import type { EhrStyles } from "../../src/smart/ehr-styles.ts";
import { createEhrStyles } from "../../src/smart/ehr-styles.ts";
import { createSmartRouter } from "../../src/smart/routes.ts";
import type { SmartSessions } from "../../src/smart/sessions.ts";
import { createSmartSessions } from "../../src/smart/sessions.ts";
import type { WaitingCharts } from "../../src/smart/waiting-chart.ts";
import { createWaitingCharts } from "../../src/smart/waiting-chart.ts";
import type { MemoryJobs } from "./memory-jobs.ts";
import { memoryJobs } from "./memory-jobs.ts";
import type { MemoryLog } from "./memory-log.ts";
import { memoryLog } from "./memory-log.ts";
import type { TestDatabase } from "./postgres.ts";
import { createTestDatabase } from "./postgres.ts";
import { startEhr } from "./sandbox-ehr.ts";

export const clientId = "handover-app";
export const attendingRole = "405279007";
const scopes = "launch openid fhirUser patient/*.rs user/Practitioner.rs user/PractitionerRole.rs";

/** A request as it left for the EHR. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  /** Fields of a form; empty for a request without one. */
  readonly form: URLSearchParams;
}

export interface SmartBed {
  readonly url: string;
  readonly app: Express;
  readonly ehr: SandboxEhr;
  readonly tenant: TenantConfig;
  readonly deps: SmartDeps;
  readonly sessions: SmartSessions;
  readonly pageSessions: PageSessions;
  readonly charts: WaitingCharts;
  readonly styles: EhrStyles;
  /** Names of style values that were not taken over, as they were logged. */
  readonly leftOut: string[];
  readonly jobs: MemoryJobs;
  readonly log: MemoryLog;
  readonly audit: AuditEntry[];
  readonly database: TestDatabase;
  /** Requests that left for the EHR: method and URL. */
  readonly outbound: string[];
  /** The same requests, whole. */
  readonly sent: SentRequest[];
  /** Errors told to `onError`. */
  readonly errors: unknown[];
  /** Milliseconds added to the clock that launches and sessions see. */
  clockOffsetMs: number;
  /** What lies between the browser and our server; changed at any time. */
  readonly wire: Wire;
  /** Cuts every open connection, as a proxy or a deploy would. */
  dropConnections(): void;
  /** Mount further routes before this. */
  start(): void;
  close(): Promise<void>;
}

export interface SmartBedOptions {
  /** Host of our own origin; `localhost` and `127.0.0.1` are different sites. */
  readonly host?: string;
  readonly signerRoles?: readonly string[];
  readonly frameAncestors?: readonly string[];
  readonly charts?: readonly unknown[];
  readonly ehrScopes?: string;
  readonly backendServices?: boolean;
  /** What the tenant's setting `language` holds. */
  readonly language?: string;
  /** How long the EHR's access tokens of a launch live. */
  readonly launchSeconds?: number;
  /** Ticket sessions, by their cookie's token (trust/). */
  readonly ticketSession?: (token: string) => Promise<Principal | undefined>;
  readonly clientAuth?: "private_key_jwt" | "client_secret" | "public";
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** What the tenant's setting `scopes` holds. */
  readonly scopes?: string;
  /** How the EHR's authorisation server differs from the usual one. */
  readonly auth?: SandboxEhrOptions["auth"];
  /** Changes an answer of the EHR on its way to us. */
  readonly tamper?: (url: string, answer: Response) => Promise<Response>;
}

const renderError: ErrorRequestHandler = (thrown, _request, response, _next) => {
  const error = toAdapterError(thrown);
  if (error.code === "internal") console.error(thrown);
  response
    .status(error.status)
    .type("application/problem+json")
    .send(
      JSON.stringify({
        type: `urn:handover:error:${error.code}`,
        code: error.code,
        at: error.at,
        title: error.message,
      }),
    );
};

const makeKeys = async () => ({ ES384: await generateKeyPair("ES384"), RS384: await generateKeyPair("RS384") });
/** Made once for all beds of a test file: an RSA pair takes its time. */
let keys: ReturnType<typeof makeKeys> | undefined;

async function signer(): Promise<{ jwks: JWK[]; sign: SmartDeps["signAssertion"] }> {
  keys ??= makeKeys();
  const pairs = await keys;
  const publicJwk = async (alg: keyof typeof pairs) => ({
    ...(await exportJWK(pairs[alg].publicKey)),
    kid: alg,
    alg,
    use: "sig",
  });
  return {
    jwks: await Promise.all([publicJwk("ES384"), publicJwk("RS384")]),
    sign: ({ clientId: client, tokenEndpoint, alg }) =>
      new SignJWT({})
        .setProtectedHeader({ alg, kid: alg, typ: "JWT" })
        .setIssuer(client)
        .setSubject(client)
        .setAudience(tokenEndpoint)
        .setJti(randomBytes(16).toString("hex"))
        .setIssuedAt()
        .setExpirationTime("60s")
        .sign(pairs[alg].privateKey),
  };
}

/** How cookies pass between browser and server. */
export interface Wire {
  /**
   * `blocked`: none arrives at either side, the same for our server as a browser that blocks them all. `unpartitioned`: without
   * the attribute `Partitioned`, as a browser that knows no partitions reads it.
   */
  cookies: "whole" | "unpartitioned" | "blocked";
}

function overWire(app: Express, wire: Wire): RequestListener {
  return (request, response) => {
    if (wire.cookies === "blocked") delete request.headers.cookie;
    const setHeader = response.setHeader.bind(response);
    response.setHeader = (name, value) => {
      if (name.toLowerCase() !== "set-cookie" || wire.cookies === "whole") return setHeader(name, value);
      if (wire.cookies === "blocked") return response;
      return setHeader(
        name,
        [value].flat().map((line) => String(line).replace("; Partitioned", "")),
      );
    };
    app(request, response);
  };
}

async function listen(app: Express, host: string, wire: Wire): Promise<{ server: Server; url: string }> {
  const server = createServer(overWire(app, wire));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://${host}:${(server.address() as AddressInfo).port}` };
}

/** Reads every resource of the patient's compartment that the sandbox holds for the stay: enough of a chart for a test. */
async function readStay(
  gateway: ReturnType<SmartDeps["gatewayFor"]>,
  stay: { patient: string; encounter: string },
): Promise<FhirResource[]> {
  const found = await Promise.all(
    [stay.patient, stay.encounter].map((reference) => gateway.read(...(reference.split("/") as [string, string]))),
  );
  return found.filter((resource) => resource !== undefined);
}

/** Starts everything. `close` when done. */
export async function startSmartBed(options: SmartBedOptions = {}): Promise<SmartBed> {
  const app = express().disable("x-powered-by").set("etag", false);
  const wire: Wire = { cookies: "whole" };
  const { server, url } = await listen(app, options.host ?? "127.0.0.1", wire);
  const { jwks, sign } = await signer();
  const auth = options.clientAuth ?? "private_key_jwt";
  const clientSecret = options.clientSecret ?? "a-secret-of-the-test";
  const client = {
    clientId: options.clientId ?? clientId,
    auth,
    redirectUris: [`${url}/smart/callback`],
    scopes: options.ehrScopes ?? `${scopes} offline_access`,
    ...(auth === "private_key_jwt" ? { jwks: { keys: jwks.map((jwk) => ({ ...jwk })) } } : {}),
    ...(auth === "client_secret" ? { clientSecret } : {}),
  };
  const [ehr, database] = await Promise.all([
    startEhr({
      clients: [client],
      charts: options.charts ?? [],
      ...(options.auth && { auth: options.auth }),
      ...(options.launchSeconds === undefined ? {} : { lifetimes: { launchSeconds: options.launchSeconds } }),
    }),
    createTestDatabase(),
  ]);
  const tenant = tenantSchema.parse({
    id: "general",
    name: "General Hospital",
    environment: "test",
    ...(options.language === undefined ? {} : { language: options.language }),
    network: { allowHttp: true },
    ehr: {
      fhirBaseUrl: ehr.fhirBaseUrl,
      smart: {
        clientId: options.clientId ?? clientId,
        clientAuth: auth,
        scopes: options.scopes ?? (options.launchSeconds === undefined ? scopes : `${scopes} offline_access`),
        signerRoles: options.signerRoles ?? [],
      },
      frameAncestors: options.frameAncestors ?? [],
    },
  });
  const log = memoryLog();
  const jobs = memoryJobs(log);
  const [audit, outbound, errors]: [AuditEntry[], string[], unknown[]] = [[], [], []];
  const sent: SentRequest[] = [];
  const leftOut: string[] = [];
  const fetchFor: SmartDeps["fetchFor"] = () => async (target, init) => {
    const method = init.method ?? "GET";
    outbound.push(`${method} ${target}`);
    const form = new URLSearchParams(init.body instanceof URLSearchParams ? init.body : "");
    sent.push({ method, url: target, headers: new Headers(init.headers), form });
    const answer = await fetch(target, { ...init, redirect: "manual" });
    return options.tamper === undefined ? answer : options.tamper(target, answer);
  };
  const gatewayFor: SmartDeps["gatewayFor"] = (of, accessToken) =>
    createFhirGateway({
      baseUrl: of.ehr.fhirBaseUrl,
      fetch: (target, init) => fetchFor(of)(target, init ?? {}),
      accessToken: async () => accessToken,
    });
  const deps: SmartDeps = {
    publicUrl: url,
    db: database.open().http,
    sealer: createSealer([randomBytes(32)]),
    audit: { record: async (entry) => void audit.push(entry) },
    jobs,
    tenants: () => [tenant],
    fetchFor,
    signAssertion: sign,
    clientSecret: () => clientSecret,
    gatewayFor,
    readChart: async (of, accessToken, stay) => ({
      resources: await readStay(gatewayFor(of, accessToken), stay),
      gaps: [],
    }),
    now: () => Date.now() + bed.clockOffsetMs,
    random: (size) => randomBytes(size),
    pages: createLaunchPages(loadAssets()),
    onError: (error) => void errors.push(error),
  };
  const sessions = createSmartSessions(deps);
  const bed: SmartBed = {
    url,
    app,
    ehr,
    tenant,
    deps,
    sessions,
    pageSessions: createPageSessions({
      publicUrl: url,
      sessions,
      ticketSession: options.ticketSession ?? (async () => undefined),
    }),
    charts: createWaitingCharts(deps, sessions),
    styles: createEhrStyles({
      fetchFor,
      now: deps.now,
      onLeftOut: (_tenant, names) => void leftOut.push(...names),
      onError: (error) => void errors.push(error),
    }),
    leftOut,
    jobs,
    log,
    audit,
    database,
    outbound,
    sent,
    errors,
    clockOffsetMs: 0,
    wire,
    dropConnections: () => server.closeAllConnections(),
    start() {
      app.use(createSmartRouter(deps, sessions));
      app.use(renderError);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await ehr.close();
      await database.drop();
    },
  };
  return bed;
}
