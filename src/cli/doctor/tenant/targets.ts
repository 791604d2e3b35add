/** Everything that one tenant's configuration makes the adapter call, and what of it is refused. */
import { lookup } from "node:dns/promises";
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import { addressRange, isAddressLiteral, refuseAddress } from "../../../core/egress/address.ts";
import type { EgressOptions } from "../../../egress/client.ts";
import { checkUrl, hostOf } from "../../../core/egress/url.ts";
import type { Check } from "../check.ts";
import { broken } from "../check.ts";

export interface Target {
  /** As the configuration file names it. */
  readonly setting: string;
  readonly url: string;
}

function modelTargets({ model, fallbacks }: TenantConfig["generation"]): readonly Target[] {
  return [model, ...fallbacks].flatMap((each, index) =>
    each?.baseUrl === undefined
      ? []
      : [{ setting: index === 0 ? "generation.model" : `generation.fallbacks[${index - 1}]`, url: each.baseUrl }],
  );
}

/** What is called, by setting; a URL that several settings name is listed once. */
export function targetsOf({ ehr, endpoints, generation }: TenantConfig): readonly Target[] {
  const all = [
    { setting: "ehr.fhirBaseUrl", url: ehr.fhirBaseUrl },
    ...ehr.cdsHooks.issuers.flatMap(({ jku }) =>
      jku === undefined ? [] : [{ setting: "ehr.cdsHooks.jku", url: jku }],
    ),
    ...endpoints.map(({ id, url }) => ({ setting: `endpoint ${id}`, url })),
    ...modelTargets(generation),
  ];
  return [...new Map(all.map((target) => [target.url, target])).values()];
}

const remedies: Readonly<Record<string, string>> = {
  not_a_url: "Write a whole URL, with https://.",
  scheme: "Use https. Plain http needs network.allowHttp and environment `test`; it is never allowed in production.",
  credentials: "Take user and password out of the URL.",
  own_origin: "It is the adapter's own address (PUBLIC_URL): name the other system's.",
  metadata_address: "It is a cloud machine's metadata service, and no EHR: correct the name.",
};

/** Undefined where the adapter may call it. Names are resolved; nothing is connected to. */
export async function faultOf(
  { setting, url }: Target,
  egress: EgressOptions,
  tenantId: string,
  name: string,
): Promise<Check | undefined> {
  const verdict = checkUrl(url, egress);
  if (!verdict.ok && verdict.reason === "special_address")
    return outsideRule(setting, hostOf(new URL(url)), hostOf(new URL(url)), tenantId, name);
  if (!verdict.ok && verdict.reason !== "local_name")
    return broken(name, `${setting} is refused: ${verdict.reason}`, remedies[verdict.reason] ?? "Correct the URL.");
  const host = hostOf(new URL(url));
  // The proxy resolves the name, by rules of its own; a literal has been judged above.
  if (egress.proxy !== undefined || isAddressLiteral(host)) return undefined;
  const addresses = await lookup(host, { all: true }).catch(() => []);
  if (addresses.length === 0) {
    const fix = "Check the name, and that this machine's DNS knows the hospital's zone.";
    return broken(name, `${setting}: ${host} has no address`, fix);
  }
  const refused = addresses.find(({ address }) => refuseAddress(address, egress.allow) !== undefined);
  if (refused === undefined) return undefined;
  if (refuseAddress(refused.address, egress.allow) === "metadata_address")
    return broken(name, `${setting}: ${host} is refused: metadata_address`, remedies["metadata_address"] ?? "");
  return outsideRule(setting, host, refused.address, tenantId, name);
}

function outsideRule(setting: string, host: string, address: string, tenantId: string, name: string): Check {
  const { range, family, single } = addressRange(address);
  const where = host === address ? `${address} is` : `${host} is at ${address},`;
  const found = `${setting}: ${where} a ${range} ${family} address, outside the egress rule`;
  const fix = `Add "${single}" (or the hospital's network around it) to network.allow of tenant ${tenantId}, if this is the system you mean.`;
  return broken(name, found, fix);
}
