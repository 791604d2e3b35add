/** The hospitals that this adapter serves, by each name that a caller may use for them. */
import type { IssuerConfig, TenantConfig } from "../config/tenant-schema.ts";

export interface TenantRegistry {
  all(): readonly TenantConfig[];
  byId(id: string): TenantConfig | undefined;
  /** By a hook caller's `iss` and `tenant` claims; null where the token has no `tenant`. */
  byIssuer(
    iss: string,
    tenant: string | null,
  ): { readonly tenant: TenantConfig; readonly issuer: IssuerConfig } | undefined;
  /** Tenants whose EHR has this FHIR base; one EHR can serve several. */
  readonly byFhirBase: (url: string) => readonly TenantConfig[];
  /** By the `iss` of a SMART launch: the FHIR base of a tenant with a SMART client. */
  bySmartIss(iss: string): TenantConfig | undefined;
}

/**
 * The comparable form of a FHIR base: scheme and host as the URL standard writes them, no trailing slash. Undefined for
 * what is no plain http(s) address: with user information, a query or a fragment it is not a base of anybody we know.
 */
export function normalFhirBase(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/u.test(parsed.protocol)) return undefined;
  if (parsed.username !== "" || parsed.password !== "" || parsed.search !== "" || parsed.hash !== "") return undefined;
  return parsed.href.replace(/\/+$/u, "");
}

export function createTenantRegistry(tenants: readonly TenantConfig[]): TenantRegistry {
  const byId = new Map(tenants.map((tenant) => [tenant.id, tenant]));
  const byIssuer = new Map(
    tenants.flatMap((tenant) =>
      tenant.ehr.cdsHooks.issuers.map((issuer) => [issuerKey(issuer.iss, issuer.tenant), { tenant, issuer }] as const),
    ),
  );
  const byBase = Map.groupBy(tenants, (tenant) => normalFhirBase(tenant.ehr.fhirBaseUrl) ?? tenant.ehr.fhirBaseUrl);
  const atBase = (url: string): readonly TenantConfig[] => byBase.get(normalFhirBase(url) ?? "") ?? [];
  return {
    all: () => tenants,
    byId: (id) => byId.get(id),
    byIssuer: (iss, tenant) => byIssuer.get(issuerKey(iss, tenant)),
    byFhirBase: atBase,
    bySmartIss: (iss) => atBase(iss).find(({ ehr }) => ehr.smart !== undefined),
  };
}

function issuerKey(iss: string, tenant: string | null): string {
  return JSON.stringify([iss, tenant]);
}
