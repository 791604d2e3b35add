/** The role `worker`: jobs, the log's order, deliveries, subscriptions' keeping, documents owed to EHRs, housekeeping. */
import { startAuditChain } from "../audit/chain-loop.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { writeProfileSchema } from "../config/write-profile-schema.ts";
import type { TroubleSettings } from "../core/delivery/troubled.ts";
import { defaultTrouble } from "../core/delivery/troubled.ts";
import { forgetDeliveries, rollAttempts } from "../delivery/attempt-retention.ts";
import type { BacklogWatch } from "../delivery/backlog-watch.ts";
import { watchBacklogs } from "../delivery/backlog-watch.ts";
import { createDelivery } from "../delivery/delivery.ts";
import { deliveryFigures } from "../delivery/figures.ts";
import { measuredBy } from "../delivery/measure.ts";
import { emailDestination } from "../delivery/destinations/fhir-email/email.ts";
import { restHookDestination } from "../delivery/destinations/fhir-rest-hook/rest-hook.ts";
import type { MayBeTold } from "../delivery/destinations/destination.ts";
import { webhookDestination } from "../delivery/destinations/webhook/webhook.ts";
import type { ReadSummaryText } from "../delivery/destinations/webhook/body.ts";
import { languageOf } from "../core/language/language.ts";
import { wordingOf } from "../core/language/wording.ts";
import { summaryFor } from "../core/sensitivity/labelled-summary.ts";
import { defaultPolicy } from "../core/sensitivity/policy.ts";
import { focusOf } from "../core/notification/focus.ts";
import { createChartAccess } from "../ehr/chart-access.ts";
import type { FhirGateway } from "../ehr/fhir-gateway.ts";
import { forgetNotices } from "../ehr/subscriptions/notice-store.ts";
import { startWriteBack } from "../ehr/write-back/write-back.ts";
import { startLoop } from "../events/loop.ts";
import { runSystem } from "../db/system.ts";
import { forgetModelInbox } from "../generation/inbox/store.ts";
import { forgetModels } from "../generation/books/store.ts";
import { startSequencer } from "../events/sequencer.ts";
import { startBatchWork } from "../jobs/batches/work-batches.ts";
import { startWorker } from "../jobs/worker.ts";
import { mustWait, planJob } from "../polling/create-job.ts";
import { startMails } from "./alert-mails.ts";
import { endpointAuthorize } from "./authorize.ts";
import { endpointRegistry } from "./console-part.ts";
import { startEhrWatchPart } from "./ehr-watch-part.ts";
import { documentTypeOf, focusResourceOf } from "./focus-resources.ts";
import type { Foundation } from "./foundation.ts";
import { jobPlanning } from "./job-planning.ts";
import type { Generators } from "./generators.ts";
import { createGenerators } from "./generators.ts";
import type { Renderings } from "./renderings.ts";
import { documentSource } from "./renderings.ts";
import type { SmartParts } from "./smart-parts.ts";
import type { SubscriptionParts } from "./subscription-parts.ts";
import { ownerLoss } from "./subscription-parts.ts";
import { requireClients } from "./tenant-clients.ts";
import { workLog } from "./work-log.ts";

export interface WorkerRole {
  stop(graceMs: number): Promise<void>;
}

const FORGET_EVERY_MS = 300_000;
const WATCH_EVERY_MS = 10_000;
const ROLL_EVERY_MS = 3_600_000;
/** Calls of models are counted back to a year and a month ago. */
const MODEL_CALL_DAYS = 400;
const defaultWriteProfile = writeProfileSchema.parse({});

