/** The first leg: from the EHR's launch URL to its authorisation server (SMART App Launch 2.2, 2.0.9). */
import { z } from "zod";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { SmartDeps } from "./deps.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import type { SmartServer } from "./smart-configuration.ts";
import { AdapterError } from "../core/errors.ts";
import { requestedScopes, standaloneScopes } from "../core/smart/default-scopes.ts";
import { sameBase } from "../core/smart/fhir-user.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import { addressOf, authorizationRequest } from "./authorization-request.ts";
import { requireAuthentication } from "./client-auth.ts";
import { cookieIdOf, hashOf, newSecret } from "./secrets.ts";
import type { CookieValue } from "./cookies.ts";
import { proofText, pruneCookies, setCookie } from "./cookies.ts";
import { discoverSmartServer, smartServer } from "./smart-configuration.ts";
import { addLaunch, takeOnce } from "./store.ts";
import { createHash } from "node:crypto";

/** A person logs in at the EHR within this time, or starts again. */
const launchSeconds = 600;

const pending = z.object({ server: smartServer, nonce: z.string(), verifier: z.string() });

/** A launch that came back, as it was begun. */
export interface PendingLaunch {
  readonly tenant: TenantConfig;
  readonly server: SmartServer;
  readonly nonce: string;
  readonly verifier: string;
}

export interface Redirect {
  readonly location: string;
  readonly cookies: readonly string[];
}

/** A launch that is under way: where the browser goes, and how it will prove on its return that it is the same one. */
export interface BegunLaunch extends Redirect {
  readonly tenant: TenantConfig;
  /** What `location` says as an address, for a page that can send it as a form. */
  readonly request: AuthorizationRequest;
  /** For a browser that sends no cookies back: the tab keeps the proof under this name. */
  readonly tab: { readonly id: string; readonly proof: string };
}

export function redirectUriOf(deps: Pick<SmartDeps, "publicUrl">): string {
  return `${deps.publicUrl}/smart/callback`;
}

/** The tenant whose EHR this is; an `iss` that nobody registered is refused before anything is fetched. */
export function tenantOfIssuer(deps: Pick<SmartDeps, "tenants">, iss: string): TenantConfig {
  const tenant = deps.tenants().find(({ ehr }) => ehr.smart !== undefined && sameBase(ehr.fhirBaseUrl, iss));
  if (tenant === undefined)
    throw new AdapterError("parameter_invalid", {
      at: "iss",
      message: "This EHR is not registered here.",
      detail: "smart.iss",
    });
  return tenant;
}

const sealContext = (tenant: string, stateHash: Buffer) => ({
  tenant,
  purpose: "smart-launch",
  id: stateHash.toString("base64url"),
  version: "1",
});

/** Begins a launch: what the callback needs is sealed in the database, and bound to this browser by a cookie. */
export async function beginLaunch(
  deps: SmartDeps,
  asked: { readonly iss: string; readonly launch?: string },
  cookieHeader: string | undefined,
): Promise<BegunLaunch> {
  const tenant = tenantOfIssuer(deps, asked.iss);
  const settings = tenant.ehr.smart;
  if (settings === undefined) throw new AdapterError("parameter_invalid", { at: "iss" });
  const server = await discoverSmartServer(deps.fetchFor(tenant), tenant.ehr.fhirBaseUrl, tenant.network.allowHttp);
  requireAuthentication(settings, server);
  const [state, browser, nonce, verifier] = [
    newSecret(deps.random),
    newSecret(deps.random),
    newSecret(deps.random),
    newSecret(deps.random),
  ];
  const stateHash = hashOf(state);
  const now = deps.now();
  const row = {
    stateHash,
    browserHash: hashOf(browser),
    sealed: sealJson(deps.sealer, { server, nonce, verifier }, sealContext(tenant.id, stateHash)),
    expiresAt: new Date(now + launchSeconds * 1000),
  };
  await addLaunch(deps.db, tenant.id, row, new Date(now));
  const scopes = requestedScopes(settings.scopes, server.capabilities);
  const request = authorizationRequest(server, {
    client_id: settings.clientId,
    redirect_uri: redirectUriOf(deps),
    aud: tenant.ehr.fhirBaseUrl,
    scope: asked.launch === undefined ? standaloneScopes(scopes) : scopes,
    state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    ...(asked.launch === undefined ? {} : { launch: asked.launch }),
  });
  const [id, proof]: [string, CookieValue] = [cookieIdOf(state), { tenant: tenant.id, secret: browser }];
  return {
    location: addressOf(request),
    request,
    tenant,
    tab: { id, proof: proofText(proof) },
    cookies: [...pruneCookies(cookieHeader, "launch"), setCookie("launch", id, proof, launchSeconds)],
  };
}

/**
 * The launch that this callback ends. Missing, wrong, repeated, late or another browser's state: 400, and the code has not
 * been sent anywhere.
 *
 * @param proof what this browser kept when the launch began, in a cookie or in its tab
 */
export async function resumeLaunch(
  deps: SmartDeps,
  state: string,
  proof: CookieValue | undefined,
): Promise<PendingLaunch> {
  const refused = new AdapterError("parameter_invalid", {
    at: "state",
    message: "This launch is not under way in this browser.",
    detail: "smart.state",
  });
  const tenant = deps.tenants().find((entry) => entry.id === proof?.tenant);
  if (proof === undefined || tenant === undefined) throw refused;
  const stateHash = hashOf(state);
  const sealed = await takeOnce(deps.db, tenant.id, stateHash, hashOf(proof.secret), new Date(deps.now()));
  if (sealed === undefined) throw refused;
  const launch = pending.parse(openJson(deps.sealer, sealed, sealContext(tenant.id, stateHash)));
  return { tenant, ...launch };
}
