import { createServer } from "node:http";
import type { Server } from "node:http";
import express from "express";
import type { Express, RequestHandler } from "express";
import { createAuthServer } from "./auth/server.ts";
import type { AuthServer, TokenGrant } from "./auth/server.ts";
import type { SandboxClient } from "./auth/clients.ts";
import type { LaunchContext } from "./auth/launch.ts";
import type { TokenLifetimes } from "./auth/provider.ts";
import { authEndpoints } from "./auth/smart-configuration.ts";
import type { AuthBehaviour } from "./auth/behaviour.ts";
import { launchDesk } from "./desk.ts";
import { createFaults } from "./fhir/faults.ts";
import type { Faults } from "./fhir/faults.ts";
import type { Journal } from "./fhir/journal.ts";
import type { Publisher } from "./fhir/publisher/publisher.ts";
import type { LoadReport } from "./fhir/load.ts";
import { createFhirServer } from "./fhir/server.ts";
import type { FhirBehaviour } from "./fhir/state.ts";
import type { ResourceStore } from "./fhir/store.ts";
import { userResources } from "./users.ts";
import type { SandboxUser } from "./users.ts";

/** How to set up an EHR in a box. */
export interface SandboxEhrOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Origin that others reach it under, without a trailing slash; default `http://host:port`. */
  readonly publicUrl?: string;
  readonly clients?: readonly SandboxClient[];
  /** People who work here; they become Practitioner and PractitionerRole resources. */
  readonly users?: readonly SandboxUser[];
  /** Chart Bundles to preload as they are. */
  readonly charts?: readonly unknown[];
  readonly behaviour?: Partial<FhirBehaviour>;
  /** How its authorisation server differs from the usual one. */
  readonly auth?: Partial<AuthBehaviour>;
  readonly lifetimes?: Partial<TokenLifetimes>;
}

/** A running EHR in a box: FHIR server and SMART authorisation server on one origin. */
export interface SandboxEhr {
  /** Origin without a trailing slash. */
  readonly url: string;
  readonly fhirBaseUrl: string;
  readonly store: ResourceStore;
  /** What reached the FHIR server. */
  readonly journal: Journal;
  readonly faults: Faults;
  /** What it tells by itself; undefined where `behaviour.subscriptions` is `none`. */
  readonly publisher: Publisher | undefined;
  /** What loading the charts found worth a warning. */
  readonly warnings: readonly string[];
  readonly load: (input: unknown, options?: { readonly strict?: boolean }) => LoadReport;
  /** Starts a launch; put the result into `launch` of the app's launch URL, beside `iss` = fhirBaseUrl. */
  readonly createLaunch: (context: LaunchContext) => string;
  /** Issues an access token without a flow, for the hook's fhirAuthorization and for tests. */
  readonly mintToken: (grant: TokenGrant, ttlSeconds?: number) => string;
  readonly revokeToken: (token: string) => void;
  readonly verifyToken: AuthServer["verifyToken"];
  /** Adds pages or services to the same origin. */
  readonly mount: (path: string, handler: RequestHandler | Express) => void;
  readonly close: () => Promise<void>;
}

/** Starts an EHR in a box. Rejects when the port is taken. */
export async function createSandboxEhr(options: SandboxEhrOptions = {}): Promise<SandboxEhr> {
  const app = express().disable("x-powered-by");
  // The address must be known before the servers are made, as their documents hold absolute URLs.
  const server = await listen(createServer(app), options.port ?? 0, options.host ?? "127.0.0.1");
  const url = options.publicUrl ?? originOf(server, options.host ?? "127.0.0.1");
  const issuer = `${url}/auth`;
  const fhirBaseUrl = `${url}/fhir`;
  const faults = createFaults();
  const auth = await createAuthServer({
    issuer,
    fhirBaseUrl,
    clients: options.clients ?? [],
    nameOf: (fhirUser) => options.users?.find((user) => fhirUser.endsWith(`/${user.id}`))?.name,
    desk: launchDesk(() => fhir, options.users ?? []),
    ...(options.auth && { behaviour: options.auth }),
    ...(options.lifetimes && { lifetimes: options.lifetimes }),
  });
  const fhir = createFhirServer({
    baseUrl: fhirBaseUrl,
    verifyToken: auth.verifyToken,
    smartConfiguration: auth.smartConfiguration,
    smartEndpoints: authEndpoints(issuer),
    ...(options.behaviour && { behaviour: options.behaviour }),
  });
  for (const resource of (options.users ?? []).flatMap(userResources)) fhir.load(resource, { strict: true });
  const warnings = (options.charts ?? []).flatMap((chart) => fhir.load(chart).warnings);

  app.use(faults.middleware);
  app.use("/fhir", fhir.router);
  app.use("/auth", auth.router);
  return {
    url,
    fhirBaseUrl,
    store: fhir.store,
    journal: fhir.journal,
    faults,
    publisher: fhir.publisher,
    warnings,
    load: fhir.load,
    createLaunch: auth.createLaunch,
    mintToken: auth.mintToken,
    revokeToken: auth.revokeToken,
    verifyToken: auth.verifyToken,
    mount: (path, handler) => void app.use(path, handler),
    close: () => {
      fhir.publisher?.close();
      return close(server);
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

function originOf(server: Server, host: string): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the sandbox EHR has no TCP address");
  return `http://${host}:${address.port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
