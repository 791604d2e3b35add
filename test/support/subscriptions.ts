/** A running subscription server over a test database: routes, keeper and delivery, wired as the app wires them. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Express } from "express";
import type { AuditEntry } from "../../src/audit/audit.ts";
import type { Principal } from "../../src/core/access/principal.ts";
import { checkUrl } from "../../src/core/egress/url.ts";
import type { EventType } from "../../src/core/event/event.ts";
import { taskOf } from "../../src/core/notification/focus-resource.ts";
import { focusOf } from "../../src/core/notification/focus.ts";
import { focusTypeOf } from "../../src/core/notification/topic.ts";
import type { Database } from "../../src/db/database.ts";
import { restHookDestination } from "../../src/delivery/destinations/fhir-rest-hook/rest-hook.ts";
import { emailDestination } from "../../src/delivery/destinations/fhir-email/email.ts";
import type { OutgoingMail } from "../../src/delivery/send-mail.ts";
import { createSubscriptionEndpoints } from "../../src/delivery/subscription-endpoints.ts";
import { channelKinds } from "../../src/core/notification/channel.ts";
import { createEgressClient } from "../../src/egress/client.ts";
import { postOver } from "../../src/egress/post.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { publishedResources } from "../../src/app/fhir-family.ts";
import { createFhirRouter } from "../../src/http/fhir/fhir-router.ts";
import { createHttpApp } from "../../src/http/app.ts";
import type { Job } from "../../src/jobs/jobs.ts";
import { loadArtifacts, socketUrl } from "../../src/subscriptions/artifacts.ts";
import { subscriptionFhirRoutes } from "../../src/subscriptions/fhir-routes.ts";
import { createWaiters } from "../../src/http/waiters.ts";
import { Keeper } from "../../src/subscriptions/keeper.ts";
import { createPolling } from "../../src/polling/polling.ts";
import { createSubscriptions } from "../../src/subscriptions/subscriptions.ts";
import { createBindingTokens } from "../../src/subscriptions/websocket/binding-tokens.ts";
import type { SocketsSettings } from "../../src/subscriptions/websocket/sockets.ts";
import { Sockets } from "../../src/subscriptions/websocket/sockets.ts";
import { errorFields } from "../../src/telemetry/error-fields.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import type { RunningDelivery } from "./delivery.ts";
import { startDelivery, testSealer } from "./delivery.ts";
import type { WakeUp } from "../../src/events/event-log.ts";
import { memoryWakeUp } from "./memory-log.ts";
import { aSummary } from "./memory-jobs.ts";
import { requireValid } from "./require-valid.ts";
import { fhirSide, memoryPollingDeps } from "./polling-deps.ts";

export const publicUrl = "https://handover.test";
export const artifacts = loadArtifacts(publicUrl);
const own = { publicUrl: new URL(publicUrl), port: 443, addresses: [] };
const rules = { allow: ["127.0.0.1/32"], allowHttp: true, own };

const documentType = { system: "http://loinc.org", code: "18842-5" };

/** `Bearer <tenant>:<client>`; behind that, other scopes than `fhir`, or a word that is none. */
function callerOf(authorization: string | undefined): Principal {
  const [tenant, client, scopes = "fhir"] = (authorization ?? "").replace(/^Bearer /u, "").split(":");
  if (tenant === undefined || client === undefined) throw new AdapterError("unauthenticated");
  return { tenant, actor: { kind: "api-client", id: client }, scopes: new Set(scopes.split(" ")) };
}

/** Owners of Subscriptions are looked at in the whole app. */
const nobodyLost = { served: () => [], lossOf: () => undefined };

export interface SubscriptionServerOptions {
  readonly sockets?: Partial<SocketsSettings>;
  /** Default: of this process alone, which delivery is not told by. */
  readonly wakeUp?: WakeUp;
}

