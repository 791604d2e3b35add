/** What SMART launches need from the rest; app.ts wires them. */
import type { FhirResource } from "fhir/r4.js";
import type { Audit } from "../audit/audit.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { Pool } from "../db/database.ts";
import type { Sealer } from "../db/sealer.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import type { RandomBytes } from "./secrets.ts";
import type { Fetch } from "./smart-configuration.ts";

/** The EHR's FHIR API with one user's token; reads stay at the tenant's registered base. */
export interface UserGateway {
  read(type: string, id: string): Promise<FhirResource | undefined>;
  search(
    type: string,
    params: Readonly<Record<string, string>>,
    maxPages: number,
  ): Promise<{ readonly resources: readonly FhirResource[] }>;
}

/**
 * Pages that carry a launch through a browser that sends no cookies: the first keeps the proof in its tab and goes on to the
 * EHR, the second brings proof and code back.
 */
export interface LaunchPages {
  begin(launch: {
    readonly location: string;
    readonly request: AuthorizationRequest;
    readonly tab: { readonly id: string; readonly proof: string };
    /** BCP 47 tag of the hospital's language. */
    readonly lang: string;
  }): string;
  finish(tabId: string, lang: string): string;
  /** Address of the style sheet, for pages of smart/'s own. */
  readonly stylesheet: string;
  /** Their Content-Security-Policy, but for `frame-ancestors`. `request` is the form that the page sends to the EHR. */
  policy(request?: AuthorizationRequest): string;
}

export interface SmartDeps {
  /** Without trailing slash. */
  readonly publicUrl: string;
  readonly db: Pool;
  readonly sealer: Sealer;
  readonly audit: Audit;
  readonly jobs: Jobs;
  /** Tenants as configured now. */
  readonly tenants: () => readonly TenantConfig[];
  /** The tenant's walled fetch; follows no redirect. */
  readonly fetchFor: (tenant: TenantConfig) => Fetch;
  /** Signs a client assertion with our key (trust/). */
  readonly signAssertion: (input: {
    clientId: string;
    tokenEndpoint: string;
    alg: "ES384" | "RS384";
  }) => Promise<string>;
  /** The client secret, where `clientAuth` is `client_secret`. */
  readonly clientSecret: (tenant: TenantConfig) => string | undefined;
  readonly gatewayFor: (tenant: TenantConfig, accessToken: string) => UserGateway;
  /** Reads the stay's chart with the user's token; `granted` are the scopes it came with, where the EHR said. */
  readonly readChart: (
    tenant: TenantConfig,
    accessToken: string,
    stay: { readonly patient: string; readonly encounter: string; readonly granted: string | undefined },
  ) => Promise<{
    readonly resources: readonly FhirResource[];
    /** What the EHR did not give. */
    readonly gaps: readonly string[];
  }>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly random: RandomBytes;
  readonly pages: LaunchPages;
  readonly onError?: (error: unknown) => void;
}
