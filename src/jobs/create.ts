/** Creating a job: idempotent by key, and by the one open job of an encounter. */
import { AdapterError } from "../core/errors.ts";
import type { JobEvent } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { JobsDeps } from "./deps.ts";
import { wakeAfter } from "./deps.ts";
import type { CreateJob, Job } from "./jobs.ts";
import { newJobId } from "./new-id.ts";
import { sealSnapshot } from "./snapshot.ts";
import type { JobRow } from "./store.ts";
import { insertJob, insertKey, openJob, readJob, readKey } from "./store.ts";
import { taskData, toJob } from "./view.ts";

export interface Created {
  readonly job: Job;
  readonly created: boolean;
}

/** Another request with the same key, or one that closed the open job, came between: start over. */
class Collision extends Error {}

const maxRounds = 5;

const reused = { hook: "hook_instance_reused", idempotency: "idempotency_key_reused" } as const;

async function read(tx: Executor, tenant: string, id: string): Promise<Job> {
  const [row] = await run(tx, readJob, tenant, id);
  if (row === undefined) throw new Collision();
  return toJob(tenant, row);
}

/** The job that this key made or joined; also after it has ended. */
async function byKey(tx: Executor, input: CreateJob): Promise<Job | undefined> {
  const { tenant, key } = input;
  if (key === undefined) return undefined;
  const [known] = await run(tx, readKey, tenant, key.kind, key.value);
  if (known === undefined) return undefined;
  if (known.digest !== key.digest) throw new AdapterError(reused[key.kind]);
  return read(tx, tenant, known.job);
}

async function remember(tx: Executor, input: CreateJob, job: string): Promise<void> {
  const { tenant, key } = input;
  if (key === undefined) return;
  const rows = await run(tx, insertKey, tenant, key.kind, key.value, key.digest, job);
  if (rows.length === 0) throw new Collision();
}

/** Joins the encounter's open job. One encounter has one patient: a request that says otherwise must not see the job. */
async function join(tx: Executor, input: CreateJob): Promise<Created> {
  const [row] = await run(tx, openJob, input.tenant, input.encounter, input.documentType);
  if (row === undefined) throw new Collision();
  if (row.patient !== input.patient) {
    throw new AdapterError("parameter_invalid", {
      at: "patient",
      message: "This encounter belongs to another patient.",
    });
  }
  await remember(tx, input, row.id);
  return { job: toJob(input.tenant, row), created: false };
}

/** The new job's row; undefined where the key is known or the encounter has an open job. */
async function insertNew(
  tx: Executor,
  deps: JobsDeps,
  input: CreateJob,
  id: string,
  snapshot: Buffer | undefined,
): Promise<JobRow | undefined> {
  const { tenant, actor, key } = input;
  const [row] = await run(
    tx,
    insertJob,
    tenant,
    id,
    input.waitForLaunch ? "waiting" : "requested",
    `${deps.publicUrl}/tenants/${tenant}`,
    input.patient,
    input.encounter,
    input.documentType,
    input.trigger,
    actor.kind,
    actor.id,
    input.callbackUrl ?? null,
    key?.kind ?? null,
    key?.value ?? null,
    key?.digest ?? null,
    snapshot ?? null,
    input.traceParent ?? null,
  );
  if (row?.keyed === false) throw new Collision();
  return row;
}

async function insert(
  tx: Executor,
  deps: JobsDeps,
  input: CreateJob,
  id: string,
  snapshot: Buffer | undefined,
): Promise<{ readonly result: Created; readonly events: readonly JobEvent[] }> {
  const row = await insertNew(tx, deps, input, id, snapshot);
  if (row === undefined) {
    const known = await byKey(tx, input);
    return { result: known === undefined ? await join(tx, input) : { job: known, created: false }, events: [] };
  }
  const { tenant, actor } = input;
  const requested = {
    type: "task.requested",
    data: { ...taskData("requested", input), trigger: input.trigger },
  } as const;
  const waiting = { type: "task.waiting", data: { ...taskData("waiting", input), waitingFor: "chart" } } as const;
  const events = await deps.eventLog.append(tx, tenant, id, input.waitForLaunch ? [requested, waiting] : [requested]);
  if (!input.waitForLaunch) await deps.boss.sendJob(tx, tenant, id, 0n);
  await deps.audit.record(
    {
      tenant,
      action: "job.create",
      outcome: "success",
      actor,
      job: id,
      patient: input.patient,
      encounter: input.encounter,
    },
    tx,
  );
  return { result: { job: { ...toJob(tenant, row), lastSequence: events.length }, created: true }, events };
}

/** See `Jobs.create`. */
export async function createJob(deps: JobsDeps, input: CreateJob): Promise<Created> {
  const id = (deps.newJobId ?? newJobId)();
  const snapshot =
    input.snapshot === undefined
      ? undefined
      : await sealSnapshot(deps.sealer, input.tenant, id, "given", {
          resources: input.snapshot.resources,
          gaps: input.snapshot.gaps ?? [],
        });
  for (let round = 1; ; round += 1) {
    try {
      const { result, events } = await deps.database.http.transaction(input.tenant, (tx) =>
        insert(tx, deps, input, id, snapshot),
      );
      if (result.created) wakeAfter(deps.wakeUp, input.tenant, id, events, !input.waitForLaunch);
      return result;
    } catch (error) {
      if (!(error instanceof Collision) || round === maxRounds) throw error;
    }
  }
}