/** Starts every background task. */
export async function startWorkerRole(
  foundation: Foundation,
  renderings: Renderings,
  subscriptions: SubscriptionParts,
  smart: SmartParts,
): Promise<WorkerRole> {
  const { config, database, onError } = foundation;
  const { wakeUp, trust } = foundation;
  const sequencer = startSequencer({ database, wakeUp, leaveMs: 5, onError: onError("sequencer.failed") });
  const delivery = startDelivery(foundation, renderings, subscriptions);
  const writeBack = startDocumentWrites(foundation, renderings, smart);
  const generators = createGenerators(foundation);
  const worker = startJobWorker(foundation, generators);
  const stopBatches = startBatches(foundation);
  const stopMails = startMails(foundation);
  const ehrWatch = startEhrWatchPart(foundation);
  const housekeeping = startLoop({
    turn: async () => {
      await trust.forget();
      await runSystem(database.worker, forgetModels, MODEL_CALL_DAYS);
      await runSystem(database.worker, forgetModelInbox);
      await runSystem(database.worker, forgetNotices);
      return false;
    },
    pollMs: FORGET_EVERY_MS,
    onError: onError("housekeeping.failed"),
  });
  const backlogs = startLoop({
    turn: async () => (await watchBacklogs(backlogWatch(foundation)), false),
    pollMs: WATCH_EVERY_MS,
    onError: onError("backlogs.failed"),
  });
  const retention = startLoop({
    turn: async () => {
      await rollAttempts(database.worker, config.retention.attemptDays);
      return (await forgetDeliveries(database.worker, config.retention.deliveryDays)).more;
    },
    pollMs: ROLL_EVERY_MS,
    onError: onError("retention.failed"),
  });
  const auditChain = startAuditChain({
    database,
    masterKey: config.masterKey,
    onAltered: (tenant, number) => foundation.log.error("audit.altered", { tenant, sequence: number }),
    onError: onError("audit.chain_failed"),
  });
  let served: ReadonlySet<string> = new Set(foundation.tenants.all().map(({ id }) => id));
  foundation.tenants.onReplaced((tenants) => {
    const before = served;
    served = new Set(tenants.map(({ id }) => id));
    subscriptions.keeper.ownersChanged();
    if ([...served].some((id) => !before.has(id))) worker.handOutWaiting().catch(onError("jobs.not_handed_out"));
  });
  subscriptions.keeper.start();
  foundation.metrics.gauge("handover_jobs_running", "Jobs that this worker holds now.", () => worker.running);
  foundation.metrics.gauge("handover_worker_healthy", "1 while this worker's lease is good.", () =>
    worker.healthy ? 1 : 0,
  );
  return {
    async stop(graceMs) {
      await worker.stop(graceMs);
      await generators.close();
      await Promise.all([
        delivery.stop(graceMs),
        writeBack.stop(),
        subscriptions.keeper.stop(),
        housekeeping.stop(),
        retention.stop(),
        backlogs.stop(),
        stopBatches(),
        stopMails(),
        ehrWatch.stop(),
      ]);
      await Promise.all([sequencer.stop(), auditChain.stop()]);
    },
  };
}

function startJobWorker(foundation: Foundation, generators: Generators): ReturnType<typeof startWorker> {
  const { database, boss, eventLog, wakeUp, sealer, clients, log } = foundation;
  const chartReader = createChartAccess({
    backendGateway: (tenant, signal) => requireClients(clients, tenant).backendGateway(signal),
    hasSmartClient: (tenant) => requireClients(clients, tenant).tenant.ehr.smart !== undefined,
  });
  return startWorker({
    database,
    boss,
    eventLog,
    wakeUp,
    sealer,
    chartReader,
    generatorFor: generators.of,
    serves: (tenant) => clients.of(tenant) !== undefined,
    log: workLog(log),
  });
}

function startBatches(foundation: Foundation): () => Promise<void> {
  const { database, jobs, eventLog, sealer, wakeUp, config, onError } = foundation;
  const planning = jobPlanning(foundation, endpointRegistry(foundation));
  return startBatchWork({
    database,
    jobs,
    log: eventLog,
    sealer,
    wakeUp,
    publicUrl: config.publicUrl,
    now: () => Date.now(),
    resolve: async (tenant, item) => {
      const { settings, patient, encounter } = await planJob(planning, tenant, item);
      return { patient, encounter, waitForLaunch: mustWait(settings, undefined) };
    },
    onError: onError("batch.failed"),
  });
}

function backlogWatch({ database, tell, tenants }: Foundation): BacklogWatch {
  return {
    pool: database.worker,
    tell,
    limitSeconds: (tenant) => tenants.byId(tenant)?.alerts.backlogSeconds,
  };
}

function troubleOf(tenant: TenantConfig | undefined): TroubleSettings {
  if (tenant === undefined) return defaultTrouble;
  return { failures: tenant.alerts.failures, withinMs: tenant.alerts.withinSeconds * 1000 };
}

