/** Discovery of an EHR's SMART endpoints (SMART App Launch 2.2, section 5), cached per FHIR base. */
import { z } from "zod";
import { AdapterError } from "../core/errors.ts";
import { callEhr } from "./call.ts";
import type { Fetch } from "./fetch.ts";

const document = z.looseObject({
  token_endpoint: z.string().min(1),
  introspection_endpoint: z.string().min(1).optional(),
  token_endpoint_auth_signing_alg_values_supported: z.array(z.string()).optional(),
  capabilities: z.array(z.string()).default([]),
});

/** Absolute addresses, and what the server says that it understands. */
export interface SmartEndpoints {
  readonly tokenEndpoint: string;
  readonly introspectionEndpoint?: string;
  /** Algorithms of client assertions; absent where it names none. */
  readonly assertionAlgs?: readonly string[];
  readonly capabilities: readonly string[];
}

export type EndpointsOf = (fhirBaseUrl: string) => Promise<SmartEndpoints>;

/** Finds the endpoints; never hard-coded (SMART rows 226, 227). A document is used for `ttlMs`. */
export function createEndpointDiscovery(fetch: Fetch, now: () => number, ttlMs = 300_000): EndpointsOf {
  const cache = new Map<string, { readonly endpoints: SmartEndpoints; readonly until: number }>();
  return async (fhirBaseUrl) => {
    const hit = cache.get(fhirBaseUrl);
    if (hit !== undefined && hit.until > now()) return hit.endpoints;
    const base = `${fhirBaseUrl.replace(/\/$/u, "")}/`;
    const response = await callEhr(fetch, `${base}.well-known/smart-configuration`, {
      headers: { accept: "application/json" },
    });
    if (!response.ok)
      throw new AdapterError("ehr_failed", { detail: `smart-configuration answered ${response.status}` });
    const parsed = document.safeParse(await response.json());
    if (!parsed.success)
      throw new AdapterError("ehr_failed", { detail: "smart-configuration names no token_endpoint" });
    const {
      token_endpoint: token,
      introspection_endpoint: introspection,
      token_endpoint_auth_signing_alg_values_supported: assertionAlgs,
      capabilities,
    } = parsed.data;
    // Relative endpoints resolve against the FHIR base (row 379).
    const endpoints = {
      tokenEndpoint: new URL(token, base).href,
      ...(introspection === undefined ? {} : { introspectionEndpoint: new URL(introspection, base).href }),
      ...(assertionAlgs === undefined ? {} : { assertionAlgs }),
      capabilities,
    };
    cache.set(fhirBaseUrl, { endpoints, until: now() + ttlMs });
    return endpoints;
  };
}
