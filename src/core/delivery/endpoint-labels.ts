/** Names of endpoints as metrics carry them: bounded, however many endpoints there are. */

/** Job's callbacks are one endpoint for each URL: all of them are one name. */
const callback = /^callback-[0-9a-f]{32}$/u;

export interface EndpointLabels {
  /** The endpoint's own id, `callback`, or `other` once as many have their own as may. */
  of(tenant: string, endpoint: string): string;
}

/** @param most endpoints that get a name of their own, first come, first named */
export function createEndpointLabels(most: number): EndpointLabels {
  const named = new Set<string>();
  return {
    of(tenant, endpoint) {
      if (callback.test(endpoint)) return "callback";
      const key = `${tenant}/${endpoint}`;
      if (named.has(key)) return endpoint;
      if (named.size >= most) return "other";
      named.add(key);
      return endpoint;
    },
  };
}
