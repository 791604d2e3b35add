/** Calls in hand by tenant: one hospital's slow EHR or busy hour leaves room for the others. */
import { AdapterError } from "../core/errors.ts";

export interface TenantPlaces {
  /**
   * Takes a place; call what it returns when the answer is out.
   * @throws AdapterError `throttled` (429 with Retry-After)
   */
  enter(tenant: string): () => void;
}

/** @param most places of each tenant, on this replica */
export function createTenantPlaces(most: () => number): TenantPlaces {
  const taken = new Map<string, number>();
  return {
    enter(tenant) {
      const before = taken.get(tenant) ?? 0;
      if (before >= most()) throw new AdapterError("throttled", { retryAfterSeconds: 1 });
      taken.set(tenant, before + 1);
      return () => {
        const left = (taken.get(tenant) ?? 1) - 1;
        if (left === 0) taken.delete(tenant);
        else taken.set(tenant, left);
      };
    },
  };
}
