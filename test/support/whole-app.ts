/** The whole product as its users meet it: adapter and sandbox EHR started in this process, on a database of their own. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { App } from "../../src/app.ts";
import { createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { SandboxClient } from "../../sandbox/auth/clients.ts";
import type { Sandbox, SandboxOptions } from "../../sandbox/main.ts";
import { startSandbox } from "../../sandbox/main.ts";
import type { TestDatabase } from "./postgres.ts";
import { createTestDatabase } from "./postgres.ts";

/** Keys that the tests know; fixed, so that a replica or a restart opens what another sealed. */
export const masterKey = Buffer.alloc(32, 11).toString("base64");
export const apiKey = "whole-app-gateway-key-0123456789";
export const webhookSecret = `whsec_${Buffer.from("whole-app-webhook-secret-32-byte").toString("base64")}`;
/** PractitionerRole.code of the sandbox's attending, who may sign. */
export const signerRole = "405279007";

/** One tenant of the file, as far as the tests vary it. */
export interface TenantOptions {
  readonly id?: string;
  readonly engine?: "template" | "model";
  /** BCP 47; default: English. */
  readonly language?: string;
  /** Default on. */
  readonly smart?: boolean;
  /** Default on. */
  readonly backendServices?: boolean;
  /** Of Backend Services; default: the adapter's own. */
  readonly scopes?: string;
  readonly autoDraftOn?: readonly "encounter-discharge"[];
  readonly writeProfile?: object;
  /** Default: one endpoint `his` that takes every family of events. */
  readonly endpoints?: readonly object[];
  /** Default: the sandbox's own CDS client. */
  readonly issuers?: readonly object[];
  readonly apiKey?: string;
  /** Of the API client; default: all. */
  readonly apiScopes?: readonly string[];
  /** Added to `ehr`. */
  readonly ehr?: object;
  /** Added to `generation.model`. */
  readonly model?: object;
  readonly alerts?: object;
  /** Who may call besides the gateway. */
  readonly apiClients?: readonly object[];
  /** Of FHIR Subscriptions. */
  readonly subscriptions?: object;
  /** Added to `generation`. */
  readonly generation?: object;
}

export interface WholeAppOptions {
  /** Default: one tenant `general` with everything on. */
  readonly tenants?: (sandbox: Sandbox) => readonly TenantOptions[];
  readonly sandbox?: Partial<SandboxOptions>;
  /** Registered at the EHR besides the adapter's own. */
  readonly clients?: readonly SandboxClient[];
  /** Default `api,worker`. */
  readonly roles?: string;
  /** Added to the configuration file. */
  readonly file?: object;
  /** Added to the adapter's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Another way to the database, such as a proxy that a test can cut; given the app's own URL. */
  readonly databaseUrl?: (appUrl: string) => string;
}

export interface WholeApp {
  /** PUBLIC_URL of every replica. */
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly database: TestDatabase;
  /** Every line that any replica logged. */
  readonly logLines: readonly string[];
  readonly adapter: App;
  /** Another process's worth of adapter on the same database; stopped with the rest. Its own port, the same public URL. */
  replica(roles: string): Promise<Replica>;
  stop(): Promise<void>;
}

export interface Replica {
  /** Where this replica listens. */
  readonly url: string;
  readonly stop: (graceMs?: number) => Promise<void>;
}