export interface SubscriptionServer {
  readonly app: Express;
  readonly audited: AuditEntry[];
  /** What the e-mail channel sent. */
  readonly mails: readonly OutgoingMail[];
  readonly sockets: Sockets;
  /** From now on this API client is none of the tenant's any more. */
  refuseClient(client: string): void;
  readonly delivery: RunningDelivery;
  /** What full-resource notifications show. */
  readonly jobs: Map<string, Job>;
  readonly wakeUp: WakeUp;
  /** Milliseconds added to the clock. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

export function startSubscriptionServer(
  database: Database,
  { sockets: socketSettings = {}, wakeUp: shared }: SubscriptionServerOptions = {},
): SubscriptionServer {
  const client = createEgressClient(rules);
  const post = postOver(client);
  const audited: AuditEntry[] = [];
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const fhirBase = `${publicUrl}/fhir`;
  const { topics } = artifacts;
  const mails: OutgoingMail[] = [];
  const mail = async (one: OutgoingMail) => {
    mails.push(one);
    return one.to.startsWith("unknown@")
      ? ({ kind: "refused", code: "smtp_550" } as const)
      : ({ kind: "sent" } as const);
  };
  const channels = createSubscriptionEndpoints({ pool: database.worker, sealer: testSealer, post: () => post, mail });
  const log = createLog({ level: "silent" });
  const keeper = new Keeper({ pool: database.worker, channels, topics, log, now, pollMs: 50, ...nobodyLost });
  const audit = { record: async (entry: AuditEntry) => void audited.push(entry) };
  const jobs = new Map<string, Job>();
  const resourceOf = async (tenant: string, { type, job: id }: { readonly type: EventType; readonly job: string }) => {
    const job = jobs.get(id);
    if (job?.tenant !== tenant) return undefined;
    const { focusContext, served } = fhirSide(publicUrl);
    if (focusTypeOf(type) === "Task") return taskOf(job, focusContext(tenant));
    if (job.summary === undefined) return undefined;
    const { version, docStatus } = job.summary;
    return (await served(job, aSummary(id, { version, docStatus })))?.reference;
  };
  const wakeUp = shared ?? memoryWakeUp();
  const waiters = createWaiters(wakeUp, () => performance.now());
  const subscriptions = createSubscriptions({
    pool: database.http,
    channels,
    topics,
    fhirBase,
    audit,
    now,
    newId: randomUUID,
    offerTo: () => ({
      channels: channelKinds,
      refuseUrl: (url) => {
        const verdict = checkUrl(url, rules);
        return verdict.ok ? undefined : verdict.reason;
      },
      refuseAddress: (address) => (address.endsWith("@hospital.example") ? undefined : "domain_not_allowed"),
      filterContext: { ehrBase: "https://ehr.test/fhir", documentType },
    }),
    resourceOf,
    waiters,
    wake: () => keeper.wake(),
  });
  const tokens = createBindingTokens(database.http, randomBytes);
  const routes = subscriptionFhirRoutes({ subscriptions, fhirBase, tokens, audit, socketUrl: socketUrl(publicUrl) });
  const refused = new Set<string>();
  const sockets = new Sockets({
    pool: database.http,
    channels,
    topics,
    fhirBase,
    resourceOf,
    tokens,
    wakeUp,
    admits: () => true,
    isStillCaller: (_tenant, client) => !refused.has(client),
    now,
    onError: (thrown) => log.error("subscription.socket_failed", errorFields(thrown)),
    settings: { lookMs: 20, recheckMs: 50, ...socketSettings },
  });
  // Of the jobs' side only what it says of itself: the statement speaks of both.
  const jobRoutes = createPolling(memoryPollingDeps(publicUrl)).fhirRoutes;
  const router = createFhirRouter({
    requireValid,
    authorize: async (request) => callerOf(request.get("authorization")),
    routes,
    published: publishedResources(artifacts, [...routes, ...jobRoutes]),
  });
  const app = createHttpApp({
    publicUrl,
    log,
    inboundAllowed: () => true,
    onRefused: () => undefined,
    metrics: createMetrics({ defaults: false }),
    families: [{ paths: ["/fhir", "/topics"], errors: "operation-outcome", walled: true, router }],
  });
  const delivery = startDelivery(database, {
    ...(shared === undefined ? {} : { wakeUp: shared }),
    destinations: [
      restHookDestination({
        topicUrl: (name) => topics.find((topic) => topic.name === name)?.url,
        focusOf: (event) => focusOf(event, fhirBase),
        resourceOf,
        mayBeTold: () => true,
        sealer: testSealer,
      }),
      emailDestination({
        topicOf: (name) => topics.find((topic) => topic.name === name),
        focusOf: (event) => focusOf(event, fhirBase),
        mayBeTold: () => true,
        mail,
        clock: () => performance.now(),
      }),
    ],
    topicEvents: (name) => topics.find((topic) => topic.name === name)?.eventTypes,
    documentTypeOf: () => `${documentType.system}|${documentType.code}`,
  });
  keeper.start();
  return {
    app,
    audited,
    mails,
    sockets,
    refuseClient: (client) => void refused.add(client),
    delivery,
    jobs,
    wakeUp,
    advance: (ms) => void (ahead += ms),
    async stop() {
      await sockets.close();
      await keeper.stop();
      await delivery.stop(0);
      await client.close();
    },
  };
}
