/** Looks for what was awaited: in the prefetch first, then in the EHR, all within the hook's time for reading. */
import type { FhirResource } from "fhir/r4.js";
import { AdapterError } from "../../src/core/errors.ts";
import { list } from "../../src/core/chart/readable.ts";
import { ownershipOf } from "../../src/hooks/checks/patient.ts";
import type { PatientReader, PrefetchTemplates, ServicePorts } from "../../src/hooks/service.ts";
import type { Awaited } from "./awaited.ts";
import { isAnswer, isFinal, isResult, referenceOf } from "./final-results.ts";

/** What the EHR may send along: enough for a hospital that gives no other access. */
export const prefetch: PrefetchTemplates = {
  reports: "DiagnosticReport?patient={{context.patientId}}&_sort=-date&_count=50",
  laboratory: "Observation?patient={{context.patientId}}&category=laboratory&_sort=-date&_count=100",
};

/** The same for an EHR that cannot search by order. */
const newest = {
  DiagnosticReport: { _sort: "-date", _count: "50" },
  Observation: { category: "laboratory", _sort: "-date", _count: "100" },
} as const;

/** A list of orders goes into one URL. */
const MAX_ORDERS = 30;
const MAX_READS = 12;

export interface Looked {
  readonly resources: readonly FhirResource[];
  /** False where something that was awaited could not be looked up. */
  readonly complete: boolean;
  /** True where the EHR was asked and did not answer; no access at all is nobody's failure. */
  readonly failed: boolean;
}

export async function look(awaited: Awaited, patient: string, ports: ServicePorts): Promise<Looked> {
  const patientId = patient.replace("Patient/", "");
  const brought = ports.prefetched.resources.filter((resource) => ownershipOf(resource, patientId) === "own");
  const whole = ports.prefetched.gaps.length === 0;
  const known = new Set(brought.filter(isResult).map(referenceOf));
  const unseen = [...awaited.named].filter((reference) => !known.has(reference));
  if (whole && unseen.length === 0) return { resources: brought, complete: true, failed: false };
  const reader = ports.reader();
  if (reader === undefined) return { resources: brought, complete: false, failed: false };
  const first = await gather([
    ...unseen.slice(0, MAX_READS).map((reference) => readOne(reader, reference)),
    ...(whole || awaited.orders.size === 0
      ? []
      : [searchByOrder(reader, "DiagnosticReport", awaited), searchByOrder(reader, "Observation", awaited)]),
  ]);
  const resources = [...brought, ...first.resources];
  const values = await gather(missingValues(awaited, resources).map((reference) => readOne(reader, reference)));
  return {
    resources: unique([...resources, ...values.resources]),
    complete: !first.failed && !values.failed && unseen.length <= MAX_READS && awaited.orders.size <= MAX_ORDERS,
    failed: first.failed || values.failed,
  };
}

/** Values that a report lists and nobody sent. */
function missingValues(awaited: Awaited, resources: readonly FhirResource[]): readonly string[] {
  const results = resources.filter(isResult);
  const known = new Set(results.map(referenceOf));
  const listed = results.flatMap((resource) =>
    resource.resourceType === "DiagnosticReport" && isFinal(resource) && isAnswer(resource, awaited)
      ? list(resource.result).flatMap(({ reference }) => reference ?? [])
      : [],
  );
  return [...new Set(listed)]
    .filter((reference) => /^Observation\/[A-Za-z0-9\-.]{1,64}$/u.test(reference) && !known.has(reference))
    .slice(0, MAX_READS);
}

async function gather(
  reads: readonly Promise<readonly FhirResource[]>[],
): Promise<{ readonly resources: readonly FhirResource[]; readonly failed: boolean }> {
  const settled = await Promise.allSettled(reads);
  return {
    resources: settled.flatMap((read) => (read.status === "fulfilled" ? read.value : [])),
    failed: settled.some(({ status }) => status === "rejected"),
  };
}

async function readOne(reader: PatientReader, reference: string): Promise<readonly FhirResource[]> {
  const [type = "", id = ""] = reference.split("/");
  const resource = await reader.read(type, id);
  return resource === undefined ? [] : [resource];
}

/** Not every EHR knows `based-on`; one that refuses it is asked for the newest results instead. */
async function searchByOrder(
  reader: PatientReader,
  type: keyof typeof newest,
  { orders }: Awaited,
): Promise<readonly FhirResource[]> {
  try {
    return await reader.search(type, { "based-on": [...orders].slice(0, MAX_ORDERS).join(",") });
  } catch (error) {
    if (!(error instanceof AdapterError && error.code === "ehr_refused")) throw error;
    return reader.search(type, newest[type]);
  }
}

function unique(resources: readonly FhirResource[]): readonly FhirResource[] {
  return [...new Map(resources.map((resource) => [`${resource.resourceType}/${resource.id}`, resource])).values()];
}
