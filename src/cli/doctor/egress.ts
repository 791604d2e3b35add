/** May the adapter reach what it is configured to call? Names are resolved; nothing is connected to. */
import { egressRulesOf } from "../../app/tenant-clients.ts";
import type { Config } from "../../config/config.ts";
import type { TenantConfig } from "../../config/tenant-schema.ts";
import type { Check } from "./check.ts";
import { held } from "./check.ts";
import { faultOf, targetsOf } from "./tenant/targets.ts";

export async function checkEgress(config: Config, tenants: readonly TenantConfig[]): Promise<readonly Check[]> {
  return (await Promise.all(tenants.map((tenant) => checkTenant(tenant, config)))).flat();
}

async function checkTenant(tenant: TenantConfig, config: Config): Promise<readonly Check[]> {
  const name = `egress ${tenant.id}`;
  const targets = targetsOf(tenant);
  const proxy = tenant.network.proxy ?? config.egress.proxy;
  const rules = { ...egressRulesOf(tenant, config), ...(proxy === null ? {} : { proxy }) };
  const faults = await Promise.all(targets.map((target) => faultOf(target, rules, tenant.id, name)));
  const found = faults.filter((check) => check !== undefined);
  return found.length > 0
    ? found
    : [held(name, `${targets.length} addresses may be reached; \`doctor --tenant ${tenant.id}\` looks closer`)];
}
