/**
 * Keeps one Subscription at an EHR going: asks for it, looks how it stands, asks for its return when it has failed (rows 81,
 * 82), renews it, closes its gaps, and takes it away. One replica at a time does so, under a lease.
 */
import type { AdapterError } from "../../core/errors.ts";
import { toAdapterError } from "../../core/errors.ts";
import type { Heard } from "../../core/subscriber/heard.ts";
import type { Step, SubscriptionPhase } from "../../core/subscriber/lifecycle.ts";
import { isSilent, nextCheckMs, nextStep } from "../../core/subscriber/lifecycle.ts";
import { closedTo, gapOf, needsSearch } from "../../core/subscriber/numbering.ts";
import { subscriptionRequest } from "../../core/subscriber/request.ts";
import { run } from "../../db/query.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import type { EhrWatchDeps, WatchedTenant } from "./deps.ts";
import { backoffSeconds, leaseSeconds, within } from "./deps.ts";
import { hear, notice } from "./hear.ts";
import {
  createSubscription,
  fetchEvents,
  lookAtSubscription,
  removeSubscription,
  rewriteSubscription,
} from "./remote.ts";
import { hastenPolls } from "./poll-store.ts";
import { openSecret } from "./secret.ts";
import { numberingOf, standingOf, termsOf } from "./standing.ts";
import type { EhrSubscriptionRow } from "./store.ts";
import {
  askedEhrSubscription,
  claimEhrSubscription,
  deleteEhrSubscription,
  lockEhrSubscription,
  moveEhrSubscription,
  numberEhrSubscription,
  readEhrSubscription,
  releaseEhrSubscription,
} from "./store.ts";

/** What one step works with. */
interface Keeping {
  readonly deps: EhrWatchDeps;
  readonly tenant: WatchedTenant;
  readonly row: EhrSubscriptionRow;
  readonly gateway: FhirGateway;
}

/** A tenant that another replica serves, or one whose access was taken away: asked again after so long. */
const elsewhereMs = 3_600_000;
/** What cannot be taken away at the EHR ends there by itself. */
const mostRemovals = 5;

export function endpointOf({ publicUrl }: Pick<EhrWatchDeps, "publicUrl">, tenant: string, id: string): string {
  return `${publicUrl}/inbound/fhir/${tenant}/${id}`;
}

/** Does the step that is due. Never throws for the EHR's faults: they stand with the row. */
export async function keepSubscription(
  deps: EhrWatchDeps,
  tenant: string,
  id: string,
  stop: AbortSignal,
): Promise<void> {
  const [row] = await run(deps.pool, claimEhrSubscription, tenant, id, leaseSeconds);
  if (row === undefined) return;
  const watched = deps.tenantOf(tenant);
  const gateway = watched === undefined ? undefined : deps.subscriberOf(tenant, within(stop));
  if (watched === undefined || gateway === undefined)
    return release(deps, tenant, row, { atMs: deps.now() + elsewhereMs });
  const keeping: Keeping = { deps, tenant: watched, row, gateway };
  const step = nextStep(standingOf(row), termsOf(watched.settings), deps.now());
  try {
    await steps[step](keeping);
    await afterStep(keeping, step);
  } catch (thrown) {
    if (stop.aborted) return release(deps, tenant, row, { atMs: deps.now() });
    await afterFailure(keeping, step, toAdapterError(thrown));
  }
}

interface Release {
  readonly atMs: number;
  readonly checked?: boolean;
  readonly error?: string;
}

async function release(
  deps: EhrWatchDeps,
  tenant: string,
  row: EhrSubscriptionRow & { readonly claimed?: string },
  { atMs, checked = false, error }: Release,
): Promise<void> {
  const nowMs = deps.now();
  const checkedAt = checked ? new Date(nowMs).toISOString() : null;
  const checkAt = new Date(Math.max(nowMs, Math.min(atMs, nowMs + 30 * 86_400_000))).toISOString();
  const failed = error !== undefined;
  const claimed = row.claimed ?? checkAt;
  await run(deps.pool, releaseEhrSubscription, tenant, row.id, checkedAt, checkAt, failed, error ?? null, claimed);
}

