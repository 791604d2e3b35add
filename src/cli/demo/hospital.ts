/** Everything the demo runs: database, sandbox hospital, and the adapter as processes of its own. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sandbox } from "../../../sandbox/main.ts";
import type { ReplaceWorker } from "../../../sandbox/story/fault.ts";
import type { Config } from "../../config/config.ts";
import type { AdapterProcess } from "./adapter-process.ts";
import { startAdapterProcess } from "./adapter-process.ts";
import { prepareDatabase } from "./database.ts";
import { pickPort } from "./ports.ts";
import type { DemoSettings } from "./settings.ts";
import type { DemoSecrets } from "./tenant-file.ts";
import { backendClient, makeSecrets, smartClient, tenantFile } from "./tenant-file.ts";

export interface Hospital {
  readonly sandbox: Sandbox;
  readonly adapterUrl: string;
  readonly secrets: DemoSecrets;
  readonly freshDatabase: boolean;
  /** Kills the worker; another, started and ready by then, is left. */
  readonly replaceWorker: ReplaceWorker;
  /** The last lines of every process, for when something went wrong. */
  lastLines(): readonly string[];
  close(): Promise<void>;
}

/** The adapter and the EHR's page have addresses one can remember where somebody is to open them. */
const PAGE_PORT = 8090;

/** Starts everything, in parallel where it can. Whatever was started is closed again when something fails. */
export async function openHospital(settings: DemoSettings, config: Config): Promise<Hospital> {
  const cleanup = new AsyncDisposableStack();
  try {
    return await open(settings, config, cleanup);
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

async function open(settings: DemoSettings, config: Config, cleanup: AsyncDisposableStack): Promise<Hospital> {
  const port = await pickPort(settings.once ? undefined : config.port);
  const adapterUrl = `http://127.0.0.1:${port}`;
  const secrets = makeSecrets();
  const [database, sandbox] = await both(
    prepareDatabase(config, Date.now()).then((opened) => cleanup.adopt(opened, (one) => one.close())),
    openSandbox(settings, adapterUrl, secrets).then((opened) => cleanup.adopt(opened, (one) => one.close())),
  );
  const tenant = database.fresh ? "general" : `general-${randomBytes(4).toString("hex")}`;
  const file = await writeTenantFile(tenant, sandbox, secrets, settings, cleanup);
  const environment = {
    ...database.environment,
    HANDOVER_CONFIG: file,
    HANDOVER_MASTER_KEY: randomBytes(32).toString("base64"),
    HANDOVER_DATA_DIR: config.dataDir,
    NODE_COMPILE_CACHE: join(config.dataDir, "compile-cache"),
    LOG_LEVEL: config.logLevel,
    PUBLIC_URL: adapterUrl,
    HOST: "127.0.0.1",
  };
  const processes: AdapterProcess[] = [];
  const start = async (role: "api" | "worker"): Promise<AdapterProcess> => {
    const started = await startAdapterProcess(role, {
      ...environment,
      HANDOVER_ROLES: role,
      PORT: String(role === "api" ? port : 0),
    });
    processes.push(cleanup.adopt(started, (one) => one.stop()));
    return started;
  };
  const [, worker] = await both(start("api"), start("worker"));
  return {
    sandbox,
    adapterUrl,
    secrets,
    freshDatabase: database.fresh,
    replaceWorker: async () => {
      const spare = await start("worker");
      const killedAt = performance.now();
      await worker.kill();
      return { killedPid: worker.pid, sparePid: spare.pid, killedAt };
    },
    lastLines: () => processes.flatMap(({ name, lines }) => lines.slice(-20).map((line) => `${name}: ${line}`)),
    close: () => cleanup.disposeAsync(),
  };
}

/** Waits for both even when one fails, so that what the other has started is known and can be closed. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

/** Slow enough to be killed in the middle of its sentence once a second worker is up. */
const SLOW_CHUNK_MS = 45;

async function openSandbox(settings: DemoSettings, adapterUrl: string, secrets: DemoSecrets): Promise<Sandbox> {
  // Loaded here and not above: the database starts meanwhile.
  const { startSandbox } = await import("../../../sandbox/main.ts");
  const { loadCharts } = await import("../../../sandbox/charts/load.ts");
  const brought = settings.chart === undefined ? [] : [settings.chart];
  const port = settings.once ? 0 : await pickPort(PAGE_PORT);
  const registrations = [
    {
      ...smartClient,
      auth: "private_key_jwt" as const,
      redirectUris: [`${adapterUrl}/smart/callback`],
      jwksUri: `${adapterUrl}/.well-known/jwks.json`,
    },
    { ...backendClient, auth: "private_key_jwt" as const, jwksUri: `${adapterUrl}/.well-known/jwks.json` },
  ];
  return startSandbox({
    adapterUrl,
    port,
    // Another site than the adapter's, as in a hospital: its cookies must work in a frame of somebody else's page.
    ...(settings.once ? {} : { publicUrl: `http://localhost:${port}` }),
    clients: registrations,
    charts: [...brought, ...loadCharts()],
    webhookSecrets: [secrets.webhook],
    model: { seed: settings.seed, ...(settings.fault === "worker" ? { chunkDelayMs: SLOW_CHUNK_MS } : {}) },
  });
}

const FOLDER = "handover-demo-";
const DAY_MS = 24 * 3_600_000;

/** A run that was killed could not take its keys away: the next one does, a day later. */
async function sweep(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER));
  for (const name of names) {
    const folder = join(tmpdir(), name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > DAY_MS) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function writeTenantFile(
  tenant: string,
  sandbox: Sandbox,
  secrets: DemoSecrets,
  { without }: DemoSettings,
  cleanup: AsyncDisposableStack,
): Promise<string> {
  await sweep();
  const folder = await mkdtemp(join(tmpdir(), FOLDER));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const places = {
    ehrOrigin: sandbox.url,
    fhirBaseUrl: sandbox.ehr.fhirBaseUrl,
    cdsIssuer: sandbox.cdsIssuer,
    webhookUrl: sandbox.receiver.endpointUrl(),
    modelBaseUrl: sandbox.model.baseUrl,
  };
  const path = join(folder, "handover.json");
  await writeFile(path, JSON.stringify(tenantFile(tenant, places, secrets, without), undefined, 2), { mode: 0o600 });
  return path;
}
