/** GET /cds-services: what is offered, the same for every hospital (attack list 38). */
import type { HookName } from "./cds-hooks.ts";
import { needsBallot } from "./prefetch-template.ts";
import type { CdsDiscovery } from "./schema/discovery.ts";
import { cdsDiscovery } from "./schema/discovery.ts";
import type { CdsService, HookOffer } from "./service.ts";

/** The version of CDS Hooks that is spoken here (3.0 ballot: SHOULD be told). */
const CDS_HOOKS_VERSION = "2.0.0";
/** Of entries whose prefetch only a client of the ballot can fill. */
const BALLOT_VERSION = "3.0.0-ballot";
/** Version of the hooks' own definitions in the CDS Hooks library. */
const HOOK_VERSION = "1.0";

/** One entry per hook of a service, all under the service's id. @throws where a definition makes no valid entry */
export function discoveryOf(services: readonly CdsService[]): CdsDiscovery {
  return cdsDiscovery.parse({ services: services.flatMap(entriesOf) } satisfies CdsDiscovery);
}

function entriesOf(service: CdsService): CdsDiscovery["services"] {
  const { id, title, description, usageRequirements, extension } = service;
  return (Object.entries(service.hooks) as [HookName, HookOffer][]).map(([hook, { prefetch }]) => ({
    hook,
    id,
    title,
    description,
    ...(usageRequirements === undefined ? {} : { usageRequirements }),
    ...(prefetch === undefined ? {} : { prefetch }),
    ...(extension === undefined ? {} : { extension }),
    hookVersion: HOOK_VERSION,
    version: Object.values(prefetch ?? {}).some(needsBallot) ? BALLOT_VERSION : CDS_HOOKS_VERSION,
  }));
}
