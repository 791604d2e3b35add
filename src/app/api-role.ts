/** The role `api`: every route family, composed. */
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { Principal } from "../core/access/principal.ts";
import { createDocsRoutes } from "../catalogue/routes/docs.ts";
import { cataloguePaths, createCatalogueRoutes } from "../catalogue/routes.ts";
import { createCardMemory } from "../hooks/card-memory.ts";
import { createLinks } from "../hooks/links.ts";
import { loadServices } from "../hooks/load-services.ts";
import { hookPaths } from "../hooks/openapi.ts";
import { createEhrNotificationRoutes, ehrNotificationPaths } from "../ehr/subscriptions/routes.ts";
import { createHookRoutes } from "../hooks/routes.ts";
import { createInboxRoutes, inboxPaths } from "../generation/inbox/routes.ts";
import type { RouteFamily } from "../http/app.ts";
import type { Upgrade } from "../http/server.ts";
import type { TenantPlaces } from "../http/tenant-places.ts";
import { createTenantPlaces } from "../http/tenant-places.ts";
import { createDescriptionRoutes, openApiDocument } from "../http/openapi.ts";
import { modelCardRoute } from "../model-card/route.ts";
import { createDocumentTickets } from "../pages/document-tickets.ts";
import { createPageRouter } from "../pages/routes.ts";
import { createPolling } from "../polling/polling.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import { openApiPaths } from "../http/api/api-route.ts";
import type { Authorize } from "../http/api/api-router.ts";
import { createApiRouter } from "../http/api/api-router.ts";
import { socketPath } from "../subscriptions/websocket/socket-path.ts";
import { createSmartRouter } from "../smart/routes.ts";
import { createStreaming } from "../streaming/streaming.ts";
import { createKeySetRoutes, createOauthRoutes, trustPaths } from "../trust/routes/oauth.ts";
import { createWebhookKeySetRoutes } from "../console/routes/webhook-key-set.ts";
import { createConsolePart, endpointRegistry, webhookKeySets } from "./console-part.ts";
import { ehrWatchDeps } from "./ehr-watch-part.ts";
import { fhirFamily } from "./fhir-family.ts";
import type { Foundation } from "./foundation.ts";
import { modelInbox } from "./model-inbox.ts";
import { modelCardDeps } from "./model-card.ts";
import { pollingDeps } from "./polling-deps.ts";
import { startReceiverWatch } from "./receiver-watch.ts";
import { namedTenant } from "./named-tenant.ts";
import type { Renderings } from "./renderings.ts";
import { servedTickets } from "./served-only.ts";
import { createSafetyPart } from "./safety-part.ts";
import type { SmartParts } from "./smart-parts.ts";
import type { SubscriptionParts } from "./subscription-parts.ts";
import { createSockets } from "./subscription-parts.ts";
import { requireClients } from "./tenant-clients.ts";
import { createWriteDeskPart } from "./write-desk.ts";

export interface ApiRole {
  readonly families: readonly RouteFamily[];
  /** Sends streams and long polls away; they come back to another replica. */
  drain(): void;
  /** Requests that become websockets. */
  readonly upgrade: Upgrade;
  /** To be told of every answer, by its route family. */
  readonly onAnswered: (family: string, status: number) => void;
  close(): Promise<void>;
}

const services = join(import.meta.dirname, "..", "..", "cds-services");
const VERSION = "0.1.0";

export async function createApiRole(
  foundation: Foundation,
  renderings: Renderings,
  subscriptions: SubscriptionParts,
  smart: SmartParts,
): Promise<ApiRole> {
  const streaming = createStreaming({
    log: foundation.eventLog,
    wakeUp: foundation.wakeUp,
    revalidate: async (principal) =>
      isStillCaller(foundation, principal) &&
      (principal.session?.kind === "ehr-token"
        ? await foundation.trust.ehrTokens.isAlive(principal)
        : await smart.pageSessions.revalidate(principal)),
    onError: foundation.onError("stream.failed"),
  });
  const registry = endpointRegistry(foundation);
  const polling = createPolling(pollingDeps(foundation, renderings, streaming, registry, smart));
  const operating = createConsolePart(foundation, registry);
  const modelCard = modelCardRoute(modelCardDeps(foundation, VERSION));
  const safety = createSafetyPart(foundation);
  const writes = createWriteDeskPart(foundation, renderings);
  foundation.metrics.gauge("handover_streams_open", "Streams that are open now.", () => streaming.size);
  foundation.metrics.gauge("handover_polls_waiting", "Long polls that wait now.", () => polling.waiting);
  const sockets = createSockets(foundation, subscriptions);
  foundation.metrics.gauge(
    "handover_subscription_sockets",
    "Websockets of FHIR Subscriptions that are open now.",
    () => sockets.size,
  );
  const receivers = startReceiverWatch(foundation);
  return {
    families: [
      ...publicFamilies(foundation, [
        polling.paths,
        operating.paths,
        openApiPaths([modelCard]),
        safety.paths,
        writes.paths,
      ]),
      await hookFamily(foundation),
      apiFamily(
        foundation,
        [...polling.routes, ...operating.routes, modelCard, ...safety.routes, ...writes.routes],
        authorizer(foundation, smart),
      ),
      {
        paths: ["/smart"],
        errors: "oauth",
        walled: false,
        framed: true,
        router: createSmartRouter(smart.deps, smart.sessions),
      },
      {
        paths: ["/app"],
        errors: "problem",
        walled: false,
        framed: true,
        router: pageRouter(foundation, renderings, smart),
      },
      fhirFamily(foundation, subscriptions, polling.fhirRoutes),
    ],
    drain() {
      polling.drain();
      subscriptions.waiters.drain();
      streaming.drain();
      sockets.drain();
    },
    upgrade: { path: socketPath, handle: (...asked) => sockets.upgrade(...asked) },
    onAnswered: receivers.onAnswered,
    async close() {
      polling.close();
      subscriptions.waiters.close();
      streaming.close();
      await sockets.close();
      await receivers.stop();
    },
  };
}

