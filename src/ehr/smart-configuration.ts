/** Discovery of an EHR's SMART endpoints (SMART App Launch 2.2, section 5), cached per FHIR base. */
import { z } from "zod";
import { AdapterError } from "../core/errors.ts";
import { callEhr } from "./call.ts";
import type { Fetch } from "./fetch.ts";

const document = z.looseObject({ token_endpoint: z.string().min(1) });

export type TokenEndpointOf = (fhirBaseUrl: string) => Promise<string>;

/** Finds the token endpoint; never hard-coded (SMART rows 226, 227). A document is used for `ttlMs`. */
export function createTokenEndpointDiscovery(fetch: Fetch, now: () => number, ttlMs = 300_000): TokenEndpointOf {
  const cache = new Map<string, { readonly url: string; readonly until: number }>();
  return async (fhirBaseUrl) => {
    const hit = cache.get(fhirBaseUrl);
    if (hit !== undefined && hit.until > now()) return hit.url;
    const base = `${fhirBaseUrl.replace(/\/$/u, "")}/`;
    const response = await callEhr(fetch, `${base}.well-known/smart-configuration`, {
      headers: { accept: "application/json" },
    });
    if (!response.ok)
      throw new AdapterError("ehr_failed", { detail: `smart-configuration answered ${response.status}` });
    const parsed = document.safeParse(await response.json());
    if (!parsed.success)
      throw new AdapterError("ehr_failed", { detail: "smart-configuration names no token_endpoint" });
    // Relative endpoints resolve against the FHIR base (row 379).
    const url = new URL(parsed.data.token_endpoint, base).href;
    cache.set(fhirBaseUrl, { url, until: now() + ttlMs });
    return url;
  };
}
