/** What the job API needs, in memory: for tests that serve it and look elsewhere. */
import { randomBytes } from "node:crypto";
import { servedDocument } from "../../src/core/document/served-document.ts";
import { documentHeading } from "../../src/core/summary/sections.ts";
import { toSummaryAnswer } from "../../src/polling/answers.ts";
import type { PollingDeps } from "../../src/polling/deps.ts";
import { inputOf } from "./document-fixture.ts";
import { memoryFeedback } from "./memory-feedback.ts";
import { memoryJobs } from "./memory-jobs.ts";
import { memoryLog } from "./memory-log.ts";
import { noBatches } from "./no-batches.ts";
import { us } from "./jurisdictions.ts";

/** How jobs look as FHIR in tests: the EHR is ehr.test. */
export function fhirSide(publicUrl: string): Pick<PollingDeps, "focusContext" | "patientOf" | "served"> {
  return {
    focusContext: () => ({ ehrBase: "https://ehr.test/fhir", publicUrl, documentType: documentHeading(us, "en") }),
    patientOf: async () => undefined,
    served: async (job, summary) => {
      const json = Buffer.from(JSON.stringify(toSummaryAnswer(summary)));
      const input = inputOf(summary, { fhirBaseUrl: "https://ehr.test/fhir" });
      return summary.docStatus === "discarded"
        ? undefined
        : servedDocument(input, job, { publicUrl, revision: summary.revision, json });
    },
  };
}

/** Everything in memory; `changes` in its place. */
export function memoryPollingDeps(publicUrl: string, changes: Partial<PollingDeps> = {}): PollingDeps {
  const log = memoryLog();
  return {
    jobs: memoryJobs(log),
    batches: noBatches,
    log,
    wakeUp: log.wakeUp,
    feedback: memoryFeedback(),
    audit: { record: async () => undefined },
    db: {
      query: () => Promise.reject(new Error("not used")),
      transaction: () => Promise.reject(new Error("not used")),
    },
    publicUrl,
    cursorKey: randomBytes(32),
    tenant: async () => ({ hasSystemAccess: true, hasSmart: false, enabled: true, endpointUrls: [] }),
    findByIdentifier: async () => undefined,
    render: async () => "",
    checkSources: async () => ({ checkedAt: "2026-03-18T10:00:00Z", outcome: "checked", unread: [], changes: [] }),
    openStream: () => Promise.reject(new Error("not used")),
    ...fhirSide(publicUrl),
    ...changes,
  };
}
