/** A running subscription server over a test database: routes, keeper and delivery, wired as the app wires them. */
import { randomUUID } from "node:crypto";
import type { Express } from "express";
import type { AuditEntry } from "../../src/audit/audit.ts";
import type { Principal } from "../../src/core/access/principal.ts";
import { checkUrl } from "../../src/core/egress/url.ts";
import type { EventType } from "../../src/core/event/event.ts";
import { documentReferenceOf, taskOf } from "../../src/core/notification/focus-resource.ts";
import { focusOf } from "../../src/core/notification/focus.ts";
import { focusTypeOf } from "../../src/core/notification/topic.ts";
import type { Database } from "../../src/db/database.ts";
import { restHookDestination } from "../../src/delivery/destinations/fhir-rest-hook/rest-hook.ts";
import { createRestHookEndpoints } from "../../src/delivery/rest-hook-endpoints.ts";
import { createEgressClient } from "../../src/egress/client.ts";
import { postOver } from "../../src/egress/post.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { publishedResources } from "../../src/app/fhir-family.ts";
import { createFhirRouter } from "../../src/http/fhir/fhir-router.ts";
import { createHttpApp } from "../../src/http/app.ts";
import type { Job } from "../../src/jobs/jobs.ts";
import { loadArtifacts } from "../../src/subscriptions/artifacts.ts";
import { subscriptionFhirRoutes } from "../../src/subscriptions/fhir-routes.ts";
import { createWaiters } from "../../src/http/waiters.ts";
import { Keeper } from "../../src/subscriptions/keeper.ts";
import { createPolling } from "../../src/polling/polling.ts";
import { createSubscriptions } from "../../src/subscriptions/subscriptions.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import type { RunningDelivery } from "./delivery.ts";
import { startDelivery, testSealer } from "./delivery.ts";
import type { MemoryWakeUp } from "./memory-log.ts";
import { memoryWakeUp } from "./memory-log.ts";
import { fhirSide, memoryPollingDeps } from "./polling-deps.ts";

export const publicUrl = "https://handover.test";
export const artifacts = loadArtifacts(publicUrl);
const own = { publicUrl: new URL(publicUrl), port: 443, addresses: [] };
const rules = { allow: ["127.0.0.1/32"], allowHttp: true, own };

/** `Bearer <tenant>:<client>`; with `:noscope` behind, a client that lacks the scope. */
function callerOf(authorization: string | undefined): Principal {
  const [tenant, client, noScope] = (authorization ?? "").replace(/^Bearer /u, "").split(":");
  if (tenant === undefined || client === undefined) throw new AdapterError("unauthenticated");
  return { tenant, actor: { kind: "api-client", id: client }, scopes: new Set(noScope === undefined ? ["fhir"] : []) };
}

export interface SubscriptionServer {
  readonly app: Express;
  readonly audited: AuditEntry[];
  readonly delivery: RunningDelivery;
  /** What full-resource notifications show. */
  readonly jobs: Map<string, Job>;
  readonly wakeUp: MemoryWakeUp;
  /** Milliseconds added to the clock. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

export function startSubscriptionServer(database: Database): SubscriptionServer {
  const client = createEgressClient(rules);
  const post = postOver(client);
  const audited: AuditEntry[] = [];
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const fhirBase = `${publicUrl}/fhir`;
  const { topics } = artifacts;
  const channels = createRestHookEndpoints({ pool: database.worker, sealer: testSealer, post: () => post });
  const log = createLog({ level: "silent" });
  const keeper = new Keeper({ pool: database.worker, channels, topics, log, now, pollMs: 50 });
  const audit = { record: async (entry: AuditEntry) => void audited.push(entry) };
  const jobs = new Map<string, Job>();
  const resourceOf = async (tenant: string, { type, job: id }: { readonly type: EventType; readonly job: string }) => {
    const job = jobs.get(id);
    if (job?.tenant !== tenant) return undefined;
    return (focusTypeOf(type) === "Task" ? taskOf : documentReferenceOf)(job, fhirSide(publicUrl).focusContext(tenant));
  };
  const wakeUp = memoryWakeUp();
  const waiters = createWaiters(wakeUp, () => performance.now());
  const subscriptions = createSubscriptions({
    pool: database.http,
    channels,
    topics,
    fhirBase,
    audit,
    now,
    newId: randomUUID,
    refuseUrl: (_tenant, url) => {
      const verdict = checkUrl(url, rules);
      return verdict.ok ? undefined : verdict.reason;
    },
    resourceOf,
    waiters,
    wake: () => keeper.wake(),
  });
  const routes = subscriptionFhirRoutes({ subscriptions, fhirBase });
  // Of the jobs' side only what it says of itself: the statement speaks of both.
  const jobRoutes = createPolling(memoryPollingDeps(publicUrl)).fhirRoutes;
  const router = createFhirRouter({
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
    destinations: [
      restHookDestination({
        topicUrl: (name) => topics.find((topic) => topic.name === name)?.url,
        focusOf: (event) => focusOf(event, fhirBase),
        resourceOf,
        sealer: testSealer,
      }),
    ],
    topicEvents: (name) => topics.find((topic) => topic.name === name)?.eventTypes,
  });
  keeper.start();
  return {
    app,
    audited,
    delivery,
    jobs,
    wakeUp,
    advance: (ms) => void (ahead += ms),
    async stop() {
      await keeper.stop();
      await delivery.stop(0);
      await client.close();
    },
  };
}
