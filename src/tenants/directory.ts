/**
 * The hospitals that are served now. They are replaced as a whole, by lists that nobody changes: whoever took one at the
 * beginning of a call works with it to the end. A tenant that stays as it is keeps its very object, so that what others
 * made of it (connections, tokens, engines) stays too.
 */
import { derived } from "../config/derived.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { TenantRegistry } from "./registry.ts";
import { createTenantRegistry } from "./registry.ts";

export type TenantList = readonly TenantConfig[];

export interface TenantDirectory extends TenantRegistry {
  /** Settings of a tenant that is served, or was once since this process began. */
  lastKnown(id: string): TenantConfig | undefined;
  /** Puts another list in force and tells whoever asked to be told. */
  replace(tenants: TenantList): void;
  /** Called after each change, with what is served now. Returns what ends it. */
  onReplaced(listener: (now: TenantList) => void): () => void;
}

export function createTenantDirectory(initial: TenantList): TenantDirectory {
  let current = initial;
  const known = new Map(initial.map((tenant) => [tenant.id, tenant]));
  const listeners = new Set<(now: TenantList) => void>();
  const registry = derived(() => current, createTenantRegistry);
  return {
    all: () => current,
    byId: (id) => registry().byId(id),
    byIssuer: (iss, tenant) => registry().byIssuer(iss, tenant),
    byFhirBase: (url) => registry().byFhirBase(url),
    bySmartIss: (iss) => registry().bySmartIss(iss),
    lastKnown: (id) => known.get(id),
    replace(tenants) {
      if (tenants.length === current.length && tenants.every((tenant, index) => tenant === current[index])) return;
      current = tenants;
      for (const tenant of tenants) known.set(tenant.id, tenant);
      tell(listeners, tenants);
    },
    onReplaced(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Every listener hears of it, whatever befalls another; the first failure is thrown when all have. */
function tell(listeners: ReadonlySet<(now: TenantList) => void>, tenants: TenantList): void {
  const failures: unknown[] = [];
  for (const listener of listeners) {
    try {
      listener(tenants);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
