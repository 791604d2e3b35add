/** What is remembered of calls and cards, so that a repeat is known and feedback is understood. */
import { createHash } from "node:crypto";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { AdapterError } from "../core/errors.ts";
import type { FeedbackItem } from "./cds-hooks.ts";
import type { HookCall } from "./service.ts";
import { addFeedbackQuery, overriddenQuery, readCardsQuery, rememberCallQuery, rememberCardsQuery } from "./store.ts";

export interface ShownCard {
  readonly uuid: string;
  readonly state: string;
  readonly job?: string;
}

/** Feedback on a card that we remember. */
export interface KnownFeedback {
  readonly item: FeedbackItem;
  readonly job?: string;
  readonly encounter: string;
  readonly userId: string;
}

export interface CardMemory {
  /** @throws AdapterError `hook_instance_reused` where the instance belongs to another patient or encounter */
  rememberCall(call: HookCall): Promise<void>;
  rememberCards(call: HookCall & { readonly encounter: string }, cards: readonly ShownCard[]): Promise<void>;
  overridden(call: HookCall & { readonly encounter: string }, job: string | undefined): Promise<boolean>;
  /** Stores feedback once, whatever the client repeats; returns what was new. Cards that we do not know are passed over. */
  storeFeedback(tenant: string, items: readonly FeedbackItem[]): Promise<readonly KnownFeedback[]>;
}

/** What a hookInstance stands for: the same instance for anything else is a mistake of the caller. */
export function callDigest({ patient, encounter = "", hook }: HookCall): string {
  return createHash("sha256")
    .update(JSON.stringify([hook, patient, encounter]))
    .digest("hex");
}

function feedbackDigest(item: FeedbackItem): Buffer {
  const { card, outcome, outcomeTimestamp, acceptedSuggestions, overrideReason } = item;
  return createHash("sha256")
    .update(JSON.stringify([card, outcome, outcomeTimestamp, acceptedSuggestions ?? null, overrideReason ?? null]))
    .digest();
}

export function createCardMemory({ db, sealer }: { readonly db: Pool; readonly sealer: Sealer }): CardMemory {
  async function store(tenant: string, known: KnownFeedback): Promise<boolean> {
    const { item, job = null, encounter, userId } = known;
    const { reason, userComment } = item.overrideReason ?? {};
    const digest = feedbackDigest(item);
    // A comment is free text of a clinician: it may name the patient.
    const comment =
      userComment === undefined
        ? null
        : sealer.seal(userComment, { tenant, purpose: "feedback", id: item.card, version: digest.toString("hex") });
    const rows = await run(
      db,
      addFeedbackQuery,
      tenant,
      item.card,
      digest,
      job,
      encounter,
      userId,
      item.outcome,
      reason?.code ?? null,
      reason?.system ?? null,
      comment,
      item.outcomeTimestamp,
    );
    return rows.length === 1;
  }

  return {
    rememberCall: async (call) => {
      const digest = callDigest(call);
      const [row] = await run(db, rememberCallQuery, call.tenant.id, call.hookInstance, digest);
      if (row?.digest !== digest) throw new AdapterError("hook_instance_reused", { at: "hookInstance" });
    },
    rememberCards: async (call, cards) => {
      if (cards.length === 0) return;
      const jobs = cards.map(({ job }) => job ?? null);
      await run(
        db,
        rememberCardsQuery,
        call.tenant.id,
        cards.map(({ uuid }) => uuid),
        jobs,
        cards.map(({ state }) => state),
        call.encounter,
        call.userId,
      );
    },
    overridden: async (call, job) =>
      (await run(db, overriddenQuery, call.tenant.id, call.encounter, call.userId, job ?? null)).length > 0,
    storeFeedback: async (tenant, items) => {
      const cards = new Map(
        (await run(db, readCardsQuery, tenant, [...new Set(items.map(({ card }) => card.toLowerCase()))])).map(
          (row) => [row.uuid, row],
        ),
      );
      const stored: KnownFeedback[] = [];
      for (const item of items) {
        const card = cards.get(item.card.toLowerCase());
        if (card === undefined) continue;
        const known: KnownFeedback = {
          item,
          encounter: card.encounter,
          userId: card.user_id,
          ...(card.job === null ? {} : { job: card.job }),
        };
        if (await store(tenant, known)) stored.push(known);
      }
      return stored;
    },
  };
}
