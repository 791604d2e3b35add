/**
 * What an EHR tells: taken in at once, and worked on later. Nothing of it is believed but that something may have happened;
 * whoever acts on it reads the resource from the EHR first, with our own token. A forged message starts nothing.
 */
import { AdapterError } from "../../core/errors.ts";
import type { Heard } from "../../core/subscriber/heard.ts";
import { readHeard } from "../../core/subscriber/heard.ts";
import { run } from "../../db/query.ts";
import { parseJson } from "../../http/parse-json.ts";
import type { EhrWatchDeps } from "./deps.ts";
import { hear, notice } from "./hear.ts";
import { shows } from "./secret.ts";
import { termsOf } from "./standing.ts";
import type { EhrSubscriptionRow } from "./store.ts";
import { lockEhrSubscription, readEhrSubscription } from "./store.ts";

export type ReceiveDeps = Pick<EhrWatchDeps, "pool" | "jobs" | "wakeUp" | "log" | "metrics" | "tenantOf" | "now">;

export interface Endpoint {
  readonly tenant: string;
  /** Of the Subscription; opaque. */
  readonly id: string;
}

/**
 * Lets the EHR in, before its body is read.
 * @throws AdapterError not_found, unauthenticated
 */
export async function admit(
  deps: ReceiveDeps,
  { tenant, id }: Endpoint,
  authorization: string | undefined,
): Promise<EhrSubscriptionRow> {
  const watched = deps.tenantOf(tenant)?.settings;
  const [row] = watched === undefined ? [] : await run(deps.pool, readEhrSubscription, tenant, id);
  if (row === undefined || row.phase === "ended") throw new AdapterError("not_found");
  if (!shows(authorization, row.secret_sha256))
    throw new AdapterError("unauthenticated", { detail: "ehr-subscription.secret" });
  return row;
}

/** A body that cannot be read is no loss where the address says which resource it is about. */
function parsed(address: string | undefined, body: Uint8Array): unknown {
  if (body.byteLength === 0) return undefined;
  try {
    return parseJson(body);
  } catch (error) {
    if (address === undefined) throw error;
    return undefined;
  }
}

/** Changes in charts that no draft waits for are many, and none of ours. */
async function isOfNobody(deps: ReceiveDeps, tenant: string, { watch }: EhrSubscriptionRow, heard: Heard) {
  if (watch !== "chart" || heard.patient === undefined) return false;
  return (await deps.jobs.openJobs(tenant, heard.patient)).length === 0;
}

/**
 * Takes a message in: one short transaction.
 * @param address what stands behind the endpoint in the path, `Encounter/9`
 * @throws AdapterError request_malformed
 */
export async function receive(
  deps: ReceiveDeps,
  tenant: string,
  row: EhrSubscriptionRow,
  address: string | undefined,
  body: Uint8Array,
): Promise<void> {
  const heard = readHeard(address, parsed(address, body));
  if (heard === undefined) throw new AdapterError("request_malformed");
  const passOver = await isOfNobody(deps, tenant, row, heard);
  const terms = termsOf(deps.tenantOf(tenant)?.settings);
  const proof = heard.kind === "handshake" ? "handshake" : "notification";
  const taken = await deps.pool.transaction(tenant, async (tx) => {
    const [locked] = await run(tx, lockEhrSubscription, tenant, row.id);
    if (locked === undefined) throw new AdapterError("not_found");
    const message = { heard, proof, nowMs: deps.now(), terms } as const;
    const { numbered, phase } = await hear(tx, tenant, locked, message);
    if (!passOver) await notice(tx, tenant, locked, numbered.focuses, numbered.unnamed);
    const work = numbered.focuses.length > 0 || numbered.unnamed || numbered.gap !== undefined;
    return { before: locked.phase, after: phase, work };
  });
  deps.metrics.notification({ tenant, watch: row.watch, manner: row.manner, kind: heard.kind });
  if (taken.after !== taken.before)
    deps.log.info("ehr_subscription.phase", {
      tenant,
      subscription: row.id,
      kind: row.watch,
      outcome: taken.after,
      reason: proof,
    });
  // A heartbeat is no work for anybody.
  if (taken.work || taken.after !== taken.before) deps.wakeUp.notify("notice");
}
