/** The FHIR side of the job API over HTTP, with jobs in memory and everything else as the program has it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Bundle } from "fhir/r4.js";
import supertest from "supertest";
import { publishedResources } from "../../src/app/fhir-family.ts";
import type { AuditEntry } from "../../src/audit/audit.ts";
import type { Principal } from "../../src/core/access/principal.ts";
import { createHttpApp } from "../../src/http/app.ts";
import { createFhirRouter } from "../../src/http/fhir/fhir-router.ts";
import type { StoredSummary } from "../../src/jobs/jobs.ts";
import type { PollingDeps } from "../../src/polling/deps.ts";
import { createPolling } from "../../src/polling/polling.ts";
import { loadArtifacts, socketUrl } from "../../src/subscriptions/artifacts.ts";
import { subscriptionFhirRoutes } from "../../src/subscriptions/fhir-routes.ts";
import type { Subscriptions } from "../../src/subscriptions/subscriptions.ts";
import type { BindingTokens } from "../../src/subscriptions/websocket/binding-tokens.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import type { MemoryJobs } from "./memory-jobs.ts";
import { aSummary, memoryJobs } from "./memory-jobs.ts";
import type { MemoryLog } from "./memory-log.ts";
import { aJob, memoryLog } from "./memory-log.ts";
import { memoryPollingDeps } from "./polling-deps.ts";
import { requireValid } from "./require-valid.ts";

export const publicUrl = "https://adapter.example";
const artifacts = loadArtifacts(publicUrl);
const draft = { version: 1, docStatus: "preliminary", sha256: "a".repeat(64), edited: false } as const;

export const anApiClient = (...scopes: readonly string[]): Principal => ({
  tenant: "general",
  actor: { kind: "api-client", id: "gateway" },
  scopes: new Set(scopes),
});

/** The summary of a job, as a change of its docStatus leaves it. */
export const draftAs = (docStatus: StoredSummary["docStatus"]) => ({ ...draft, docStatus });

export interface FhirFacade {
  readonly jobs: MemoryJobs;
  readonly log: MemoryLog;
  readonly audit: readonly AuditEntry[];
  /** Who calls from now on. */
  principal: Principal;
  /** Milliseconds added to the clock that says how fast a status is asked for. */
  advance(ms: number): void;
  call(): ReturnType<typeof supertest>;
  /** A job that is over, with a summary that says the same of patient, stay, state and time. */
  completed(id: string, changes?: Parameters<typeof aJob>[1], summary?: Partial<StoredSummary>): void;
  stop(): void;
}

export async function startFhirFacade(changes: Partial<PollingDeps> = {}): Promise<FhirFacade> {
  const log = memoryLog();
  const jobs = memoryJobs(log);
  const audit: AuditEntry[] = [];
  let ahead = 0;
  const polling = createPolling(
    memoryPollingDeps(publicUrl, {
      jobs,
      log,
      wakeUp: log.wakeUp,
      audit: { record: async (entry) => void audit.push(entry) },
      patientOf: async (_tenant, encounter) => (encounter === "Encounter/e1" ? "Patient/p1" : undefined),
      monotonicMs: () => ahead,
      ...changes,
    }),
  );
  const routes = [
    ...subscriptionFhirRoutes({
      subscriptions: {} as Subscriptions,
      fhirBase: `${publicUrl}/fhir`,
      tokens: {} as BindingTokens,
      audit: { record: async () => undefined },
      socketUrl: socketUrl(publicUrl),
    }),
    ...polling.fhirRoutes,
  ];
  const published = publishedResources(artifacts, routes);
  const router = createFhirRouter({ authorize: async () => facade.principal, routes, published, requireValid });
  const app = createHttpApp({
    publicUrl,
    log: createLog({ level: "silent" }),
    inboundAllowed: () => true,
    onRefused: () => undefined,
    metrics: createMetrics({ defaults: false }),
    families: [{ paths: ["/fhir", "/topics"], errors: "operation-outcome", walled: true, router }],
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const facade: FhirFacade = {
    jobs,
    log,
    audit,
    principal: anApiClient("fhir", "jobs:write"),
    advance: (ms) => {
      ahead += ms;
    },
    call: () => supertest(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    completed(id, jobChanges = {}, summaryChanges = {}) {
      const job = aJob(id, { status: "completed", summary: draft, ...jobChanges });
      const { patient, encounter, updatedAt, summary = draft } = job;
      const { version, docStatus } = summary;
      const signature = ["final", "amended"].includes(docStatus)
        ? { signedBy: "Practitioner/d7", signedByDisplay: "Dr. Ada Okafor", signedAt: updatedAt }
        : {};
      const alike = { patient, encounter, version, docStatus, createdAt: updatedAt, ...signature };
      jobs.put(job, aSummary(id, { ...alike, ...summaryChanges }));
    },
    stop() {
      polling.close();
      server.closeAllConnections();
      server.close();
    },
  };
  return facade;
}

export const idsOf = ({ body }: { body: Bundle }): readonly (string | undefined)[] =>
  (body.entry ?? []).filter(({ search }) => search?.mode !== "outcome").map(({ resource }) => resource?.id);
