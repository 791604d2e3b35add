/** The heart composed for tests: log, wake-up, sequencer, queue and jobs on one database; workers on demand. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import type { AuditEntry } from "../../src/audit/audit.ts";
import type { Section, SectionId } from "../../src/core/summary/summary.ts";
import type { Database } from "../../src/db/database.ts";
import type { Sealer } from "../../src/db/sealer.ts";
import { createSealer } from "../../src/db/sealer.ts";
import type { FencedEventLog } from "../../src/events/log.ts";
import { createEventLog } from "../../src/events/log.ts";
import type { Sequencer } from "../../src/events/sequencer.ts";
import { startSequencer } from "../../src/events/sequencer.ts";
import type { ClosableWakeUp } from "../../src/events/wake-up.ts";
import { createWakeUp } from "../../src/events/wake-up.ts";
import type {
  GenerationEvent,
  GenerationRequest,
  GenerationResult,
  SummaryGenerator,
} from "../../src/generation/summary-generator.ts";
import type { Boss } from "../../src/jobs/boss.ts";
import { createBoss } from "../../src/jobs/boss.ts";
import type { Actor, CreateJob, Jobs } from "../../src/jobs/jobs.ts";
import { createJobs } from "../../src/jobs/postgres-jobs.ts";
import type { ChartReader } from "../../src/jobs/work.ts";
import type { Worker, WorkerOptions } from "../../src/jobs/worker.ts";
import { startWorker } from "../../src/jobs/worker.ts";
import { us } from "./jurisdictions.ts";

export const testKey = Buffer.alloc(32, 7);

export interface Heart {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly eventLog: FencedEventLog;
  readonly wakeUp: ClosableWakeUp;
  readonly boss: Boss;
  readonly jobs: Jobs;
  readonly sequencer: Sequencer;
  readonly audited: AuditEntry[];
  worker(options?: Partial<WorkerOptions>): Worker;
  close(): Promise<void>;
}

/** Composes what app.ts composes, around the jobs only. Close it before the database is dropped. */
export async function composeHeart(database: Database): Promise<Heart> {
  const sealer = createSealer([testKey]);
  const eventLog = createEventLog({ reader: database.http, sealer });
  const wakeUp = createWakeUp(database);
  const boss = await createBoss({ database, maintain: false });
  const audited: AuditEntry[] = [];
  const audit = { record: async (entry: AuditEntry): Promise<void> => void audited.push(entry) };
  const jobs = createJobs({ database, eventLog, wakeUp, boss, sealer, audit, publicUrl: "https://adapter.example" });
  const sequencer = startSequencer({ database, wakeUp });
  const workers: Worker[] = [];

  return {
    database,
    sealer,
    eventLog,
    wakeUp,
    boss,
    jobs,
    sequencer,
    audited,
    worker(options = {}) {
      const worker = startWorker({
        database,
        boss,
        eventLog,
        wakeUp,
        sealer,
        chartReader: readsGivenChart,
        generatorFor: () => ({
          generator: scriptedGenerator(),
          options: { timeZone: "UTC", language: "en", jurisdiction: us },
        }),
        ...options,
      });
      workers.push(worker);
      return worker;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop(2_000)));
      await sequencer.stop();
      await boss.stop();
      await wakeUp.close();
    },
  };
}

export const practitioner: Actor = { kind: "practitioner", id: "Practitioner/7", display: "Dr. Seven" };
export const apiClient: Actor = { kind: "api-client", id: "gateway" };

/** Patient and encounter that are enough of a chart. */
export function tinyChart(patient = "p1", encounter = "e1"): readonly FhirResource[] {
  return [
    { resourceType: "Patient", id: patient },
    {
      resourceType: "Encounter",
      id: encounter,
      status: "in-progress",
      class: { code: "IMP" },
      subject: { reference: `Patient/${patient}` },
    },
  ];
}

export function bundleOf(resources: readonly FhirResource[]): Bundle {
  return { resourceType: "Bundle", type: "collection", entry: resources.map((resource) => ({ resource })) };
}

/** A request for a summary of a tiny chart. */
export function jobInput(overrides: Partial<CreateJob> = {}): CreateJob {
  const patient = overrides.patient ?? "Patient/p1";
  const encounter = overrides.encounter ?? "Encounter/e1";
  return {
    tenant: "general",
    patient,
    encounter,
    documentType: "discharge-summary",
    trigger: "api",
    actor: apiClient,
    waitForLaunch: false,
    snapshot: { kind: "bundle", resources: tinyChart(patient.slice(8), encounter.slice(10)) },
    ...overrides,
  };
}

/** Takes what came with the request for the whole chart. */
export const readsGivenChart: ChartReader = async ({ snapshot }) => ({ resources: snapshot, gaps: [] });

export function section(id: SectionId, ...texts: string[]): Section {
  return {
    id,
    code: "00000-0",
    title: id,
    status: "documented",
    sentences: texts.map((text, index) => ({
      id: `${id}.${index + 1}`,
      text,
      origin: "template",
      verified: true,
      evidence: [{ reference: "Encounter/e1" }],
    })),
  };
}

export interface Script {
  readonly sections?: readonly Section[];
  /** Awaited between two pieces of text: where tests hold or slow the work. */
  readonly between?: (request: GenerationRequest) => Promise<void>;
  readonly error?: (attempt: number) => unknown;
}

export const scriptedSections: readonly Section[] = [
  section("reason", "Admitted with pneumonia."),
  section("course", "Treated with amoxicillin.", "Improved by day three."),
  section("medications", "Amoxicillin 500 mg three times daily."),
];

/** An engine that says what its script says, section by section, with deltas, in the order of real ones. */
export function scriptedGenerator(script: Script = {}): SummaryGenerator {
  let attempts = 0;
  return {
    engine: "template",
    async *generate(request): AsyncGenerator<GenerationEvent, GenerationResult> {
      attempts += 1;
      const error = script.error?.(attempts);
      yield { kind: "step", step: "structuring" };
      yield { kind: "step", step: "writing" };
      for (const next of script.sections ?? scriptedSections) {
        if (request.finished.some((done) => done.id === next.id)) continue;
        for (const [index, sentence] of next.sentences.entries()) {
          await script.between?.(request);
          request.signal.throwIfAborted();
          yield { kind: "delta", section: next.id, text: index === 0 ? sentence.text : `\n${sentence.text}` };
        }
        if (error !== undefined) throw error;
        yield { kind: "section", section: next };
      }
      yield { kind: "step", step: "verifying" };
      return { engine: "template", droppedSentences: 0 };
    },
  };
}
