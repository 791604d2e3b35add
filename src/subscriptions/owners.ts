/**
 * Owners of Subscriptions: an API client that is taken away, or that loses the scope of a topic, is told no more. Its
 * Subscriptions are switched off and say why; it switches them on again itself, once it may.
 */
import type { Loss } from "../core/notification/entitlement.ts";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import type { Log } from "../telemetry/log.ts";
import type { Channels } from "./endpoints.ts";
import { endFollowing, listFollowers } from "./store.ts";

export interface OwnersDependencies {
  readonly pool: Pool;
  readonly channels: Pick<Channels, "remove">;
  readonly log: Log;
  /** Tenants that are served here: of the others nothing is known, and nothing is judged. */
  readonly served: () => readonly string[];
  /** What an API client of a served tenant has lost of what a topic, by its name, asks for. */
  readonly lossOf: (tenant: string, client: string, topic: string) => Loss | undefined;
}

async function end(
  { pool, channels, log }: OwnersDependencies,
  tenant: string,
  { client, topic }: { readonly client: string; readonly topic: string },
  loss: Loss,
): Promise<void> {
  const ended = await pool.transaction(tenant, async (tx) => {
    const rows = await run(tx, endFollowing, tenant, client, topic, loss);
    for (const { id } of rows) await channels.remove(tx, tenant, id);
    return rows;
  });
  for (const { id: subscription } of ended) log.warn("subscription.ended", { tenant, subscription, code: loss });
}

/** Switches off what nobody entitled follows any more, of one tenant. Harmless at several replicas at once. */
export async function endUnentitled(deps: OwnersDependencies, tenant: string): Promise<void> {
  for (const follower of await run(deps.pool, listFollowers, tenant)) {
    const loss = deps.lossOf(tenant, follower.client, follower.topic);
    if (loss !== undefined) await end(deps, tenant, follower, loss);
  }
}
