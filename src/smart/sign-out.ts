/** Ending a session: ours at once and in any case, its tokens at the EHR where the EHR takes them back. */
import type { SmartDeps } from "./deps.ts";
import type { SessionTokens } from "./session-tokens.ts";
import type { EndedSession } from "./store.ts";
import { run } from "../db/query.ts";
import { revokeTokens } from "./revoke-tokens.ts";
import { endSession } from "./store.ts";

/** Ends a session, forgets its tokens, revokes them at the EHR, and writes who left. A session that is over stays so. */
export async function signOut(
  deps: SmartDeps,
  tokens: Pick<SessionTokens, "held">,
  tenant: string,
  launch: string,
): Promise<void> {
  // Read before they are forgotten. What a refresh under way still brings, the refresh itself revokes.
  const held = await tokens.held(tenant, launch).catch((error: unknown) => deps.onError?.(error));
  const [ended] = await run(deps.db, endSession, tenant, launch, new Date(deps.now()));
  if (ended === undefined) return;
  const revocation = held === undefined ? "nothing-held" : await revokeTokens(deps, tenant, held);
  await deps.audit.record(entryOf(tenant, ended, `tokens.${revocation}`));
}

function entryOf(
  tenant: string,
  { actor, actor_display: display, patient, encounter, job }: EndedSession,
  reason: string,
) {
  return {
    tenant,
    action: "smart.logout",
    outcome: "success",
    actor: { kind: "practitioner", id: actor, ...(display === null ? {} : { display }) },
    patient,
    ...(encounter === null ? {} : { encounter }),
    ...(job === null ? {} : { job }),
    reason,
  } as const;
}
