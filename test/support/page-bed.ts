/** The draft page on a real socket: SMART bed, job API, streams and pages together. */
import { randomBytes } from "node:crypto";
import type { PollingDeps } from "../../src/polling/deps.ts";
import type { Polling } from "../../src/polling/polling.ts";
import { createPolling } from "../../src/polling/polling.ts";
import { createApiRouter } from "../../src/http/api/api-router.ts";
import { readEvaluations } from "../../src/model-card/evaluations.ts";
import { modelCardRoute } from "../../src/model-card/route.ts";
import { createDocumentTickets } from "../../src/pages/document-tickets.ts";
import { createPageRouter } from "../../src/pages/routes.ts";
import type { PageDeps } from "../../src/pages/deps.ts";
import type { Streaming } from "../../src/streaming/streaming.ts";
import { createStreaming } from "../../src/streaming/streaming.ts";
import { AdapterError } from "../../src/core/errors.ts";
import type { SmartBed, SmartBedOptions } from "./smart-bed.ts";
import { startSmartBed } from "./smart-bed.ts";
import type { MemoryFeedback } from "./memory-feedback.ts";
import { memoryFeedback } from "./memory-feedback.ts";
import { writeDeskRoutes } from "../../src/ehr/write-back/api.ts";
import type { DocumentWrite, WriteDesk } from "../../src/ehr/write-back/desk.ts";
import type { SafetyDeps } from "../../src/safety/api.ts";
import { safetyRoutes } from "../../src/safety/api.ts";
import type { NewReport } from "../../src/safety/reports.ts";
import { noBatches } from "./no-batches.ts";
import { fhirSide } from "./polling-deps.ts";

/** As a hospital without a model has it. */
const cardOf = (language: string) =>
  ({
    release: "0.1.0",
    tenant: { engine: "template", language, jurisdiction: "us" },
    evaluations: readEvaluations().slice(0, 1),
  }) as const;

export interface PageBed extends SmartBed {
  readonly streaming: Streaming;
  readonly polling: Polling;
  readonly feedback: MemoryFeedback;
  /** Documents on their way into the EHR, by job; tests put them there. */
  readonly writes: Map<string, readonly DocumentWrite[]>;
  /** Jobs whose documents somebody wanted to be tried again. */
  readonly filedAgain: readonly string[];
  /** Safety reports, in order. */
  readonly reports: readonly NewReport[];
}

export interface PageBedOptions extends SmartBedOptions {
  readonly tickets?: PageDeps["tickets"];
  /** What the EHR says of a draft's sources; default: nothing changed. */
  readonly checkSources?: PollingDeps["checkSources"];
}

/** Starts everything and mounts the routes. */
export async function startPageBed(options: PageBedOptions = {}): Promise<PageBed> {
  const bed = await startSmartBed(options);
  const { jobs, log, deps } = bed;
  const streaming = createStreaming({
    log,
    wakeUp: log.wakeUp,
    revalidate: (principal) => bed.pageSessions.revalidate(principal),
    limits: { recheckMs: 200 },
  });
  const render = async (): Promise<string> => "DISCHARGE SUMMARY (plain text)";
  const feedback = memoryFeedback();
  const polling = createPolling({
    jobs,
    batches: noBatches,
    feedback,
    log,
    wakeUp: log.wakeUp,
    audit: deps.audit,
    db: deps.db,
    publicUrl: bed.url,
    cursorKey: randomBytes(32),
    tenant: async () => ({
      hasSystemAccess: options.backendServices ?? false,
      hasSmart: true,
      enabled: true,
      endpointUrls: [],
    }),
    findByIdentifier: async () => undefined,
    ...fhirSide(bed.url),
    render,
    checkSources:
      options.checkSources ??
      (async () => ({ checkedAt: "2026-03-18T10:59:00.000Z", outcome: "checked", unread: [], changes: [] })),
    openStream: (request) => streaming.open(request),
  });
  const reports: NewReport[] = [];
  const safety: SafetyDeps = {
    recalls: {
      affected: async () => ({ items: [], next: null }),
      recall: async () => ({ id: "rcl_1", told: 0, before: 0 }),
    },
    reports: { report: async (_tenant, report) => `sfr_${reports.push(report)}`, list: async () => [] },
    jobs,
    audit: deps.audit,
  };
  const writes = new Map<string, readonly DocumentWrite[]>();
  const filedAgain: string[] = [];
  const desk: WriteDesk = {
    ofJob: async (_tenant, job) => writes.get(job) ?? [],
    list: async () => ({ items: [], next: null }),
    async retry(_principal, job = "") {
      writes.set(
        job,
        (writes.get(job) ?? []).map((write) => ({ ...write, state: "due" })),
      );
      return filedAgain.push(job);
    },
  };
  const describe = async (): Promise<never> => {
    throw new AdapterError("not_found");
  };
  const noTicket = async (): Promise<never> => {
    throw new AdapterError("unauthenticated");
  };
  bed.app.use(
    createApiRouter(
      [
        ...polling.routes,
        modelCardRoute({ subjectOf: () => cardOf(options.language ?? "en") }),
        ...safetyRoutes(safety),
        ...writeDeskRoutes({ desk, jobs, audit: deps.audit, describe }),
      ],
      async (request) => {
        const principal = await bed.pageSessions.authorize({ method: request.method, headers: request.headers });
        if (principal === undefined) throw new AdapterError("unauthenticated");
        return principal;
      },
    ),
    createPageRouter({
      publicUrl: bed.url,
      jobs,
      audit: deps.audit,
      tenants: deps.tenants,
      pageSessions: bed.pageSessions,
      sessions: bed.sessions,
      charts: bed.charts,
      styles: bed.styles,
      gatewayFor: deps.gatewayFor,
      tickets: options.tickets ?? { look: noTicket, redeem: noTicket },
      documentTickets: createDocumentTickets({ db: deps.db, now: deps.now, randomBytes }),
      renderText: render,
      hasSystemAccess: () => options.backendServices ?? false,
    }),
  );
  bed.start();
  const closeBed = (): Promise<void> => bed.close();
  return {
    ...bed,
    get clockOffsetMs() {
      return bed.clockOffsetMs;
    },
    set clockOffsetMs(value) {
      bed.clockOffsetMs = value;
    },
    streaming,
    polling,
    feedback,
    reports,
    writes,
    filedAgain,
    async close() {
      polling.close();
      streaming.close();
      await closeBed();
    },
  };
}
