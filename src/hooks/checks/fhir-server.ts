import { AdapterError } from "../../core/errors.ts";
import type { TenantConfig } from "../../config/tenant-schema.ts";
import type { CdsRequest } from "../cds-hooks.ts";

/** Tenants whose EHR has this base; empty for a base that nobody registered. */
export type TenantsAtBase = (url: string) => readonly TenantConfig[];

/**
 * `fhirServer` must be the tenant's own: it is compared and never called, calls go to the registered base (attack list 25).
 * Another tenant's server is refused as such (attack list 27).
 */
export function checkFhirServer({ fhirServer }: CdsRequest, tenant: TenantConfig, atBase: TenantsAtBase): void {
  if (fhirServer === undefined) return;
  const owners = atBase(fhirServer);
  if (owners.some(({ id }) => id === tenant.id)) return;
  if (owners.length > 0) throw new AdapterError("forbidden", { at: "fhirServer" });
  throw new AdapterError("parameter_invalid", { at: "fhirServer", message: "This FHIR server is not registered." });
}
