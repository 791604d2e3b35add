/** The laboratory behind the EHR: finishes what is still open on a patient's chart, one report at a time, as days go by. */
import { z } from "zod";
import type { JsonResource } from "../fhir/resource.ts";
import type { ResourceStore } from "../fhir/store.ts";

const openReport = z.looseObject({
  status: z.enum(["registered", "partial", "preliminary"]),
  subject: z.object({ reference: z.string() }),
  code: z.object({ text: z.string().optional() }).optional(),
});

function isOpen(report: JsonResource, patientId: string): boolean {
  return openReport.safeParse(report).data?.subject.reference === `Patient/${patientId}`;
}

/** Returns the finished report's name; undefined where nothing is open. */
export function finishNextReport(store: ResourceStore, patientId: string, now: Date): string | undefined {
  const report = [...store.list("DiagnosticReport")].find((candidate) => isOpen(candidate, patientId));
  if (report === undefined) return undefined;
  const conclusion = "Final report: no abnormal finding.";
  store.put({ ...report, status: "final", issued: now.toISOString(), conclusion }, "PUT");
  return openReport.parse(report).code?.text ?? "A report";
}
