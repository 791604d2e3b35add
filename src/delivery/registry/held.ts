/** An endpoint's row, held for a change. */
import { AdapterError } from "../../core/errors.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { EndpointRow } from "./store.ts";
import { lockOne } from "./store.ts";

/** The row under its lock. Throws 404 for one that is not there (any more), 412 where `revision` is not the present one. */
export async function held(tx: Executor, tenant: string, id: string, revision?: number): Promise<EndpointRow> {
  const [row] = await run(tx, lockOne, tenant, id);
  if (row === undefined || row.status === "removed") throw new AdapterError("not_found");
  if (row.origin === "callback")
    throw new AdapterError("state_conflict", { message: "A job's callback follows the endpoint that it lies under." });
  if (revision !== undefined && revision !== row.revision) throw new AdapterError("precondition_failed");
  return row;
}
