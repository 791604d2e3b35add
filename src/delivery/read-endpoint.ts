/** From an endpoint's row to what a lane works with: settings parsed, secrets opened. */
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { openJson } from "../db/sealer.ts";
import type { Endpoint, EndpointSecrets, EndpointSettings } from "./endpoint.ts";
import { endpointSecrets, endpointSettings, sealContext } from "./endpoint.ts";
import { readEndpoint } from "./lane-store.ts";
import { signingPairs } from "./webhook-keys/keys.ts";

interface EndpointRow {
  readonly settings: unknown;
  readonly sealed: Buffer | null;
  readonly parent: string | null;
}

const noSecrets: EndpointSecrets = { signing: [], headers: {} };

function open(sealer: Sealer, tenant: string, id: string, sealed: Buffer | null): EndpointSecrets {
  return sealed === null ? noSecrets : endpointSecrets.parse(openJson(sealer, sealed, sealContext(tenant, id)));
}

/** The pairs that sign for an endpoint besides its secrets; nothing where it did not ask for them. */
export async function pairsOf(
  executor: Executor,
  sealer: Sealer,
  tenant: string,
  settings: EndpointSettings,
): Promise<Pick<Endpoint, "pairs">> {
  if (settings.kind !== "webhook" || !settings.asymmetric) return {};
  return { pairs: await signingPairs(executor, sealer, tenant) };
}

/**
 * Reads a row. A callback has no secrets of its own: its registered endpoint's are read each time, so that a rotation
 * holds for both, and none are found once that endpoint is gone.
 */
export async function toEndpoint(
  executor: Executor,
  sealer: Sealer,
  tenant: string,
  id: string,
  row: EndpointRow,
): Promise<Endpoint> {
  const settings = endpointSettings.parse(row.settings);
  const pairs = await pairsOf(executor, sealer, tenant, settings);
  if (row.parent === null) return { tenant, id, settings, secrets: open(sealer, tenant, id, row.sealed), ...pairs };
  const [parent] = await run(executor, readEndpoint, tenant, row.parent);
  const usable = parent?.status === "active" ? parent.sealed : null;
  return { tenant, id, settings, secrets: open(sealer, tenant, row.parent, usable), ...pairs };
}
