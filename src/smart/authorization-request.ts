/** The authorization request of a launch (SMART 2.2, "Obtain authorization code"), before it is known how it travels. */
import type { SmartServer } from "./smart-configuration.ts";

export interface AuthorizationRequest {
  readonly endpoint: string;
  readonly parameters: Readonly<Record<string, string>>;
  /**
   * By a form where the server says that it takes one (capability `authorize-post`): long scopes outgrow what proxies take in
   * an address (SMART 2.2, 133), and neither state nor launch ends up in their logs.
   */
  readonly method: "GET" | "POST";
}

/** @param asked what differs from launch to launch */
export function authorizationRequest(
  server: SmartServer,
  asked: Readonly<Record<string, string>>,
): AuthorizationRequest {
  return {
    endpoint: server.authorizationEndpoint,
    parameters: { response_type: "code", code_challenge_method: "S256", ...asked },
    method: server.capabilities.includes("authorize-post") ? "POST" : "GET",
  };
}

/** The request as an address: what every server takes, whatever else it offers. A query of the endpoint's own is kept. */
export function addressOf({ endpoint, parameters }: AuthorizationRequest): string {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
