/** The operations on jobs, put together. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { changesSinceDraft, verifyHistory } from "../core/summary/history.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import { lock, move } from "./change.ts";
import type { Moved } from "./change.ts";
import { chartArrived } from "./context/arrived.ts";
import { readChangedValues } from "./context/tell.ts";
import { createJob } from "./create.ts";
import type { JobsDeps } from "./deps.ts";
import { wakeAfter } from "./deps.ts";
import type { Actor, CreateJob, Job, Jobs, SummaryHistory } from "./jobs.ts";
import { isJobId } from "./new-id.ts";
import { purgeWork } from "./purge.ts";
import { countJobs, searchJobs } from "./search.ts";
import { loadSnapshot, sealSnapshot, storeSnapshot } from "./snapshot.ts";
import { latestJob, openJobs, readJob } from "./store.ts";
import { readSignedOfPatient, readSummary } from "./store-summary.ts";
import { createSummaryActs } from "./summary-acts.ts";
import { contentHash, toSigned, toSummary } from "./summary-content.ts";
import { loadSources } from "./draft-sources.ts";
import { readAudited, readHistory } from "./summary-history.ts";
import { taskData, toJob } from "./view.ts";

/** How long after its signature a summary is still come back to, and of how many stays. */
const SIGNED_WITHIN_DAYS = 90;
const SIGNED_STAYS = 3;

async function present(tx: Executor, tenant: string, id: string): Promise<Job | undefined> {
  const [row] = isJobId(id) ? await run(tx, readJob, tenant, id) : [];
  return row === undefined ? undefined : toJob(tenant, row);
}

interface Outcome {
  readonly job: Job;
  readonly moved?: Moved;
}

async function cancelIn(tx: Executor, deps: JobsDeps, tenant: string, id: string, actor: Actor): Promise<Outcome> {
  const row = await lock(tx, tenant, id);
  // A second cancel finds what it wanted.
  if (row.status === "cancelled") return { job: toJob(tenant, row) };
  const moved = await move(tx, deps, tenant, row, {
    transition: "cancel",
    events: (status) => [{ type: "task.cancelled", data: taskData(status, row) }],
  });
  await purgeWork(tx, tenant, id);
  await deps.audit.record(
    {
      tenant,
      action: "job.cancel",
      outcome: "success",
      actor,
      job: id,
      patient: row.patient,
      encounter: row.encounter,
    },
    tx,
  );
  const job = (await present(tx, tenant, id)) ?? toJob(tenant, row);
  return { job, moved };
}

const isBundle = (chart: Bundle | readonly FhirResource[]): chart is Bundle => "resourceType" in chart;

function resourcesOf(chart: Bundle | readonly FhirResource[]): readonly FhirResource[] {
  if (!isBundle(chart)) return chart;
  return (chart.entry ?? []).flatMap((entry): readonly FhirResource[] =>
    entry.resource === undefined ? [] : [entry.resource as FhirResource],
  );
}

async function provideIn(
  tx: Executor,
  deps: JobsDeps,
  tenant: string,
  id: string,
  sealed: Buffer,
  actor: Actor,
): Promise<Outcome> {
  const row = await lock(tx, tenant, id);
  if (row.status !== "waiting") return { job: toJob(tenant, row) };
  await storeSnapshot(tx, tenant, id, "given", sealed);
  const moved = await move(tx, deps, tenant, row, { transition: "chart-arrived", events: () => [] });
  await deps.audit.record(
    {
      tenant,
      action: "chart.read",
      outcome: "success",
      actor,
      job: id,
      patient: row.patient,
      encounter: row.encounter,
    },
    tx,
  );
  return { job: (await present(tx, tenant, id)) ?? toJob(tenant, row), moved };
}

