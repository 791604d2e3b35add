/** Watching EHRs: the loops of the role `worker`. What is due stands in rows, so a replica that dies leaves it to another. */
import { startLoop } from "../../events/loop.ts";
import type { EhrWatchDeps } from "./deps.ts";
import { keepSubscription } from "./keep.ts";
import { look } from "./look.ts";
import { dueNotices } from "./notice-store.ts";
import { poll } from "./poll.ts";
import { duePolls } from "./poll-store.ts";
import { startSlots } from "./slots.ts";
import { dueEhrSubscriptions } from "./store.ts";
import { AdvertisedTopics, tend } from "./tend.ts";

const TEND_MS = 10_000;
/** At once, of all EHRs together. */
const SUBSCRIPTIONS = 21;
const NOTICES = 15;
const POLLS = 9;
const TENDED = 5;

export interface EhrWatch {
  /** The settings of some tenant have changed. */
  tend(): void;
  stop(): Promise<void>;
}

/** Starts watching. A process without any watched tenant asks its database, and nobody else. */
export function startEhrWatch(deps: EhrWatchDeps): EhrWatch {
  const { onError, wakeUp } = deps;
  const topics = new AdvertisedTopics();
  const loops = [
    startSlots(deps, dueEhrSubscriptions, SUBSCRIPTIONS, (row, signal) =>
      keepSubscription(deps, row.tenant, row.subscription, signal),
    ),
    startSlots(deps, dueNotices, NOTICES, (row, signal) => look(deps, row.tenant, row.reference, signal)),
    startSlots(deps, duePolls, POLLS, (row, signal) => poll(deps, row.tenant, row.subject, signal)),
  ];
  const tending = startLoop({
    turn: async (signal) => {
      const waiting = [...deps.tenants()];
      const lane = async (): Promise<void> => {
        for (let tenant = waiting.shift(); tenant !== undefined && !signal.aborted; tenant = waiting.shift())
          await tend(deps, tenant, topics, signal).catch(onError);
      };
      await Promise.all(Array.from({ length: TENDED }, lane));
      return false;
    },
    pollMs: TEND_MS,
    onError,
  });
  const unsubscribe = wakeUp.subscribe("notice", () => {
    for (const loop of loops) loop.wake();
  });
  return {
    tend: () => {
      for (const { id } of deps.tenants()) topics.forget(id);
      tending.wake();
    },
    async stop() {
      unsubscribe();
      await Promise.all([...loops, tending].map((loop) => loop.stop()));
    },
  };
}
