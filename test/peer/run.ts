/** Everything that a run needs: database, foreign server, the hospitals before it, the adapter. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { pickPort } from "../../src/cli/demo/ports.ts";
import { defaultSystemScopes } from "../../src/core/smart/default-scopes.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startAdapter } from "./adapter.ts";
import type { Api } from "./api.ts";
import { createApi } from "./api.ts";
import type { Listener } from "./consumer.ts";
import { listeningSettings } from "./consumer.ts";
import { createForeignServer } from "./foreign-server.ts";
import type { Hospital, HospitalOptions } from "./hospital.ts";
import { directTenant, openHospital } from "./hospital.ts";
import { startMedplum } from "./medplum.ts";
import type { Sekmet } from "./sekmet.ts";
import { sekmetTopics, startSekmet } from "./sekmet.ts";
import type { World } from "./world.ts";

export interface Run {
  readonly world: World;
  /** Undefined where another server was named. */
  readonly sekmet: Sekmet | undefined;
  /** Of the tenant `direct`, which is there with sekmet only. */
  readonly directApi: Api;
  readonly labelledApi: Api;
  /** Of the tenants that are named after how they listen; they are there with sekmet only. */
  readonly listeners: readonly Listener[];
}

/** Attachments of one document, in all forms that there are. */
const everyForm = ["text/plain;charset=utf-8", "application/xhtml+xml", "application/pdf", "application/cda+xml"];
const channels = ["topic", "criteria", "polling"] as const;
const directClient = "handover-direct";
const newKey = (): string => randomBytes(24).toString("base64url");

export interface RunOptions {
  /** What is started; or, where `base` is given, nothing. */
  readonly server: "sekmet" | "medplum";
  /** FHIR base of a server that runs already. */
  readonly base: string | undefined;
  /** Of sekmet: it answers with absolute references. */
  readonly absoluteReferences: boolean;
}

/** Starts all of it; `cleanup` ends it again. */
export async function openRun(options: RunOptions, cleanup: AsyncDisposableStack): Promise<Run> {
  const { base, absoluteReferences } = options;
  const started = base === undefined ? options.server : undefined;
  const folder = await mkdtemp(join(tmpdir(), "handover-peer-"));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const port = await pickPort();
  const adapterUrl = `http://127.0.0.1:${port}`;
  const keys = { direct: newKey(), labelled: newKey(), unlabelled: newKey() };
  const database = cleanup.adopt(await createTestDatabase(), (one) => one.drop());
  const sekmet = started === "sekmet" ? await openSekmet(adapterUrl, keys, absoluteReferences, cleanup) : undefined;
  const medplum = started === "medplum" ? cleanup.adopt(await startMedplum(), (one) => one.close()) : undefined;
  const behind = (base ?? (sekmet ?? medplum)?.fhirBaseUrl ?? "").replace(/\/$/u, "");
  const authorization = sekmet?.authorization;
  const open = async (
    options: Pick<HospitalOptions, "tenant" | "apiKey" | "writeProfile" | "scopes">,
  ): Promise<Hospital> =>
    cleanup.adopt(await openHospital({ ...options, adapterUrl, behind, authorization }), ({ door }) => door.close());
  const labelled = await open({
    tenant: "labelled",
    apiKey: keys.labelled,
    writeProfile: { when: "preliminary-and-signed" },
  });
  const unlabelled = await open({
    tenant: "unlabelled",
    apiKey: keys.unlabelled,
    writeProfile: { aiLabel: "provenance-only", contentTypes: everyForm },
    scopes: `${defaultSystemScopes} system/Provenance.crs system/Device.crs`,
  });
  const listeners = channels.map((tenant) => ({ tenant, apiKey: newKey() }));
  const direct = (tenant: string, apiKey: string, ehr: object): object =>
    directTenant({ tenant, fhirBaseUrl: behind, clientId: directClient, apiKey, ehr });
  const atSekmet = [
    direct("direct", keys.direct, { writeProfile: { when: "preliminary-and-signed" } }),
    ...listeners.map(({ tenant, apiKey }) =>
      direct(tenant, apiKey, { subscriptions: listeningSettings(tenant, sekmetTopics.chart) }),
    ),
  ];
  const tenants = [labelled.settings, unlabelled.settings, ...(sekmet === undefined ? [] : atSekmet)];
  const running = await startAdapter({ port, databaseUrl: database.appUrl, tenants, folder });
  const adapter = cleanup.adopt(running, (one) => one.stop());
  const server = createForeignServer(behind, authorization);
  return {
    world: { server, adapter, labelled, unlabelled, charts: loadCharts() },
    sekmet,
    directApi: createApi(adapterUrl, keys.direct),
    labelledApi: createApi(adapterUrl, keys.labelled),
    listeners: listeners.map(({ tenant, apiKey }) => ({ tenant, api: createApi(adapterUrl, apiKey) })),
  };
}

async function openSekmet(
  adapterUrl: string,
  keys: { readonly direct: string; readonly labelled: string },
  absoluteReferences: boolean,
  cleanup: AsyncDisposableStack,
): Promise<Sekmet> {
  const baseUrl = `${adapterUrl}/fhir`;
  const jwksUrl = `${adapterUrl}/.well-known/jwks.json`;
  const options = {
    port: await pickPort(),
    absoluteReferences,
    backendClient: { clientId: directClient, jwksUrl, scopes: "system/*.cruds" },
    peers: { handover: { baseUrl, token: keys.direct }, signing: { baseUrl, token: keys.labelled } },
  };
  return cleanup.adopt(await startSekmet(options), (one) => one.stop());
}
