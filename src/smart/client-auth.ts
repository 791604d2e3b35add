/** Our authentication at one EHR's token and revocation endpoint (SMART 2.2, "Client authentication"; RFC 6749, 2.3). */
import * as oauth from "oauth4webapi";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { ClientAuthentication } from "../core/smart/client-authentication.ts";
import type { SmartDeps } from "./deps.ts";
import type { SmartServer } from "./smart-configuration.ts";
import { AdapterError } from "../core/errors.ts";
import { chooseAuthentication } from "../core/smart/client-authentication.ts";
import { offeredBy } from "./smart-configuration.ts";

export type SmartSettings = NonNullable<TenantConfig["ehr"]["smart"]>;

/**
 * What this server and the tenant's `clientAuth` have in common.
 *
 * @throws AdapterError ehr_refused where that is nothing; a launch asks before it sends anybody away to sign in in vain
 */
export function requireAuthentication(settings: SmartSettings, server: SmartServer): ClientAuthentication {
  const chosen = chooseAuthentication(settings.clientAuth, offeredBy(server));
  if (chosen !== undefined) return chosen;
  throw new AdapterError("ehr_refused", {
    at: "clientAuth",
    detail: `the EHR's smart-configuration offers no client authentication that smart.clientAuth ${settings.clientAuth} can use`,
  });
}

/** In the library's form. Id and secret are form-encoded before they go into HTTP Basic (RFC 6749, 2.3.1). */
export function clientAuth(
  deps: Pick<SmartDeps, "clientSecret" | "signAssertion">,
  tenant: TenantConfig,
  settings: SmartSettings,
  server: SmartServer,
): oauth.ClientAuth {
  const chosen = requireAuthentication(settings, server);
  if (chosen.method === "none") return oauth.None();
  if (chosen.method === "client_secret_basic") {
    const secret = deps.clientSecret(tenant);
    if (secret === undefined)
      throw new AdapterError("configuration_invalid", { detail: "smart.clientSecret is not set" });
    return oauth.ClientSecretBasic(secret);
  }
  return async (_server, _client, body) => {
    // At the revocation endpoint too `aud` is the token endpoint: SMART 2.2 (329) names no other.
    const assertion = await deps.signAssertion({
      clientId: settings.clientId,
      tokenEndpoint: server.tokenEndpoint,
      alg: chosen.alg,
    });
    body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    body.set("client_assertion", assertion);
  };
}