async function historyOf(
  tx: Executor,
  deps: JobsDeps,
  tenant: string,
  id: string,
): Promise<SummaryHistory | undefined> {
  // An act between the two reads would look like a break in the chain.
  await lock(tx, tenant, id);
  const [row] = await run(tx, readSummary, tenant, id);
  if (row === undefined) return undefined;
  const summary = toSummary(deps.sealer, tenant, row);
  const { sections } = summary;
  const acts = await readHistory(tx, deps.sealer, tenant, id);
  // The hash is computed from the text that is there now, not taken from beside it.
  const audited = await readAudited(tx, tenant, id);
  const verdict = verifyHistory(id, acts, { ...summary, sha256: contentHash(sections) }, audited);
  return { acts, sinceDraft: changesSinceDraft(acts, sections), verdict };
}

/** Joining brings the chart along: whichever trigger comes later may know more than the one that made the job. */
async function createOrJoin(deps: JobsDeps, input: CreateJob): ReturnType<Jobs["create"]> {
  const outcome = await createJob(deps, input);
  const { snapshot, trigger, tenant, actor } = input;
  if (outcome.created || snapshot === undefined) return outcome;
  const job = await chartArrived(deps, {
    tenant,
    job: outcome.job.id,
    resources: snapshot.resources,
    gaps: snapshot.gaps ?? [],
    whole: !input.waitForLaunch,
    source: trigger === "hook" || trigger === "page" || trigger === "subscription" ? trigger : "api",
    actor,
  });
  return { job, created: false };
}

/** The operations on jobs. Requests go through the http pool; nothing here needs a worker in this process. */
export function createJobs(deps: JobsDeps): Jobs {
  const { http } = deps.database;
  const settle = (tenant: string, outcome: Outcome): Job => {
    if (outcome.moved !== undefined)
      wakeAfter(deps.wakeUp, tenant, outcome.job.id, outcome.moved.events, outcome.moved.dispatched);
    return outcome.job;
  };

  return {
    create: (input) => createOrJoin(deps, input),
    get: (tenant, id) => present(http, tenant, id),
    async latest(tenant, encounter, documentType) {
      const [row] = await run(http, latestJob, tenant, encounter, documentType);
      return row === undefined ? undefined : toJob(tenant, row);
    },
    async signedOf(tenant, patient) {
      const rows = await run(http, readSignedOfPatient, tenant, patient, SIGNED_WITHIN_DAYS, SIGNED_STAYS);
      return rows.map((row) => toSigned(deps.sealer, tenant, row));
    },
    openJobs: (tenant, patient) => run(http, openJobs, tenant, patient ?? null),
    search: (tenant, search) => searchJobs(http, tenant, search),
    count: (tenant, filters) => countJobs(http, tenant, filters),
    async cancel(tenant, id, actor) {
      const outcome = await http.transaction(tenant, (tx) => cancelIn(tx, deps, tenant, id, actor));
      deps.wakeUp.notify("cancel", `${tenant}/${id}`);
      return settle(tenant, outcome);
    },
    async provideChart(tenant, id, chart, actor, gaps = []) {
      // What the hook brought stays: the launch adds to it, and its newer copies win when the chart is built.
      const given = isJobId(id) ? await loadSnapshot(http, deps.sealer, tenant, id, "given") : undefined;
      const resources = [...(given?.resources ?? []), ...resourcesOf(chart)];
      const sealed = await sealSnapshot(deps.sealer, tenant, id, "given", { resources, gaps });
      return settle(tenant, await http.transaction(tenant, (tx) => provideIn(tx, deps, tenant, id, sealed, actor)));
    },
    chartArrived: (input) => chartArrived(deps, input),
    changedValues: (tenant, id, sequence) => readChangedValues(http, deps.sealer, tenant, id, sequence),
    async summary(tenant, id) {
      const [row] = isJobId(id) ? await run(http, readSummary, tenant, id) : [];
      return row === undefined ? undefined : toSummary(deps.sealer, tenant, row);
    },
    sources: async (tenant, id) => (isJobId(id) ? loadSources(http, deps.sealer, tenant, id) : undefined),
    history: async (tenant, id) =>
      isJobId(id) ? http.transaction(tenant, (tx) => historyOf(tx, deps, tenant, id)) : undefined,
    ...createSummaryActs(deps),
  };
}
