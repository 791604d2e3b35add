/** GET /cds-services: what is offered, the same for every hospital (attack list 38). */
import type { HookName } from "./cds-hooks.ts";
import type { CdsService, PrefetchTemplates } from "./service.ts";

/** The version of CDS Hooks that is spoken here (3.0 ballot: SHOULD be told). */
const CDS_HOOKS_VERSION = "2.0.0";
/** Version of the hooks' own definitions in the CDS Hooks library. */
const HOOK_VERSION = "1.0";

interface ServiceEntry {
  readonly hook: HookName;
  readonly hookVersion: string;
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly usageRequirements?: string;
  readonly prefetch?: PrefetchTemplates;
  readonly version: string;
}

/** One entry per hook of a service, all under the service's id. */
export function discoveryOf(services: readonly CdsService[]): { readonly services: readonly ServiceEntry[] } {
  return { services: services.flatMap(entriesOf) };
}

function entriesOf(service: CdsService): ServiceEntry[] {
  const { id, title, description, usageRequirements } = service;
  return (Object.entries(service.hooks) as [HookName, { readonly prefetch?: PrefetchTemplates }][]).map(
    ([hook, { prefetch }]) => ({
      hook,
      id,
      title,
      description,
      ...(usageRequirements === undefined ? {} : { usageRequirements }),
      ...(prefetch === undefined ? {} : { prefetch }),
      hookVersion: HOOK_VERSION,
      version: CDS_HOOKS_VERSION,
    }),
  );
}
