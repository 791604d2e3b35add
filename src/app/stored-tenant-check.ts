/** Whether a stored tenant can be served by this very process: its secrets, its files, its addresses. */
import { readFileSync } from "node:fs";
import type { LoadedConfig } from "../config/load.ts";
import type { Problem } from "../config/problem.ts";
import { tenantProblems } from "../config/tenant-problems.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { egressOptionsOf } from "./tenant-clients.ts";

export type Surroundings = Pick<LoadedConfig, "config" | "secretSources">;

/** What stands in the way here; empty where nothing does. No secret is in the messages. */
export function problemsHere(tenant: TenantConfig, around: Surroundings, source = "database"): readonly Problem[] {
  const { config, secretSources: secrets } = around;
  const at = `tenant ${tenant.id}`;
  const { problems } = tenantProblems([{ at, tenant }], { source, secrets, publicUrl: config.publicUrl });
  return [...problems, ...unreadableFiles(tenant, around, source)];
}

/** Files that connections need are named by path, and each machine has its own. */
export function unreadableFiles(tenant: TenantConfig, { config }: Surroundings, source: string): readonly Problem[] {
  const callers = tenant.ehr.cdsHooks.certificates.flatMap((each) => ("caFile" in each ? [each.caFile] : []));
  const reads: readonly (readonly [string, () => unknown])[] = [
    ["network.caFile", () => egressOptionsOf(tenant, config)],
    ...tenant.endpoints.flatMap(({ id, tls }) =>
      [tls?.caFile, tls?.clientCertFile].flatMap((path) =>
        path === undefined ? [] : [[`endpoints ${id}: tls`, () => readFileSync(path, "utf8")] as const],
      ),
    ),
    ...callers.map((path) => ["ehr.cdsHooks.certificates", () => readFileSync(path, "utf8")] as const),
  ];
  return reads.flatMap(([setting, read]) => {
    try {
      read();
      return [];
    } catch {
      return [
        { setting: `tenant ${tenant.id}: ${setting}`, source, message: "a file that it names cannot be read here" },
      ];
    }
  });
}
