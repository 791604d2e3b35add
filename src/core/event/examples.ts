/** One example of each event: a made-up stay, the same throughout. */
import type { z } from "zod";
import type { eventDataSchemas, trialDataSchemas } from "./data-schemas.ts";

type Schemas = typeof eventDataSchemas & typeof trialDataSchemas;
type Examples = { readonly [Type in keyof Schemas]: z.output<Schemas[Type]> };

const place = { patient: "Patient/123", encounter: "Encounter/9" };
const sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const href = "https://adapter.example/v1/jobs/0199c2f4-8a00-7000-8000-000000000001/summary";
const draft = { href, docStatus: "preliminary", version: 1, sha256 } as const;
const signedBy = "Practitioner/attending-1";
const signedAt = "2026-03-17T10:04:00.000Z";
const completed = { status: "completed", ...place } as const;
const sentence = {
  id: "instructions.1",
  text: "Follow-up was arranged.",
  origin: "template",
  verified: true,
  evidence: [{ reference: "Appointment/7" }],
} as const;

/** By type; values of `data` besides tenant and place in the log. */
export const eventExamples: Examples = {
  "task.requested": { status: "requested", ...place, trigger: "hook" },
  "task.waiting": { status: "waiting", ...place, waitingFor: "chart" },
  "task.started": {
    status: "in-progress",
    ...place,
    attempt: 1,
    steps: ["reading", "structuring", "writing", "verifying"],
  },
  "task.progress": { status: "in-progress", ...place, attempt: 1, step: "writing", index: 3, of: 4, progress: 0.5 },
  "task.completed": { ...completed, durationMs: 2140, engine: "template", summary: draft },
  "task.failed": { status: "failed", ...place, error: "ehr_unavailable" },
  "task.cancelled": { status: "cancelled", ...place },
  "summary.ready": { ...completed, summary: draft },
  "summary.signed": { ...completed, summary: { ...draft, docStatus: "final" }, signedBy, signedAt },
  "summary.amended": { ...completed, summary: { ...draft, version: 2, docStatus: "amended" }, signedBy, signedAt },
  "summary.recalled": {
    ...completed,
    summary: { ...draft, docStatus: "final" },
    recall: "rcl_5b1f0a2c9d7e4f60a1b2c3d4",
    cause: "source",
    subject: "Observation/123|4",
  },
  "summary.retracted": { ...completed, summary: { ...draft, docStatus: "entered-in-error" } },
  "summary.discarded": { ...completed, summary: { ...draft, docStatus: "discarded" } },
  "document.written": {
    ...place,
    reference: "DocumentReference/5",
    summary: { version: 1, docStatus: "final", sha256 },
    provenance: "written",
  },
  "document.rejected": { code: "ehr_refused", summary: { version: 1, docStatus: "final" } },
  "document.waiting": { signer: "Practitioner/7", summary: { version: 1, docStatus: "final" } },
  "context.updated": {
    ...completed,
    entity: { type: "MedicationRequest", id: "m4" },
    change: "changed",
    changes: [{ path: "dosageInstruction[0].text" }, { path: "status" }],
    of: 1,
    source: "hook",
    summary: { version: 1, docStatus: "preliminary" },
  },
  "batch.progress": { batch: "0199c2f4-8a00-7000-8000-0000000000b1", total: 40, done: 12, failed: 1 },
  "batch.completed": {
    batch: "0199c2f4-8a00-7000-8000-0000000000b1",
    total: 40,
    done: 39,
    failed: 1,
    durationMs: 61_000,
  },
  "endpoint.failing": {
    endpoint: "his",
    percent: 50,
    failingSince: "2026-03-01T08:00:00.000Z",
    disabledAt: "2026-03-06T08:00:00.000Z",
  },
  "endpoint.disabled": { endpoint: "his", status: "disabled", reason: "gone" },
  "endpoint.recovered": { endpoint: "his", status: "active" },
  "endpoint.troubled": { endpoint: "his", failures: 5, withinSeconds: 600, code: "http_503" },
  "endpoint.circuit_opened": { endpoint: "his", failures: 5, probeAt: "2026-03-17T10:01:00.000Z" },
  "endpoint.circuit_closed": { endpoint: "his" },
  "endpoint.behind": { endpoint: "his", pending: 212, oldestSeconds: 301 },
  "endpoint.caught_up": { endpoint: "his" },
  "delivery.exhausted": {
    endpoint: "his",
    delivery: "his:41",
    event: "evt_5b1f0a2c9d7e4f60a1b2c3d4e5f60718",
    eventType: "summary.ready",
    code: "http_503",
    attempts: 10,
  },
  "safety.reported": {
    report: "sfr_5b1f0a2c9d7e4f60a1b2c3d4",
    category: "wrong-content",
    about: "01a1fe90-6ffa-7132-b913-869ff97700a9",
  },
  "receiver.degraded": { receiver: "hooks", requests: 120, failed: 31, withinSeconds: 300 },
  "receiver.recovered": { receiver: "hooks", requests: 140, failed: 2, withinSeconds: 300 },
  "draft.delta": { section: "instructions", attempt: 1, text: "Follow-up was " },
  "draft.section": {
    section: "instructions",
    attempt: 1,
    state: "finished",
    content: {
      id: "instructions",
      code: "8653-8",
      title: "Discharge instructions",
      status: "documented",
      sentences: [{ ...sentence, evidence: [...sentence.evidence] }],
    },
  },
  "draft.reset": { section: "course", attempt: 2 },
  "endpoint.test": { endpoint: "his", message: "A test. Nothing happened to any patient." },
  "endpoint.verification": { endpoint: "his", challenge: "kq0cT7dJr6n2S0y1b4mXw8vZ3uA5eHfL" },
};