/** A port that was free a moment ago: links carry it before anything listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  server.close();
  await once(server, "close");
  return address.port;
}

function clientsOf(url: string): readonly SandboxClient[] {
  const jwksUri = `${url}/.well-known/jwks.json`;
  return [
    {
      clientId: "handover-backend",
      auth: "private_key_jwt",
      jwksUri,
      scopes: [
        "system/*.rs",
        "system/DocumentReference.cu",
        "system/Provenance.c",
        "system/Device.c",
        "system/Subscription.cruds",
      ],
    },
    {
      clientId: "handover-app",
      auth: "private_key_jwt",
      jwksUri,
      redirectUris: [`${url}/smart/callback`],
      scopes:
        "launch openid fhirUser patient/*.rs user/Practitioner.rs user/PractitionerRole.rs user/DocumentReference.cu",
    },
  ];
}

/** The configuration of one tenant at this sandbox. */
export function tenantFile(sandbox: Sandbox, options: TenantOptions = {}): object {
  const { id = "general", engine = "template", smart = true, backendServices = true, scopes } = options;
  return {
    id,
    name: "General Hospital",
    timeZone: "America/Chicago",
    ...(options.language === undefined ? {} : { language: options.language }),
    environment: "test",
    network: { allowHttp: true },
    alerts: options.alerts ?? {},
    ehr: {
      fhirBaseUrl: sandbox.ehr.fhirBaseUrl,
      cdsHooks: { issuers: options.issuers ?? [sandbox.cdsIssuer] },
      ...(backendServices
        ? { backendServices: { clientId: "handover-backend", ...(scopes === undefined ? {} : { scopes }) } }
        : {}),
      ...(smart ? { smart: { clientId: "handover-app", signerRoles: [signerRole] } } : {}),
      frameAncestors: [sandbox.url],
      writeProfile: options.writeProfile ?? {},
      ...options.ehr,
    },
    apiClients: [
      {
        id: `gateway-${id}`,
        key: options.apiKey ?? apiKey,
        ...(options.apiScopes === undefined ? {} : { scopes: options.apiScopes }),
      },
      ...(options.apiClients ?? []),
    ],
    subscriptions: options.subscriptions ?? {},
    endpoints: options.endpoints ?? [hisEndpoint(sandbox)],
    generation: {
      engine,
      ...(options.autoDraftOn === undefined ? {} : { autoDraftOn: options.autoDraftOn }),
      ...(engine === "model" ? { model: { baseUrl: sandbox.model.baseUrl, model: "scripted", ...options.model } } : {}),
      ...options.generation,
    },
  };
}

/** Takes everything that leaves by webhook. */
export function hisEndpoint(sandbox: Sandbox, more: object = {}): object {
  return {
    id: "his",
    url: sandbox.receiver.endpointUrl(),
    events: ["task.*", "summary.*", "document.*"],
    secret: webhookSecret,
    retry: { attempts: 8, baseSeconds: 0.05, factor: 1, maxSeconds: 1, jitter: 0 },
    ...more,
  };
}

/** Starts sandbox and adapter. `stop` must be called, also after a failed test. */
export async function startWholeApp(options: WholeAppOptions = {}): Promise<WholeApp> {
  const database = await createTestDatabase();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const sandbox = await startSandbox({
    adapterUrl: url,
    webhookSecrets: [webhookSecret],
    clients: [...clientsOf(url), ...(options.clients ?? [])],
    model: { chunkDelayMs: 0 },
    ...options.sandbox,
  });
  const tenants = (options.tenants?.(sandbox) ?? [{}]).map((tenant) => tenantFile(sandbox, tenant));
  const logLines: string[] = [];
  const databaseUrl = options.databaseUrl?.(database.appUrl) ?? database.appUrl;
  const start = async (roles: string, onPort: number): Promise<App> =>
    createApp(
      loadConfig({
        demo: true,
        file: { egress: { allow: ["127.0.0.1/32"] }, tenants, ...options.file },
        environment: {
          DATABASE_URL: databaseUrl,
          HANDOVER_MASTER_KEY: masterKey,
          HANDOVER_ROLES: roles,
          PUBLIC_URL: url,
          PORT: String(onPort),
          LOG_LEVEL: "trace",
          ...options.environment,
        },
      }),
      { logDestination: { write: (line) => void logLines.push(line) } },
    );
  const running = new Set<App>();
  const close = async (): Promise<void> => {
    await sandbox.close();
    await database.drop();
  };
  const adapter = await start(options.roles ?? "api,worker", port).catch(async (error: unknown) => {
    // What stays open would keep the test file from ending and telling why.
    await close();
    throw error;
  });
  running.add(adapter);
  const stopOne = async (app: App, graceMs: number): Promise<void> => {
    if (running.delete(app)) await app.stop(graceMs);
  };
  return {
    url,
    sandbox,
    database,
    logLines,
    adapter,
    async replica(roles) {
      const app = await start(roles, 0);
      running.add(app);
      return { url: `http://127.0.0.1:${app.port}`, stop: (graceMs = 2_000) => stopOne(app, graceMs) };
    },
    async stop() {
      await Promise.all([...running].map((app) => stopOne(app, 1_000)));
      await close();
    },
  };
}