function startDelivery(
  { database, sealer, wakeUp, boss, jobs, log, clients, config, outgoing, tenants, tell, metrics, trust }: Foundation,
  renderings: Renderings,
  { artifacts, mail }: SubscriptionParts,
): ReturnType<typeof createDelivery> {
  const lossOf = ownerLoss({ tenants, trust }, artifacts);
  const mayBeTold: MayBeTold = (tenant, { owner, topic }) =>
    owner === undefined || lossOf(tenant, owner, topic) === undefined;
  const topicOf = (name: string) => artifacts.topics.find((topic) => topic.name === name);
  const summaryText: ReadSummaryText = async (tenant, job, version) => {
    const summary = await jobs.summary(tenant, job);
    if (summary?.version !== version) return undefined;
    const { docStatus, sha256 } = summary;
    const settings = tenants.byId(tenant);
    const words = wordingOf(languageOf(settings?.language ?? "en"));
    const open = summaryFor(summary, settings?.sensitivity ?? defaultPolicy, "webhooks", words);
    return { docStatus, sha256, ...(open === undefined ? {} : { text: await renderings.text(tenant, open) }) };
  };
  const delivery = createDelivery({
    tell,
    troubleOf: (tenant) => troubleOf(tenants.byId(tenant)),
    measure: measuredBy(metrics.delivery),
    database,
    sealer,
    wakeUp,
    log,
    kicks: boss,
    destinations: [
      webhookDestination({
        sealer,
        summaryText,
        changedValues: (tenant, job, sequence) => jobs.changedValues(tenant, job, sequence),
        authorize: endpointAuthorize({ clients, trust, log }),
      }),
      restHookDestination({
        topicUrl: (name) => topicOf(name)?.url,
        focusOf: (event) => focusOf(event, `${config.publicUrl}/fhir`),
        resourceOf: focusResourceOf({ config, clients, jobs, outgoing }),
        mayBeTold,
        sealer,
      }),
      emailDestination({
        topicOf,
        focusOf: (event) => focusOf(event, `${config.publicUrl}/fhir`),
        mayBeTold,
        mail,
        clock: () => performance.now(),
      }),
    ],
    post: (tenant) => clients.of(tenant)?.post,
    topicEvents: (name) => topicOf(name)?.eventTypes,
    documentTypeOf: documentTypeOf({ tenants }),
    now: () => Date.now(),
    random: () => Math.random(),
  });
  metrics.delivery.standing(() => deliveryFigures(database.worker));
  delivery.start();
  // Lanes hold on to an endpoint for as long as it is owed something: those of a tenant that has gone are let go.
  tenants.onReplaced((served) => {
    const ids = new Set(served.map(({ id }) => id));
    delivery.keepTenants((tenant) => ids.has(tenant));
  });
  return delivery;
}

function startDocumentWrites(
  foundation: Foundation,
  renderings: Renderings,
  { sessions }: SmartParts,
): ReturnType<typeof startWriteBack> {
  const { config, database, sealer, eventLog, wakeUp, audit, clients, jobs, tenants, onError } = foundation;
  const gatewayOfSigner = async (
    tenant: string,
    job: string,
    signal: AbortSignal,
  ): Promise<FhirGateway | undefined> => {
    const summary = await jobs.summary(tenant, job);
    if (summary?.signedBy === undefined) return undefined;
    const token = await sessions.accessTokenOf(tenant, summary.signedBy, summary.patient);
    const own = clients.of(tenant);
    // No launch is granted more than was asked for: what was not is not tried either.
    return token === undefined ? undefined : own?.userGateway(token, { signal, granted: own.tenant.ehr.smart?.scopes });
  };
  return startWriteBack({
    database,
    sealer,
    log: eventLog,
    wakeUp,
    audit,
    // What a tenant signed before it was removed stays owed to it: its last settings tell how.
    profileOf: (tenant) => tenants.lastKnown(tenant)?.ehr.writeProfile ?? defaultWriteProfile,
    gatewayFor: async ({ tenant, job }, credential, signal) =>
      credential === "user" ? gatewayOfSigner(tenant, job, signal) : clients.of(tenant)?.backendGateway(signal),
    identifierSystem: (tenant) => documentSource(config.publicUrl, tenant),
    currentOf: (write) => renderings.currentOf(write),
    render: (write, gateway, replaces) => renderings.owedDocument(write, gateway, replaces),
    random: () => Math.random(),
    onError: onError("write_back.failed"),
  });
}
