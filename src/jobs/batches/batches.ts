/** Many encounters asked for at once: taken in whole, worked off in the background, told of as it goes. */
import { z } from "zod";
import { AdapterError } from "../../core/errors.ts";
import type { Pool } from "../../db/database.ts";
import { run } from "../../db/query.ts";
import type { SealContext, Sealer } from "../../db/sealer.ts";
import { sealJson } from "../../db/sealer.ts";
import type { WakeUp } from "../../events/event-log.ts";
import type { Actor } from "../jobs.ts";
import { newJobId } from "../new-id.ts";
import type { BatchRow } from "./store.ts";
import { insertBatch, readBatch, readBatchByKey, readItems } from "./store.ts";

/** A patient or an encounter as the request named it. */
const subjectName = z.union([
  z.object({ reference: z.string() }),
  z.object({ identifier: z.object({ system: z.string(), value: z.string() }) }),
]);
export const batchItem = z.object({ patient: subjectName, encounter: subjectName });
export type BatchItem = z.infer<typeof batchItem>;

export interface NewBatch {
  readonly tenant: string;
  readonly actor: Actor;
  readonly items: readonly BatchItem[];
  /** Idempotency-Key of the caller, with a hex digest of what the request says. */
  readonly key?: { readonly value: string; readonly digest: string } | undefined;
  /** W3C trace context of the request, parsed: the batch's jobs and events carry it on. */
  readonly traceParent?: string | undefined;
}

export interface Batch {
  readonly id: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly createdAt: string;
  readonly completedAt?: string;
}

export interface BatchWithItems extends Batch {
  /** In the request's order. */
  readonly items: readonly {
    readonly state: "waiting" | "started" | "done" | "failed";
    readonly job?: string;
    readonly patient?: string;
    readonly encounter?: string;
    /** Why it failed: a code of the error table, or how its job ended. */
    readonly code?: string;
  }[];
}

export interface Batches {
  /** @throws AdapterError idempotency_key_reused where the key stands for another request */
  create(batch: NewBatch): Promise<{ readonly batch: Batch; readonly created: boolean }>;
  get(tenant: string, id: string): Promise<BatchWithItems | undefined>;
}

export interface BatchesDeps {
  readonly db: Pool;
  readonly sealer: Sealer;
  readonly wakeUp: Pick<WakeUp, "notify">;
}

export const itemContext = (tenant: string, batch: string, place: number): SealContext => ({
  tenant,
  purpose: "batch-item",
  id: batch,
  version: String(place),
});

function toBatch({ id, total, done, failed, created_at: created, completed_at: completed }: BatchRow): Batch {
  return {
    id,
    total,
    done,
    failed,
    createdAt: created.toISOString(),
    ...(completed === null ? {} : { completedAt: completed.toISOString() }),
  };
}

export function createBatches({ db, sealer, wakeUp }: BatchesDeps): Batches {
  async function present(tenant: string, id: string): Promise<Batch> {
    const [row] = await run(db, readBatch, tenant, id);
    if (row === undefined) throw new AdapterError("not_found");
    return toBatch(row);
  }

  return {
    async create({ tenant, actor, items, key, traceParent }) {
      const id = newJobId();
      const sealed = items.map((item, index) => sealJson(sealer, item, itemContext(tenant, id, index + 1)));
      const { value = null, digest = null } = key ?? {};
      const made = await run(
        db,
        insertBatch,
        tenant,
        id,
        value,
        digest,
        actor.kind,
        actor.id,
        sealed,
        traceParent ?? null,
      );
      if (made.length === 1) {
        wakeUp.notify("batch");
        return { batch: await present(tenant, id), created: true };
      }
      const [known] = await run(db, readBatchByKey, tenant, value ?? "");
      if (known === undefined || known.digest !== digest) throw new AdapterError("idempotency_key_reused");
      return { batch: toBatch(known), created: false };
    },
    async get(tenant, id) {
      const [row] = await run(db, readBatch, tenant, id);
      if (row === undefined) return undefined;
      const items = await run(db, readItems, tenant, id);
      return {
        ...toBatch(row),
        items: items.map(({ state, job, patient, encounter, code }) => ({
          state,
          ...(job === null ? {} : { job }),
          ...(patient === null ? {} : { patient }),
          ...(encounter === null ? {} : { encounter }),
          ...(code === null ? {} : { code }),
        })),
      };
    },
  };
}
