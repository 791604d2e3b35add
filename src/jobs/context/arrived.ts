/** A chart that comes while a job is open: it goes into the draft, or is compared with what the draft was written from. */
import type { FhirResource, Patient } from "fhir/r4.js";
import { chartResources } from "../../core/chart/build-chart.ts";
import { contextChanges, mergedCharts } from "../../core/chart/context-change.ts";
import { needsSubject, ownershipOf } from "../../core/chart/subject.ts";
import { withoutProtectedValues } from "../../core/sensitivity/protected-values.ts";
import { AdapterError } from "../../core/errors.ts";
import type { JobEvent } from "../../core/event/event.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import { lock, move } from "../change.ts";
import type { JobsDeps } from "../deps.ts";
import { wakeAfter } from "../deps.ts";
import type { ArrivedChart, Job } from "../jobs.ts";
import type { ChartSnapshot } from "../snapshot.ts";
import { loadSnapshot, sealSnapshot, storeSnapshot } from "../snapshot.ts";
import type { SnapshotKind } from "../store-summary.ts";
import type { JobRow } from "../store.ts";
import { readJob } from "../store.ts";
import { toJob } from "../view.ts";
import { loadBasis } from "./basis.ts";
import { tellChartNews } from "./tell.ts";

interface Arrival {
  readonly events: readonly JobEvent[];
  readonly dispatched: boolean;
}

const nothing: Arrival = { events: [], dispatched: false };

function isOwn(patient: Patient): (resource: FhirResource) => boolean {
  return (resource) => {
    const ownership = ownershipOf(resource, patient);
    return ownership === "patient" || (ownership === "none" && !needsSubject(resource));
  };
}

/** What is this patient's for certain. Nothing of another person may come into a draft, nor its id into an event. */
function ownResources(input: ArrivedChart, patientReference: string): readonly FhirResource[] {
  const resources = chartResources(input.resources);
  const id = patientReference.replace(/^Patient\//u, "");
  const known = resources.find((one): one is Patient => one.resourceType === "Patient" && one.id === id);
  return resources.filter(isOwn(known ?? { resourceType: "Patient", id }));
}

/** Gaps that both have: what one of the two charts lacks may stand in the other. */
function commonGaps(earlier: ChartSnapshot | undefined, gaps: readonly string[]): readonly string[] {
  return earlier === undefined ? gaps : earlier.gaps.filter((gap) => gaps.includes(gap));
}

async function keep(
  tx: Executor,
  { sealer }: JobsDeps,
  { tenant, job, gaps = [], source }: ArrivedChart,
  kind: SnapshotKind,
  own: readonly FhirResource[],
): Promise<void> {
  const earlier = await loadSnapshot(tx, sealer, tenant, job, kind);
  const resources = mergedCharts(earlier?.resources ?? [], own);
  const merged = { resources, gaps: commonGaps(earlier, gaps), source };
  await storeSnapshot(tx, tenant, job, kind, await sealSnapshot(sealer, tenant, job, kind, merged));
}

async function compare(
  tx: Executor,
  deps: JobsDeps,
  { tenant, job, source }: ArrivedChart,
  row: JobRow,
  own: readonly FhirResource[],
): Promise<Arrival> {
  const basis = await loadBasis(tx, deps.sealer, tenant, job);
  const { summary_version: version, doc_status: docStatus } = row;
  if (basis === undefined || version === null || docStatus === null) return nothing;
  const place = { tenant, job, patient: row.patient, encounter: row.encounter, summary: { version, docStatus } };
  const events = await tellChartNews(tx, deps, place, withoutProtectedValues(contextChanges(basis, own), own), source);
  return { events, dispatched: false };
}

async function goOn(
  tx: Executor,
  deps: JobsDeps,
  input: ArrivedChart,
  row: JobRow,
  own: readonly FhirResource[],
): Promise<Arrival> {
  // A part of the chart would make "not documented" of what was never looked at: that job goes on waiting for its launch.
  if (!input.whole) return nothing;
  await keep(tx, deps, input, "given", own);
  const { tenant, actor, job } = input;
  const moved = await move(tx, deps, tenant, row, { transition: "chart-arrived", events: () => [] });
  const { patient, encounter } = row;
  await deps.audit.record({ tenant, action: "chart.read", outcome: "success", actor, job, patient, encounter }, tx);
  return moved;
}

async function arrive(tx: Executor, deps: JobsDeps, input: ArrivedChart): Promise<Arrival> {
  const row = await lock(tx, input.tenant, input.job);
  const own = ownResources(input, row.patient);
  if (own.length === 0) return nothing;
  switch (row.status) {
    case "waiting":
      return goOn(tx, deps, input, row, own);
    case "requested":
    case "in-progress":
      // Nobody has read the chart of a job that nobody has taken: the draft is written from the newer one. A draft that is being
      // written keeps to its chart, and what came meanwhile is compared with it when it is done.
      await keep(tx, deps, input, row.attempt === 0 ? "given" : "later", own);
      return nothing;
    case "completed":
      return row.doc_status === "preliminary" ? compare(tx, deps, input, row, own) : nothing;
    default:
      return nothing;
  }
}

/** See `Jobs.chartArrived`. */
export async function chartArrived(deps: JobsDeps, input: ArrivedChart): Promise<Job> {
  const { http } = deps.database;
  const { tenant, job } = input;
  const { events, dispatched, row } = await http.transaction(tenant, async (tx) => {
    const arrival = await arrive(tx, deps, input);
    const [after] = await run(tx, readJob, tenant, job);
    return { ...arrival, row: after };
  });
  if (row === undefined) throw new AdapterError("not_found", { at: "job" });
  if (events.length > 0 || dispatched) wakeAfter(deps.wakeUp, tenant, job, events, dispatched);
  return toJob(tenant, row);
}
