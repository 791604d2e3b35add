import { randomBytes } from "node:crypto";
import express, { Router } from "express";
import type { NextFunction, Request, Response } from "express";
import { defaultBehaviour } from "./behaviour.ts";
import type { AuthBehaviour } from "./behaviour.ts";
import { registeredScopes } from "./clients.ts";
import type { SandboxClient } from "./clients.ts";
import { createGrantRecords } from "./grants.ts";
import { createLaunchRegistry } from "./launch.ts";
import type { LaunchContext } from "./launch.ts";
import type { LaunchDesk } from "./picker.ts";
import { createProvider } from "./provider.ts";
import type { TokenLifetimes } from "./provider.ts";
import { smartStyle, smartConfiguration, authEndpoints } from "./smart-configuration.ts";

/** What a live access token stands for. */
export interface TokenGrant {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirUser?: string;
}

/** How to set up the authorisation server. */
export interface AuthServerOptions {
  /** Public URL the router is mounted at, without a trailing slash; the path is the mount path. */
  readonly issuer: string;
  readonly fhirBaseUrl: string;
  readonly clients: readonly SandboxClient[];
  /** Display name of a user such as `Practitioner/7`. */
  readonly nameOf?: (fhirUser: string) => string | undefined;
  /** Who can sign in and what they can pick when an app is launched from outside the EHR; without it such launches are refused. */
  readonly desk?: LaunchDesk;
  readonly behaviour?: Partial<AuthBehaviour>;
  readonly lifetimes?: Partial<TokenLifetimes>;
  readonly launchTtlSeconds?: number;
  readonly nowMs?: () => number;
}

/** The authorisation side of the sandbox EHR. */
export interface AuthServer {
  /** To be mounted at the issuer's path. */
  readonly router: Router;
  /** Document for the FHIR base's `/.well-known/smart-configuration`. */
  readonly smartConfiguration: Readonly<Record<string, unknown>>;
  /** Registers what the EHR session is about; the result is the `launch` parameter. */
  readonly createLaunch: (context: LaunchContext) => string;
  /** Issues a token without a flow: for the hook's fhirAuthorization, and for tests. */
  readonly mintToken: (grant: TokenGrant, ttlSeconds?: number) => string;
  /** Ends a minted token early, as an EHR does when its hook call is over. */
  readonly revokeToken: (token: string) => void;
  readonly verifyToken: (token: string) => Promise<TokenGrant | null>;
}

const defaultLifetimes: TokenLifetimes = { launchSeconds: 3600, backendSeconds: 300, refreshSeconds: 86_400 };

/** Creates a SMART App Launch 2.2 authorisation server with the given clients. */
export async function createAuthServer(options: AuthServerOptions): Promise<AuthServer> {
  const { issuer, fhirBaseUrl, clients } = options;
  const nowMs = options.nowMs ?? Date.now;
  const behaviour = { ...defaultBehaviour, ...options.behaviour };
  const launches = createLaunchRegistry(nowMs, options.launchTtlSeconds);
  const scopes = new Map(clients.map((client) => [client.clientId, registeredScopes(client)]));
  const provider = await createProvider({
    issuer,
    fhirBaseUrl,
    clients,
    launches,
    grants: createGrantRecords(),
    lifetimes: { ...defaultLifetimes, ...options.lifetimes },
    nowMs,
    registered: (clientId) => scopes.get(clientId) ?? [],
    desk: options.desk,
    behaviour,
    nameOf: options.nameOf ?? (() => undefined),
  });
  const minted = createMint(nowMs);
  const router = Router();
  router.get(new URL(authEndpoints(issuer).style).pathname.slice(new URL(issuer).pathname.length), sendStyle);
  if (behaviour.authorizePost)
    router.post("/authorize", express.text({ type: "application/x-www-form-urlencoded" }), asGet);
  const callback = provider.callback();
  router.use((request: Request, response: Response, _next: NextFunction) => {
    asPublic(request, issuer);
    void callback(request, response);
  });
  return {
    router,
    smartConfiguration: smartConfiguration({ issuer, fhirBaseUrl }, behaviour),
    createLaunch: (context) => launches.create(context),
    mintToken: minted.mint,
    revokeToken: minted.revoke,
    verifyToken: async (token) => minted.find(token) ?? (await findIssued(provider, token)),
  };
}

/**
 * An authorization request by POST, shown to the library as the same one by GET: its own way of taking POST wants cookies,
 * which a framed app's browser may not keep. A query beside the form counts for nothing.
 */
function asGet(request: Request, _response: Response, next: NextFunction): void {
  const query = new URLSearchParams(typeof request.body === "string" ? request.body : "");
  request.method = "GET";
  request.url = `/authorize?${query.toString()}`;
  next();
}

function sendStyle(_request: Request, response: Response): void {
  response
    .set("Cache-Control", "public, max-age=31536000, immutable")
    .set("Access-Control-Allow-Origin", "*")
    .json(smartStyle);
}

/**
 * Shows the library the request as the outside world made it. Its absolute URLs come from the request, and an assertion's
 * `aud` is compared with them; and offline_access is only heard together with `prompt=consent`.
 */
function asPublic(request: Request, issuer: string): void {
  const { host, protocol } = new URL(issuer);
  request.headers.host = host;
  request.headers["x-forwarded-host"] = host;
  request.headers["x-forwarded-proto"] = protocol.slice(0, -1);
  delete request.headers.cookie;
  const url = new URL(request.url, issuer);
  if (!url.searchParams.get("scope")?.split(" ").includes("offline_access") || url.searchParams.has("prompt")) return;
  url.searchParams.set("prompt", "consent");
  request.url = `${url.pathname}${url.search}`;
}

interface Mint {
  readonly mint: (grant: TokenGrant, ttlSeconds?: number) => string;
  readonly revoke: (token: string) => void;
  find(token: string): TokenGrant | undefined;
}

function createMint(nowMs: () => number): Mint {
  const tokens = new Map<string, { grant: TokenGrant; expiresAtMs: number }>();
  return {
    mint: (grant, ttlSeconds = 300) => {
      const token = randomBytes(32).toString("base64url");
      tokens.set(token, { grant, expiresAtMs: nowMs() + ttlSeconds * 1000 });
      return token;
    },
    revoke: (token) => tokens.delete(token),
    find: (token) => {
      const known = tokens.get(token);
      return known && known.expiresAtMs > nowMs() ? known.grant : undefined;
    },
  };
}

async function findIssued(
  provider: Awaited<ReturnType<typeof createProvider>>,
  token: string,
): Promise<TokenGrant | null> {
  const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
  if (!found?.isValid || !found.clientId) return null;
  const extra = found.extra ?? {};
  const text = (key: string): Record<string, string> => {
    const value = extra[key];
    return typeof value === "string" ? { [key]: value } : {};
  };
  return {
    clientId: found.clientId,
    scopes: found.scope?.split(" ") ?? [],
    ...text("patient"),
    ...text("encounter"),
    ...text("fhirUser"),
  };
}
