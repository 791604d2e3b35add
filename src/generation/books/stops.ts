/** Models that somebody has stopped: none is asked from then on, and those that write now are cut off. */
import type { Audit } from "../../audit/audit.ts";
import { AdapterError } from "../../core/errors.ts";
import type { ModelStop } from "../../core/generation/books.ts";
import { everyModel } from "../../core/generation/books.ts";
import type { Pool } from "../../db/database.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { WakeUp } from "../../events/event-log.ts";
import type { Actor } from "../../jobs/jobs.ts";
import { putStop, readStops, removeStop } from "./store.ts";

export interface StopDeps {
  readonly pool: Pool;
  readonly audit: Audit;
  readonly wakeUp: Pick<WakeUp, "notify">;
}

/** What is stopped in a tenant. */
export async function modelStops(executor: Executor, tenant: string): Promise<readonly ModelStop[]> {
  const rows = await run(executor, readStops, tenant);
  return rows.map(({ model, reason, stopped_by: stoppedBy, stopped_at: stoppedAt }) => ({
    model,
    reason,
    stoppedBy,
    stoppedAt: stoppedAt.toISOString(),
  }));
}

/** The stop that forbids a model; its own before the tenant's. */
export function stopOf(stops: readonly Pick<ModelStop, "model">[], model: string): boolean {
  return stops.some((stop) => stop.model === model || stop.model === everyModel);
}

export const stopped = (): AdapterError => new AdapterError("model_stopped");

/** From the commit on no replica asks the model; calls under way end within moments. */
export async function stopModel(
  deps: StopDeps,
  tenant: string,
  { model, reason }: { readonly model: string; readonly reason: string },
  actor: Actor,
): Promise<void> {
  await deps.pool.transaction(tenant, async (tx) => {
    await run(tx, putStop, tenant, model, reason, `${actor.kind}/${actor.id}`);
    await deps.audit.record({ tenant, action: "model.stop", outcome: "success", actor, reason: model }, tx);
  });
  deps.wakeUp.notify("model", tenant);
}

/** False where it was not stopped. */
export async function startModel(deps: StopDeps, tenant: string, model: string, actor: Actor): Promise<boolean> {
  return deps.pool.transaction(tenant, async (tx) => {
    const removed = await run(tx, removeStop, tenant, model);
    if (removed.length === 0) return false;
    await deps.audit.record({ tenant, action: "model.start", outcome: "success", actor, reason: model }, tx);
    return true;
  });
}
