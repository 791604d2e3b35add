/** Rows as the rules see them. */
import type { EhrSubscriptionSettings } from "../../config/ehr-subscriptions-schema.ts";
import { ehrSubscriptions } from "../../config/ehr-subscriptions-schema.ts";
import type { SubscriptionStanding, SubscriptionTerms } from "../../core/subscriber/lifecycle.ts";
import type { Numbering } from "../../core/subscriber/numbering.ts";
import { gapOf } from "../../core/subscriber/numbering.ts";
import type { EhrSubscriptionRow } from "./store.ts";

const defaults = ehrSubscriptions.parse({});
const dayMs = 86_400_000;

const timeOf = (date: Date | null): number => date?.getTime() ?? 0;

export function numberingOf({ position, counted }: EhrSubscriptionRow): Numbering {
  return { position: position === null ? undefined : Number(position), counted: Number(counted) };
}

export function standingOf(row: EhrSubscriptionRow): SubscriptionStanding {
  return {
    phase: row.phase,
    manner: row.manner,
    remote: row.remote ?? undefined,
    askedAtMs: timeOf(row.asked_at),
    heardAtMs: Math.max(timeOf(row.heard_at), timeOf(row.proven_at)),
    checkedAtMs: timeOf(row.checked_at),
    beats: row.beats,
    gap: gapOf(numberingOf(row)) !== undefined,
    endAtMs: row.end_at?.getTime() ?? Number.MAX_SAFE_INTEGER,
  };
}

export function termsOf({
  heartbeatSeconds,
  patienceSeconds,
  endDays,
}: EhrSubscriptionSettings = defaults): SubscriptionTerms {
  return { heartbeatMs: heartbeatSeconds * 1000, patienceMs: patienceSeconds * 1000, endMs: endDays * dayMs };
}
