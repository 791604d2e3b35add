/** What is remembered of calls and cards, so that a repeat is known and feedback is understood. */
import { createHash } from "node:crypto";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { AdapterError } from "../core/errors.ts";
import type { FeedbackItem } from "./cds-hooks.ts";
import type { HookCall, StayCall } from "./service.ts";
import {
  addFeedbackQuery,
  overriddenQuery,
  putAsideQuery,
  readCardsQuery,
  rememberCallQuery,
  rememberCardsQuery,
} from "./store.ts";

export interface ShownCard {
  readonly uuid: string;
  readonly state: string;
  readonly job?: string;
  readonly encounter?: string;
  readonly items?: readonly string[];
}

/** Feedback on a card that we remember. */
export interface KnownFeedback {
  readonly item: FeedbackItem;
  readonly job?: string;
  readonly encounter?: string;
  readonly userId: string;
  readonly service: string;
  readonly items: readonly string[];
}

export interface CardMemory {
  /** @throws AdapterError `hook_instance_reused` where the instance belongs to another patient or encounter */
  rememberCall(call: HookCall): Promise<void>;
  /** Cards of a service; one without a stay of its own is about the call's. */
  rememberCards(service: string, call: HookCall, cards: readonly ShownCard[]): Promise<void>;
  overridden(service: string, call: StayCall, job: string | undefined): Promise<boolean>;
  /** Items of the service's cards about these stays that the call's user has put aside. */
  putAside(service: string, call: HookCall, encounters: readonly string[]): Promise<ReadonlySet<string>>;
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
    const { item, job = null, encounter = null, userId, service, items } = known;
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
      service,
      items,
    );
    return rows.length === 1;
  }

  return {
    rememberCall: async (call) => {
      const digest = callDigest(call);
      const [row] = await run(db, rememberCallQuery, call.tenant.id, call.hookInstance, digest);
      if (row?.digest !== digest) throw new AdapterError("hook_instance_reused", { at: "hookInstance" });
    },
    rememberCards: async (service, call, cards) => {
      if (cards.length === 0) return;
      await run(
        db,
        rememberCardsQuery,
        call.tenant.id,
        cards.map(({ uuid }) => uuid),
        cards.map(({ job }) => job ?? null),
        cards.map(({ state }) => state),
        cards.map(({ encounter }) => encounter ?? call.encounter ?? null),
        cards.map(({ items = [] }) => JSON.stringify(items)),
        call.userId,
        service,
      );
    },
    overridden: async (service, call, job) =>
      (await run(db, overriddenQuery, call.tenant.id, call.encounter, call.userId, job ?? null, service)).length > 0,
    putAside: async (service, call, encounters) => {
      const rows = await run(db, putAsideQuery, call.tenant.id, encounters, call.userId, service);
      return new Set(rows.map(({ item }) => item));
    },
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
          userId: card.user_id,
          service: card.service,
          items: card.items,
          ...(card.encounter === null ? {} : { encounter: card.encounter }),
          ...(card.job === null ? {} : { job: card.job }),
        };
        if (await store(tenant, known)) stored.push(known);
      }
      return stored;
    },
  };
}
