/** Watches how this replica serves those who call it, and tells of it: in the log, as a metric, and to every tenant's operators. */
import type { Answers, AvailabilityNews } from "../core/availability/availability.ts";
import { AnswerWindow, availabilityNews } from "../core/availability/availability.ts";
import { startLoop } from "../events/loop.ts";
import type { Foundation } from "./foundation.ts";

/** By the family's name in logs and metrics. The names are those of the events. */
const receivers = new Map([
  ["/cds-services", "hooks"],
  ["/v1", "api"],
  ["/fhir", "fhir"],
]);

/** What another system failed at is no unavailability of ours. */
const ofOthers: ReadonlySet<number> = new Set([502, 504]);

const WINDOW_MS = 300_000;
const LOOK_EVERY_MS = 10_000;

export interface ReceiverWatch {
  /** To be told of every answer. */
  readonly onAnswered: (family: string, status: number) => void;
  /** One look at all receivers. Rejects where the database is away; what it could not tell is told at a later look. */
  look(): Promise<void>;
}

export interface ReceiverWatchDeps {
  /** Milliseconds; monotonic. */
  readonly now: () => number;
  /** Told at once, once for each change. */
  readonly note: (receiver: string, news: AvailabilityNews, answers: Answers) => void;
  /** Told once for each change; a rejection is repeated. */
  readonly tell: (receiver: string, news: AvailabilityNews, answers: Answers, windowSeconds: number) => Promise<void>;
}

interface Watched {
  readonly window: AnswerWindow;
  degraded: boolean;
  /** What is still to be told. */
  owed: { readonly news: AvailabilityNews; readonly answers: Answers } | undefined;
}

export function createReceiverWatch({ now, note, tell }: ReceiverWatchDeps): ReceiverWatch {
  const watched = new Map<string, Watched>(
    [...receivers.keys()].map((family) => [
      family,
      { window: new AnswerWindow(WINDOW_MS), degraded: false, owed: undefined },
    ]),
  );

  async function lookAt(name: string, receiver: Watched): Promise<void> {
    const answers = receiver.window.sum(now());
    const news = availabilityNews(receiver.degraded, answers);
    if (news !== undefined) {
      receiver.degraded = news === "degraded";
      receiver.owed = { news, answers };
      note(name, news, answers);
    }
    const { owed } = receiver;
    if (owed === undefined) return;
    await tell(name, owed.news, owed.answers, WINDOW_MS / 1000);
    receiver.owed = undefined;
  }

  return {
    onAnswered(family, status) {
      watched.get(family)?.window.add(now(), status >= 500 && !ofOthers.has(status));
    },
    async look() {
      for (const [family, receiver] of watched) await lookAt(receivers.get(family) ?? family, receiver);
    },
  };
}

/** Starts watching; each replica that is called tells for itself. */
export function startReceiverWatch({
  database,
  metrics,
  log,
  tenants,
  tellReceiver,
  onError,
}: Foundation): Pick<ReceiverWatch, "onAnswered"> & { stop(): Promise<void> } {
  const degraded = new Map<string, number>([...receivers.values()].map((name) => [name, 0]));
  for (const name of degraded.keys())
    metrics.gauge(
      `handover_${name}_degraded`,
      `1 while a tenth or more of this replica's answers (${name}) fails.`,
      () => degraded.get(name) ?? 0,
    );
  const watch = createReceiverWatch({
    now: () => performance.now(),
    note(receiver, news, { requests, failed }) {
      degraded.set(receiver, news === "degraded" ? 1 : 0);
      log[news === "degraded" ? "error" : "info"](`receiver.${news}`, { kind: receiver, count: failed, requests });
    },
    async tell(receiver, news, { requests, failed }, withinSeconds) {
      const data = { receiver, requests, failed, withinSeconds };
      for (const { id } of tenants.all())
        await database.http.transaction(id, (tx) => tellReceiver(tx, id, receiver, { type: `receiver.${news}`, data }));
    },
  });
  const loop = startLoop({
    turn: async () => (await watch.look(), false),
    pollMs: LOOK_EVERY_MS,
    onError: onError("receivers.not_told"),
  });
  return { onAnswered: watch.onAnswered, stop: () => loop.stop() };
}