/** The row as it is now says when the next step is due: a message may have come meanwhile. */
async function afterStep({ deps, tenant, row }: Keeping, step: Step): Promise<void> {
  const [now] = await run(deps.pool, readEhrSubscription, tenant.id, row.id);
  if (now === undefined) return;
  const checked = step === "ask" || step === "reactivate";
  const standing = { ...standingOf(now), ...(checked ? { checkedAtMs: deps.now() } : {}) };
  await release(deps, tenant.id, row, { atMs: nextCheckMs(standing, termsOf(tenant.settings)), checked });
}

async function afterFailure(keeping: Keeping, step: Step, error: AdapterError): Promise<void> {
  const { deps, tenant, row } = keeping;
  if (step === "remove" && row.failures >= mostRemovals)
    return void (await run(deps.pool, deleteEhrSubscription, tenant.id, row.id));
  if (error.retry === "never" && step === "create") await move(keeping, "refused", false, error.code);
  // An EHR that does not answer delivers nothing either.
  else if (row.phase === "proven" && isSilent(standingOf(row), termsOf(tenant.settings), deps.now()))
    await move(keeping, "silent", true, error.code);
  if (error.code === "internal") deps.onError(error.cause);
  await release(deps, tenant.id, row, {
    atMs: deps.now() + backoffSeconds(row.failures + 1) * 1000,
    checked: true,
    error: error.code,
  });
}

async function move(
  { deps, tenant, row }: Pick<Keeping, "deps" | "tenant" | "row">,
  phase: SubscriptionPhase,
  keepRemote: boolean,
  reason: string | null,
): Promise<EhrSubscriptionRow | undefined> {
  const at = new Date(deps.now()).toISOString();
  const [moved] = await run(
    deps.pool,
    moveEhrSubscription,
    tenant.id,
    row.id,
    row.revision,
    phase,
    keepRemote,
    reason,
    at,
  );
  if (moved === undefined) return undefined;
  const { watch: kind, id: subscription } = row;
  const fields = { tenant: tenant.id, subscription, kind, outcome: phase, ...(reason === null ? {} : { reason }) };
  deps.log[phase === "silent" ? "warn" : "info"]("ehr_subscription.phase", fields);
  if (phase !== "silent") return moved;
  deps.metrics.silenced({ tenant: tenant.id, watch: row.watch, manner: row.manner });
  // What was not told since is found by asking, at once and from now on.
  await run(deps.pool, hastenPolls, tenant.id, row.watch === "discharge");
  return moved;
}

const steps: Readonly<Record<Step, (keeping: Keeping) => Promise<void>>> = {
  create,
  ask,
  reactivate,
  renew: async (keeping) => rewrite(keeping, keeping.row.phase),
  "close-gap": closeGap,
  "give-up": giveUp,
  remove,
  rest: async () => undefined,
};

/** Until when it is asked for. */
function endOf({ deps, tenant }: Keeping): string {
  return new Date(deps.now() + termsOf(tenant.settings).endMs).toISOString();
}

function requestOf(keeping: Keeping, end: string) {
  const { deps, tenant, row } = keeping;
  return subscriptionRequest({
    manner: row.manner,
    criteria: row.criteria,
    filters: row.watch === "discharge" ? (tenant.settings?.dischargeFilters ?? []) : [],
    endpoint: endpointOf(deps, tenant.id, row.id),
    secret: openSecret(deps.sealer, tenant.id, row.id, row.sealed),
    heartbeatSeconds: tenant.settings?.heartbeatSeconds ?? 60,
    end,
  });
}

async function noteAsked(keeping: Keeping, remote: string, phase: SubscriptionPhase, end: string): Promise<void> {
  const { deps, tenant, row } = keeping;
  const at = new Date(deps.now()).toISOString();
  await run(deps.pool, askedEhrSubscription, tenant.id, row.id, remote, phase, at, end);
}

async function create(keeping: Keeping): Promise<void> {
  const { gateway, row } = keeping;
  const end = endOf(keeping);
  const again = row.asked_at !== null || row.failures > 0;
  // What was refused once is asked for anew as if it never had been.
  const base = ["refused", "unproven"].includes(row.phase) ? await move(keeping, "wanted", false, null) : row;
  if (base === undefined) return;
  const remote = await createSubscription(gateway, requestOf(keeping, end), again);
  await noteAsked(keeping, remote, "requested", end);
}