/** Of an API client: still on its tenant's list. Of everybody: the tenant is still served. */
function isStillCaller({ tenants, trust }: Foundation, { tenant, actor, session }: Principal): boolean {
  if (tenants.byId(tenant) === undefined) return false;
  return actor.kind !== "api-client" || session !== undefined || trust.clients.byId(actor.id)?.tenant === tenant;
}

/** Calls of the job API of one tenant that may be in hand where there are several: what others wait for behind them. */
const MOST_CALLS_OF_ONE_TENANT = 64;

function placesOf({ tenants }: Foundation): TenantPlaces {
  return createTenantPlaces(() => (tenants.all().length > 1 ? MOST_CALLS_OF_ONE_TENANT : Infinity));
}

function apiFamily(foundation: Foundation, routes: readonly ApiRoute[], authorize: Authorize): RouteFamily {
  const router = createApiRouter(routes, authorize, placesOf(foundation));
  return { paths: ["/v1"], errors: "problem", walled: true, router };
}

/** A page's own call names its launch; everybody else brings a Bearer: ours, or that of the EHR of the hospital it names. */
function authorizer({ trust, tenants }: Foundation, { pageSessions }: SmartParts): Authorize {
  return async (request) => {
    const tenant = namedTenant(tenants, request);
    const page = await pageSessions.authorize(request);
    if (page !== undefined) return page;
    return trust.authenticateApi({
      authorization: request.get("authorization"),
      remoteAddress: request.socket.remoteAddress,
      tenant,
    });
  };
}

function publicFamilies(foundation: Foundation, apiPaths: readonly ZodOpenApiPathsObject[]): readonly RouteFamily[] {
  const { config, trust, database, tenants } = foundation;
  const paths = [trustPaths, hookPaths, cataloguePaths, inboxPaths, ehrNotificationPaths, ...apiPaths];
  return [
    {
      paths: ["/.well-known/webhook-keys"],
      errors: "problem",
      walled: false,
      router: createWebhookKeySetRoutes(webhookKeySets(database, tenants)),
    },
    { paths: ["/.well-known"], errors: "problem", walled: false, router: createKeySetRoutes(trust.keys) },
    {
      paths: ["/openapi.json", "/config.schema.json"],
      errors: "problem",
      walled: false,
      router: createDescriptionRoutes({ publicUrl: config.publicUrl, version: VERSION, paths }),
    },
    {
      paths: ["/docs"],
      errors: "problem",
      walled: false,
      router: createDocsRoutes(openApiDocument({ publicUrl: config.publicUrl, version: VERSION, paths })),
    },
    {
      paths: ["/event-types", "/v1/event-types", "/asyncapi.json"],
      errors: "problem",
      walled: false,
      router: createCatalogueRoutes({ publicUrl: config.publicUrl, version: VERSION }),
    },
    { paths: ["/oauth"], errors: "oauth", walled: true, router: createOauthRoutes(trust.oauth) },
    {
      paths: ["/inbound/fhir"],
      errors: "operation-outcome",
      walled: true,
      router: createEhrNotificationRoutes(ehrWatchDeps(foundation, database.http)),
    },
    { paths: ["/inbound"], errors: "problem", walled: true, router: createInboxRoutes(modelInbox(foundation)) },
  ];
}

async function hookFamily(foundation: Foundation): Promise<RouteFamily> {
  const { config, database, sealer, trust, tenants, jobs, audit, metrics, clients, onError } = foundation;
  const router = createHookRoutes({
    publicUrl: config.publicUrl,
    services: await loadServices(services),
    tenants: () => tenants.all(),
    verifyCaller: (...call) => trust.verifyCaller(...call),
    certificateOf: trust.certificateOf,
    atBase: (url) => tenants.byFhirBase(url),
    jobs,
    memory: createCardMemory({ db: database.http, sealer }),
    links: createLinks(config.publicUrl, (input) => trust.tickets.issue(input)),
    readerFor: (tenant, token, signal) => requireClients(clients, tenant.id).userGateway(token, { signal }),
    backendReaderFor: (tenant, signal) => requireClients(clients, tenant.id).backendGateway(signal),
    newId: randomUUID,
    onLate: onError("hook.late"),
    audit,
    metrics,
  });
  return { paths: ["/cds-services"], errors: "operation-outcome", walled: true, router };
}

function pageRouter(foundation: Foundation, renderings: Renderings, smart: SmartParts): RouteFamily["router"] {
  const { config, database, tenants, jobs, audit, trust, clients, onError } = foundation;
  return createPageRouter({
    publicUrl: config.publicUrl,
    jobs,
    audit,
    tenants: () => tenants.all(),
    pageSessions: smart.pageSessions,
    sessions: smart.sessions,
    charts: smart.charts,
    styles: smart.styles,
    gatewayFor: smart.deps.gatewayFor,
    tickets: servedTickets(trust.tickets, tenants),
    documentTickets: createDocumentTickets({ db: database.http, now: () => Date.now(), randomBytes }),
    renderText: (tenant, summary) => renderings.text(tenant, summary),
    hasSystemAccess: (tenant) => clients.of(tenant)?.tenant.ehr.backendServices !== undefined,
    onError: onError("page.failed"),
  });
}
