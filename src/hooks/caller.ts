/** Who invokes: a listed issuer's JWT, a listed certificate, or, where the tenant asks for neither, the EHR whose FHIR base is named. */
import { AdapterError } from "../core/errors.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { Actor } from "../jobs/jobs.ts";
import type { TenantsAtBase } from "./checks/fhir-server.ts";

export interface Caller {
  readonly tenant: TenantConfig;
  readonly actor: Actor;
}

/** A listed issuer, known before its proof is checked: for the audit log of a refusal. */
export type OnIssuer = (tenant: string, issuer: string) => void;

/** Verifies a JWT for an endpoint (trust/). @throws AdapterError `unauthenticated` */
export type VerifyCaller = (
  authorization: string,
  endpoint: string,
  onIssuer: OnIssuer,
) => Promise<{ readonly tenant: TenantConfig; readonly iss: string }>;

/** The client certificate of a call, as far as a TLS proxy of ours vouches for it (trust/). */
export interface ClientCertificate {
  /** @throws AdapterError `unauthenticated` unless it is one of the tenant's */
  checkFor(tenant: TenantConfig): void;
  /** Tenants called by certificate alone whose it is; none where there is none. @throws AdapterError `unauthenticated` */
  tenants(): readonly TenantConfig[];
}

export interface CallerDeps {
  readonly verifyCaller: VerifyCaller;
  readonly atBase: TenantsAtBase;
}

export interface CallerInput {
  readonly authorization: string | undefined;
  readonly certificate: ClientCertificate;
  /** Absolute URL of the endpoint that is called. */
  readonly endpoint: string;
  /** The body as parsed JSON, not yet checked. */
  readonly body: unknown;
  readonly onIssuer: OnIssuer;
}

/** A token that is there is always verified, also for a tenant that requires none; a certificate where the tenant asks for it. */
export async function identifyCaller(deps: CallerDeps, input: CallerInput): Promise<Caller> {
  const { authorization, endpoint, certificate, onIssuer } = input;
  if (authorization === undefined) return withoutToken(deps, input);
  const { tenant, iss } = await deps.verifyCaller(authorization, endpoint, onIssuer);
  if (tenant.ehr.cdsHooks.clientAuth !== "jwt") certificate.checkFor(tenant);
  return { tenant, actor: { kind: "ehr", id: iss } };
}

/** The tenant whose certificate it is, or the open one whose FHIR base is named; of several, the one at that base. */
function withoutToken({ atBase }: CallerDeps, { body, certificate, onIssuer }: CallerInput): Caller {
  const base: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "fhirServer") : undefined;
  const named = typeof base === "string" ? atBase(base) : [];
  const open = named.filter(({ ehr }) => !ehr.cdsHooks.requireJwt);
  const holders = open.length > 0 ? open : certificate.tenants();
  const [tenant, ...others] = holders.length > 1 ? holders.filter((holder) => named.includes(holder)) : holders;
  if (tenant === undefined || others.length > 0)
    throw new AdapterError("unauthenticated", { detail: "credential.missing" });
  onIssuer(tenant.id, tenant.ehr.fhirBaseUrl);
  return { tenant, actor: { kind: "ehr", id: tenant.ehr.fhirBaseUrl } };
}