async function rewrite(keeping: Keeping, phase: SubscriptionPhase): Promise<void> {
  const { gateway, row } = keeping;
  const end = endOf(keeping);
  if (row.remote !== null && (await rewriteSubscription(gateway, row.remote, requestOf(keeping, end))))
    return noteAsked(keeping, row.remote, phase, end);
  await move(keeping, "wanted", false, "gone");
}

/** It has fallen silent, by its own word or by saying nothing: its return is asked for, and it has to prove itself anew. */
async function reactivate(keeping: Keeping): Promise<void> {
  const silent = keeping.row.phase === "silent" ? keeping.row : await move(keeping, "silent", true, "heartbeat_missed");
  if (silent !== undefined) await rewrite({ ...keeping, row: silent }, "requested");
}

async function ask(keeping: Keeping): Promise<void> {
  const { gateway, row } = keeping;
  const state = await lookAtSubscription(gateway, row.remote ?? "", row.manner === "topic");
  if (state.known === "gone") return void (await move(keeping, "wanted", false, "gone"));
  if (state.known === "status") return hearStatus(keeping, state.heard);
  if (state.status !== "error" && state.status !== "off") return;
  if (row.proven_at !== null) return void (await move(keeping, "silent", true, state.status));
  // It never worked: to ask for its return would be to ask for the same refusal again.
  const refused = await move(keeping, "refused", false, state.status);
  if (refused !== undefined && row.remote !== null) await removeSubscription(gateway, row.remote);
}

async function hearStatus({ deps, tenant, row }: Keeping, heard: Heard): Promise<void> {
  const message = { heard, proof: "status", nowMs: deps.now(), terms: termsOf(tenant.settings) } as const;
  const phase = await deps.pool.transaction(tenant.id, async (tx) => {
    const [locked] = await run(tx, lockEhrSubscription, tenant.id, row.id);
    return locked === undefined
      ? undefined
      : { was: locked.phase, is: (await hear(tx, tenant.id, locked, message)).phase };
  });
  if (phase === undefined || phase.is === phase.was) return;
  const { watch: kind, id: subscription } = row;
  const fields = { tenant: tenant.id, subscription, kind, outcome: phase.is, reason: "status" };
  deps.log.info("ehr_subscription.phase", fields);
}

/** By $events; where there is none, or it does not hold all of them, a search over the time finds what happened. */
async function closeGap({ deps, tenant, row, gateway }: Keeping): Promise<void> {
  const gap = gapOf(numberingOf(row));
  if (gap === undefined || row.remote === null) return;
  const fetched = await fetchEvents(gateway, row.remote, gap);
  const terms = termsOf(tenant.settings);
  await deps.pool.transaction(tenant.id, async (tx) => {
    const [locked] = await run(tx, lockEhrSubscription, tenant.id, row.id);
    if (locked === undefined) return;
    const events = fetched?.events ?? [];
    const heard: Heard = { kind: "event", events, counted: gap.to };
    const message = { heard, proof: "status", nowMs: deps.now(), terms } as const;
    const { numbered } = await hear(tx, tenant.id, locked, message);
    const bySearch = needsSearch(numberingOf(locked), numbered.numbering);
    await notice(tx, tenant.id, locked, numbered.focuses, numbered.unnamed || bySearch);
    // Nothing more is to be had by number: what the search does not find did not happen.
    const { position = 0, counted } = closedTo(numbered.numbering, gap.to);
    if (bySearch) await run(tx, numberEhrSubscription, tenant.id, row.id, position, counted);
  });
  deps.log.info("ehr_subscription.gap", {
    tenant: tenant.id,
    subscription: row.id,
    count: gap.to - gap.from + 1,
    outcome: fetched === undefined ? "search" : "events",
  });
}

async function giveUp(keeping: Keeping): Promise<void> {
  const { gateway, row } = keeping;
  const moved = await move(keeping, "unproven", false, "no_proof");
  if (moved !== undefined && row.remote !== null) await removeSubscription(gateway, row.remote);
}

async function remove({ deps, tenant, row, gateway }: Keeping): Promise<void> {
  if (row.remote !== null) await removeSubscription(gateway, row.remote);
  await run(deps.pool, deleteEhrSubscription, tenant.id, row.id);
}
