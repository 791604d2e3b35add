/** The examination of one hospital's set-up: every check side by side, each in its own time, and none that changes anything. */
import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import type { TenantConfig } from "../../config/tenant-schema.ts";
import { loadServices } from "../../hooks/load-services.ts";
import type { CdsService } from "../../hooks/service.ts";
import type { Check } from "./check.ts";
import { broken, notLookedAt } from "./check.ts";
import { checkAddresses } from "./tenant/addresses.ts";
import { checkCallerCertificates } from "./tenant/caller-certificates.ts";
import { checkCallerKeys } from "./tenant/caller-keys.ts";
import { checkCapabilities } from "./tenant/capabilities.ts";
import { checkClock } from "./tenant/clock.ts";
import { checkDiscovery, discover, discoveredTargets } from "./tenant/discovery.ts";
import { checkDocument } from "./tenant/document.ts";
import { checkEndpoints } from "./tenant/endpoints.ts";
import type { ExaminationInput } from "./tenant/examination.ts";
import { openExamination } from "./tenant/examination.ts";
import { checkLaunch } from "./tenant/launch.ts";
import { METADATA, readMetadata } from "./tenant/metadata.ts";
import { openOwnKeys } from "./tenant/own-keys-store.ts";
import { checkOwnKeys } from "./tenant/own-keys.ts";
import { checkScopes } from "./tenant/scopes.ts";
import { targetsOf } from "./tenant/targets.ts";
import { checkTls } from "./tenant/tls.ts";
import { obtainToken } from "./tenant/token.ts";
import { WATCH, checkWatch } from "./tenant/watch.ts";
import { within } from "./tenant/within.ts";

const servicesFolder = join(import.meta.dirname, "..", "..", "..", "cds-services");

/** The CDS services that this adapter offers, and so the EHR registers. */
export const offeredServices = (): Promise<readonly CdsService[]> => loadServices(servicesFolder);

/** Examines one tenant with the keys of the configured database. */
export async function checkTenant(tenant: TenantConfig, config: Config): Promise<readonly Check[]> {
  const keys = openOwnKeys(config);
  try {
    const input = {
      tenant,
      config,
      ownKeys: () => keys.read(),
      endpoints: () => keys.endpoints(tenant),
      watch: () => keys.watch(tenant),
    };
    return await examineTenant(input, await offeredServices());
  } finally {
    await keys.close();
  }
}

/** Runs every check. Never rejects for what it finds; ends in bounded time whatever hangs. */
export async function examineTenant(
  input: ExaminationInput,
  services: readonly CdsService[],
): Promise<readonly Check[]> {
  let examination;
  try {
    examination = openExamination(input);
  } catch {
    const fix = "Check the path in network.caFile, that this user may read it, and that it is PEM.";
    return [broken("tls", `network.caFile ${input.tenant.network.caFile ?? ""} cannot be read`, fix)];
  }
  try {
    return await examineOpened(examination, input.tenant, services);
  } finally {
    await examination.close();
  }
}

async function examineOpened(
  examination: ReturnType<typeof openExamination>,
  tenant: TenantConfig,
  services: readonly CdsService[],
): Promise<readonly Check[]> {
  const metadata = readMetadata(examination);
  const discovery = discover(examination);
  const token = discovery.then((found) => obtainToken(examination, found));
  // Whoever awaits it tells of a failure; until then it must not end the process.
  token.catch(() => undefined);
  // Endpoints have trust of their own, and are looked at one by one.
  const called = targetsOf({ ...tenant, endpoints: [] });
  const targets = async () => [...called, ...discoveredTargets(await discovery, tenant)];
  const groups = [
    within("addresses", async () => checkAddresses(examination, await targets())),
    within("tls", async () => checkTls(examination, await targets())),
    within("discovery", async () => checkDiscovery(examination, await discovery, metadata)),
    within("own keys", () => checkOwnKeys(examination)),
    within("caller keys", () => checkCallerKeys(examination)),
    within("caller certs", async () => checkCallerCertificates(examination, Date.now())),
    within("token", async () => [(await token)?.check].filter((check) => check !== undefined)),
    within("scopes", async () => {
      const finding = await token;
      if (finding === undefined) return [];
      if (finding.token === undefined) return [notLookedAt("scopes", "there is no token")];
      return checkScopes(tenant, finding.token.scope);
    }),
    within("launch", async () => checkLaunch(examination, await discovery)),
    within("clock", async () =>
      checkClock({
        "the FHIR server's clock": (await metadata).answer ?? (await discovery).answer,
        "the token endpoint's clock": (await token)?.answer,
      }),
    ),
    within(METADATA, async () => checkCapabilities(tenant, await metadata, services)),
    within("endpoints", () => checkEndpoints(examination, Date.now())),
    within(WATCH, () => checkWatch(examination, Date.now())),
    within("document", async () => checkDocument(examination, await metadata, await token)),
  ];
  return (await Promise.all(groups)).flat();
}
