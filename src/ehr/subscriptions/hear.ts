/** A message of an EHR about one Subscription: what it proves, what it numbers, and what is to be looked at. */
import { chartTypes } from "../../core/smart/default-scopes.ts";
import type { Heard } from "../../core/subscriber/heard.ts";
import type { SubscriptionPhase, SubscriptionTerms } from "../../core/subscriber/lifecycle.ts";
import { nextCheckMs } from "../../core/subscriber/lifecycle.ts";
import type { Numbered } from "../../core/subscriber/numbering.ts";
import { take } from "../../core/subscriber/numbering.ts";
import type { Watch } from "../../core/subscriber/wanted.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import { putNotices } from "./notice-store.ts";
import { hastenPolls } from "./poll-store.ts";
import { numberingOf, standingOf } from "./standing.ts";
import type { EhrSubscriptionRow } from "./store.ts";
import { hearEhrSubscription } from "./store.ts";

export interface Message {
  readonly heard: Heard;
  readonly proof: "handshake" | "status" | "notification";
  readonly nowMs: number;
  readonly terms: SubscriptionTerms;
}

const unwell: ReadonlySet<string> = new Set(["error", "off"]);
/** Given up, or no longer wanted: what still comes is looked at, and changes nothing. */
const settled: ReadonlySet<SubscriptionPhase> = new Set(["ended", "refused", "unproven"]);

/** What came as a bare resource, or as nothing at all, shows that the EHR does not know of topics. */
function proves({ manner }: EhrSubscriptionRow, { kind, status }: Heard): boolean {
  if (status !== undefined && status !== "active" && kind !== "handshake") return false;
  return manner === "criteria" || (kind !== "resource" && kind !== "empty");
}

export function phaseAfter(row: EhrSubscriptionRow, heard: Heard): SubscriptionPhase {
  if (settled.has(row.phase)) return row.phase;
  // Rows 81 and 82: that it fails is for us to find, and for us to ask for its return.
  if (unwell.has(heard.status ?? "")) return row.proven_at === null || row.remote === null ? row.phase : "silent";
  return proves(row, heard) ? "proven" : row.phase;
}

const watched: ReadonlySet<string> = new Set(chartTypes);

/** An ended stay is an Encounter; every other focus of that watch is not what was asked for. */
function isOfWatch(watch: Watch, focus: string): boolean {
  const [type = ""] = focus.split("/", 1);
  return watch === "discharge" ? type === "Encounter" : watched.has(type);
}

/**
 * Takes a message in; the row must be locked.
 * @returns what is to be looked at; whether the Subscription has changed its phase
 */
export async function hear(
  tx: Executor,
  tenant: string,
  row: EhrSubscriptionRow,
  { heard, proof, nowMs, terms }: Message,
): Promise<{ readonly numbered: Numbered; readonly phase: SubscriptionPhase }> {
  const numbered = take(numberingOf(row), heard);
  const { numbering } = numbered;
  const phase = phaseAfter(row, heard);
  const beats = row.beats || heard.kind === "heartbeat";
  // An answer of $status is no delivery: it must not hide that heartbeats have ceased.
  const heardAtMs = proof === "status" && row.beats && row.heard_at !== null ? row.heard_at.getTime() : nowMs;
  const known = standingOf(row);
  const standing = { ...known, phase, beats, heardAtMs, gap: numbered.gap !== undefined };
  await run(
    tx,
    hearEhrSubscription,
    tenant,
    row.id,
    phase,
    phase === "proven" ? proof : null,
    new Date(heardAtMs).toISOString(),
    beats,
    numbering.position ?? 0,
    numbering.counted,
    new Date(Math.max(nowMs, nextCheckMs(standing, terms))).toISOString(),
  );
  return { numbered, phase };
}

/** What is to be looked at goes into the intake; where only a search can tell, the polls are hastened. */
export async function notice(
  tx: Executor,
  tenant: string,
  row: Pick<EhrSubscriptionRow, "watch" | "manner">,
  focuses: readonly string[],
  unnamed: boolean,
): Promise<void> {
  const own = focuses.filter((focus) => isOfWatch(row.watch, focus));
  if (own.length > 0) await run(tx, putNotices, tenant, own, row.manner);
  if (unnamed) await run(tx, hastenPolls, tenant, row.watch === "discharge");
}
