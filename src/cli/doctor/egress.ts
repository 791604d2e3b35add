/** May the adapter reach what it is configured to call? Names are resolved; nothing is connected to. */
import { lookup } from "node:dns/promises";
import { egressRulesOf } from "../../app/tenant-clients.ts";
import type { Config } from "../../config/config.ts";
import type { TenantConfig } from "../../config/tenant-schema.ts";
import { refuseAddress } from "../../core/egress/address.ts";
import type { EgressRules } from "../../core/egress/url.ts";
import { checkUrl, hostOf } from "../../core/egress/url.ts";
import type { Check } from "./check.ts";
import { broken, held } from "./check.ts";

interface Target {
  /** As the configuration file names it. */
  readonly setting: string;
  readonly url: string;
}

export async function checkEgress(config: Config): Promise<readonly Check[]> {
  return (await Promise.all(config.tenants.map((tenant) => checkTenant(tenant, config)))).flat();
}

async function checkTenant(tenant: TenantConfig, config: Config): Promise<readonly Check[]> {
  const name = `egress ${tenant.id}`;
  const targets = targetsOf(tenant);
  const rules = egressRulesOf(tenant, config);
  const proxied = (tenant.network.proxy ?? config.egress.proxy) !== null;
  const faults = await Promise.all(targets.map((target) => faultOf(target, rules, proxied, name)));
  const broken = faults.filter((check) => check !== undefined);
  return broken.length > 0 ? broken : [held(name, `${targets.length} addresses may be reached`)];
}

function targetsOf({ ehr, endpoints, generation }: TenantConfig): readonly Target[] {
  return [
    { setting: "ehr.fhirBaseUrl", url: ehr.fhirBaseUrl },
    ...ehr.cdsHooks.issuers.flatMap(({ jku }) =>
      jku === undefined ? [] : [{ setting: "ehr.cdsHooks.jku", url: jku }],
    ),
    ...endpoints.map(({ id, url }) => ({ setting: `endpoint ${id}`, url })),
    ...(generation.model === undefined ? [] : [{ setting: "generation.model", url: generation.model.baseUrl }]),
  ];
}

const remedies: Readonly<Record<string, string>> = {
  scheme: "Use https; plain http needs network.allowHttp, and never in production.",
  credentials: "Take user and password out of the URL.",
  own_origin: "It is the adapter's own address: name the other system's.",
};

async function faultOf(target: Target, rules: EgressRules, proxied: boolean, name: string): Promise<Check | undefined> {
  const verdict = checkUrl(target.url, rules);
  const allowIt = "Add its network to network.allow of the tenant, if it is meant to be reached.";
  if (!verdict.ok)
    return broken(name, `${target.setting} is refused: ${verdict.reason}`, remedies[verdict.reason] ?? allowIt);
  // The proxy resolves the name, by rules of its own.
  if (proxied) return undefined;
  const host = hostOf(verdict.url);
  const addresses = await lookup(host, { all: true }).catch(() => []);
  if (addresses.length === 0)
    return broken(name, `${target.setting}: ${host} has no address`, "Check the name and this machine's DNS.");
  const refused = addresses.map(({ address }) => refuseAddress(address, rules.allow)).find((reason) => reason);
  return refused === undefined ? undefined : broken(name, `${target.setting}: ${host} is refused: ${refused}`, allowIt);
}
