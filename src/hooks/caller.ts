/** Who invokes: a listed issuer's JWT, or, where the tenant has switched that off, the EHR whose FHIR base is named. */
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

export interface CallerDeps {
  readonly verifyCaller: VerifyCaller;
  readonly atBase: TenantsAtBase;
}

export interface CallerInput {
  readonly authorization: string | undefined;
  /** Absolute URL of the endpoint that is called. */
  readonly endpoint: string;
  /** The body as parsed JSON, not yet checked. */
  readonly body: unknown;
  readonly onIssuer: OnIssuer;
}

/** A token that is there is always verified, also for a tenant that requires none. */
export async function identifyCaller(
  { verifyCaller, atBase }: CallerDeps,
  { authorization, endpoint, body, onIssuer }: CallerInput,
): Promise<Caller> {
  if (authorization !== undefined) {
    const { tenant, iss } = await verifyCaller(authorization, endpoint, onIssuer);
    return { tenant, actor: { kind: "ehr", id: iss } };
  }
  const base: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "fhirServer") : undefined;
  const open = typeof base === "string" ? atBase(base).filter(({ ehr }) => !ehr.cdsHooks.requireJwt) : [];
  const [tenant] = open;
  if (tenant === undefined || open.length > 1)
    throw new AdapterError("unauthenticated", { detail: "credential.missing" });
  return { tenant, actor: { kind: "ehr", id: tenant.ehr.fhirBaseUrl } };
}
