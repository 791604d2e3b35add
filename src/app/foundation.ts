/** What both roles stand on: database, log of events, queue, keys, tenants and their outbound clients. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Audit } from "../audit/audit.ts";
import { createAudit } from "../audit/record.ts";
import type { Config } from "../config/config.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Secrets } from "../config/secrets.ts";
import { connectDatabase } from "../db/connect.ts";
import type { Database } from "../db/database.ts";
import type { Sealer } from "../db/sealer.ts";
import { createSealer } from "../db/sealer.ts";
import type { TellOfEndpoint } from "../delivery/operational.ts";
import type { FencedEventLog } from "../events/log.ts";
import { createEventLog } from "../events/log.ts";
import type { ClosableWakeUp } from "../events/wake-up.ts";
import { createWakeUp } from "../events/wake-up.ts";
import type { Boss } from "../jobs/boss.ts";
import { createBoss, installQueues } from "../jobs/boss.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Batches } from "../jobs/batches/batches.ts";
import { createBatches } from "../jobs/batches/batches.ts";
import { createJobs } from "../jobs/postgres-jobs.ts";
import { errorFields } from "../telemetry/error-fields.ts";
import type { Log, LogOptions } from "../telemetry/log.ts";
import { createLog } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { mailsOwed } from "./alert-mails.ts";
import { outgoingChecks } from "./outgoing-checks.ts";
import type { TellOfReceiver } from "./tell-of-endpoints.ts";
import { tellOfEndpoints, tellOfReceivers } from "./tell-of-endpoints.ts";
import { bringTenants } from "./bring-tenants.ts";
import type { TenantDirectory } from "../tenants/directory.ts";
import type { Trust } from "../trust/trust.ts";
import { createTrust } from "../trust/trust.ts";
import type { Outgoing } from "../validation/outgoing.ts";
import type { AllClients } from "./tenant-clients.ts";
import { introspectAt } from "./introspection.ts";
import { createTenantClients, requireClients } from "./tenant-clients.ts";

export interface Foundation {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly database: Database;
  readonly sealer: Sealer;
  readonly audit: Audit;
  readonly wakeUp: ClosableWakeUp;
  readonly eventLog: FencedEventLog;
  readonly boss: Boss;
  readonly jobs: Jobs;
  readonly batches: Batches;
  readonly tenants: TenantDirectory;
  readonly trust: Trust;
  readonly clients: AllClients;
  /** What every FHIR resource passes before it leaves. */
  readonly outgoing: Outgoing;
  /** What happens to endpoints, told in the log of events, in the process's, and by mail. */
  readonly tell: TellOfEndpoint;
  /** The same of our own sides that others call. */
  readonly tellReceiver: TellOfReceiver;
  /** Tells an unexpected failure of background work, by a name of ours. */
  readonly onError: (event: string) => (error: unknown) => void;
  close(): Promise<void>;
}

const now = (): number => Date.now();

export interface FoundationOptions {
  /** Where log lines go; standard output when absent. */
  readonly logDestination?: LogOptions["destination"];
}

/** Opens everything. Throws `configuration_invalid` or `database_unavailable`. */
export async function layFoundation(
  loaded: LoadedConfig,
  { logDestination }: FoundationOptions = {},
): Promise<Foundation> {
  const { config, secrets } = loaded;
  const metrics = createMetrics({ defaults: true });
  const log = createLog({
    level: config.logLevel,
    onDropped: (count) => metrics.logFieldsDropped(count),
    ...(logDestination === undefined ? {} : { destination: logDestination }),
  });
  const onError = (event: string) => (error: unknown) => log.error(event, errorFields(error));
  const database = await connectDatabase(config, { installers: [installQueues], onError: onError("database.error") });
  const sealer = createSealer([config.masterKey]);
  const audit = createAudit({ db: database.http, masterKey: config.masterKey, now });
  const { tenants, takeOver } = await bringTenants({ loaded, database, sealer, audit, log, metrics, onError });
  const wakeUp = createWakeUp(database);
  const eventLog = createEventLog({ reader: database.http, sealer });
  const boss = await createBoss({
    database,
    maintain: config.roles.includes("worker"),
    onError: onError("queue.error"),
  });
  const jobs = createJobs({ database, eventLog, wakeUp, boss, sealer, audit, publicUrl: config.publicUrl });
  const trust = createTrust({
    publicUrl: config.publicUrl,
    masterKey: config.masterKey,
    db: database.http,
    sealer,
    tenants: () => tenants.all(),
    clientCertificates: config.clientCertificates,
    readFile: (path) => readFileSync(path, "utf8"),
    findIssuer: (iss, tenant) => tenants.byIssuer(iss, tenant),
    secrets,
    introspect: async (tenant, token) => introspectAt(requireClients(clients, tenant), token),
    fetchOf: (tenant) => (url, init) => requireClients(clients, tenant).fetch(url, init),
    now,
    randomBytes,
    onUnavailable: (dependency) => metrics.unavailable(dependency),
  });
  const clients = createTenantClients({ config, tenants, secrets, signAssertion: trust.signClientAssertion, now });
  tenants.onReplaced(() => trust.warm());
  takeOver.start();
  const close = async (): Promise<void> => {
    await takeOver.stop();
    await boss.stop();
    await wakeUp.close();
    await clients.close();
    await database.close();
  };
  await trust.start().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const oweMails = mailsOwed(config, (tenant) => tenants.byId(tenant));
  const telling = { events: eventLog, publicUrl: config.publicUrl, log, oweMails };
  return {
    config,
    secrets,
    log,
    metrics,
    database,
    sealer,
    audit,
    wakeUp,
    eventLog,
    boss,
    jobs,
    batches: createBatches({ db: database.http, sealer, wakeUp }),
    tenants,
    trust,
    clients,
    outgoing: outgoingChecks({ log, metrics }),
    tell: tellOfEndpoints(telling),
    tellReceiver: tellOfReceivers(telling),
    onError,
    close,
  };
}
