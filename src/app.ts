/** The one composition root: from a checked configuration to a running adapter. */
import { createRefusalRecorder } from "./audit/refusals.ts";
import type { ApiRole } from "./app/api-role.ts";
import { createApiRole } from "./app/api-role.ts";
import type { Foundation, FoundationOptions } from "./app/foundation.ts";
import { layFoundation } from "./app/foundation.ts";
import { createRenderings } from "./app/renderings.ts";
import { createSmartParts } from "./app/smart-parts.ts";
import { createSubscriptionParts } from "./app/subscription-parts.ts";
import type { WorkerRole } from "./app/worker-role.ts";
import { startWorkerRole } from "./app/worker-role.ts";
import type { LoadedConfig } from "./config/load.ts";
import { createHttpApp } from "./http/app.ts";
import type { Health } from "./http/health.ts";
import { createHealth } from "./http/health.ts";
import type { HttpServer } from "./http/server.ts";
import { listen } from "./http/server.ts";
import { createNetworkFilter } from "./trust/network.ts";

export interface App {
  /** PUBLIC_URL, as links carry it. */
  readonly url: string;
  /** Port it listens on. */
  readonly port: number;
  /** Goes down in order: not ready, streams sent away, jobs handed over, server and database closed. */
  stop(graceMs?: number): Promise<void>;
}

/** Where log lines go; standard output when absent. */
export type CreateAppOptions = Pick<FoundationOptions, "logDestination">;

const GRACE_MS = 10_000;

/**
 * Starts the roles of `config.roles` and listens.
 * @throws AdapterError configuration_invalid or database_unavailable; Error when the port is taken
 */
export async function createApp(loaded: LoadedConfig, options: CreateAppOptions = {}): Promise<App> {
  const foundation = await layFoundation(loaded, options);
  const roles: StartedRoles = {};
  try {
    return await startRoles(foundation, roles);
  } catch (error) {
    // A start that is refused leaves nothing running: open pools and timers would keep the process alive.
    await roles.worker?.stop(0);
    await roles.api?.close();
    await foundation.close();
    throw error;
  }
}

interface StartedRoles {
  worker?: WorkerRole;
  api?: ApiRole;
}

async function startRoles(foundation: Foundation, roles: StartedRoles): Promise<App> {
  const { config, database, metrics } = foundation;
  const renderings = createRenderings(foundation);
  const subscriptions = createSubscriptionParts(foundation);
  const smart = createSmartParts(foundation);
  if (config.roles.includes("worker"))
    roles.worker = await startWorkerRole(foundation, renderings, subscriptions, smart);
  if (config.roles.includes("api")) roles.api = await createApiRole(foundation, renderings, subscriptions, smart);
  const { worker, api } = roles;
  const health = createHealth({
    metrics,
    checks: { database: async () => database.http.query("select 1", []) },
  });
  const server = await listen(httpApp(foundation, health, api), {
    host: config.host,
    port: config.port,
    ...(api === undefined ? {} : { upgrade: api.upgrade }),
  });
  foundation.log.info("app.started", { port: server.port, role: config.roles.join("/") });
  return {
    url: config.publicUrl,
    port: server.port,
    stop: (graceMs = GRACE_MS) => stop({ foundation, health, server, api, worker }, graceMs),
  };
}

function httpApp(foundation: Foundation, health: Health, api: ApiRole | undefined): ReturnType<typeof createHttpApp> {
  const { config, log, metrics, audit, onError } = foundation;
  return createHttpApp({
    publicUrl: config.publicUrl,
    families: [
      { paths: ["/livez", "/readyz", "/metrics"], errors: "problem", walled: false, router: health.router },
      ...(api?.families ?? []),
    ],
    inboundAllowed: createNetworkFilter(config.inboundAllow),
    log,
    metrics,
    onRefused: createRefusalRecorder({
      audit,
      monotonicMs: () => performance.now(),
      onRefused: (reason) => metrics.refused(reason),
      onError: onError("audit.failed"),
    }),
    draining: () => health.draining,
    ...(api === undefined ? {} : { onAnswered: api.onAnswered }),
  });
}

interface Running {
  readonly foundation: Foundation;
  readonly health: Health;
  readonly server: HttpServer;
  readonly api: ApiRole | undefined;
  readonly worker: WorkerRole | undefined;
}

async function stop({ foundation, health, server, api, worker }: Running, graceMs: number): Promise<void> {
  health.drain();
  api?.drain();
  await Promise.all([worker?.stop(graceMs), server.close(graceMs)]);
  await api?.close();
  await foundation.close();
  foundation.log.info("app.stopped");
}
