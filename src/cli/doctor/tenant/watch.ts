/** Does the EHR tell by itself, by what, and when was it last heard of? */
import type { EhrSubscriptionRow } from "../../../ehr/subscriptions/store.ts";
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import type { Examination } from "./examination.ts";

/** What the database holds of the watch; `poll` is that of ended stays, undefined before a worker has begun it. */
export interface StoredWatch {
  readonly subscriptions: readonly Pick<
    EhrSubscriptionRow,
    "watch" | "manner" | "criteria" | "phase" | "proof" | "proven_at" | "heard_at" | "error"
  >[];
  readonly poll: { readonly polled_at: Date | null; readonly error: string | null } | undefined;
}

export const WATCH = "told by EHR";

/** @param nowMs milliseconds since 1970 */
export async function checkWatch({ tenant, watch }: Examination, nowMs: number): Promise<readonly Check[]> {
  const settings = tenant.ehr.subscriptions;
  if (settings === undefined) return [held(WATCH, "not asked for: work begins with a hook, the page or the API")];
  let stored;
  try {
    stored = await watch();
  } catch {
    const fix = "Run `handover doctor` for the database and the master key.";
    return [broken(WATCH, "what the database holds of it could not be read", fix)];
  }
  const { poll } = stored;
  if (poll === undefined) return [noted(WATCH, "not begun yet", "Start a replica of role worker with these settings.")];
  if (poll.error !== null) return [broken(WATCH, `the EHR was asked in vain: ${poll.error}`, fixOf(poll.error))];
  return [manner(stored, "discharge", nowMs, settings.channel), manner(stored, "chart", nowMs, settings.channel)];
}

function fixOf(code: string): string {
  if (code === "ehr_refused")
    return "Have Encounter search by status and _lastUpdated allowed to our client (system/Encounter.rs).";
  if (code === "ehr_token_refused") return "The EHR gives us no token: the line of the token says what mends it.";
  return "It is asked again by itself; the lines above say what stands in the way.";
}

const subjects = { discharge: "ended stays", chart: "changes under a draft" } as const;

function ago(date: Date | null, nowMs: number): string {
  if (date === null) return "never";
  const minutes = Math.floor((nowMs - date.getTime()) / 60_000);
  return minutes < 1 ? "within the last minute" : `${minutes} min ago`;
}

function manner(
  { subscriptions, poll }: StoredWatch,
  watch: "discharge" | "chart",
  nowMs: number,
  channel: string,
): Check {
  const own = subscriptions.filter((one) => one.watch === watch && one.phase !== "ended");
  const proven = own.filter(({ phase }) => phase === "proven");
  const subject = subjects[watch];
  const [first] = proven.toSorted((a, b) => b.manner.localeCompare(a.manner));
  if (first !== undefined) {
    const heard = proven.reduce<Date | null>(
      (last, { heard_at: at }) => (at !== null && (last === null || at > last) ? at : last),
      null,
    );
    return held(
      WATCH,
      `${subject}: by ${first.manner}, proven by ${first.proof ?? "?"}, last heard ${ago(heard, nowMs)}`,
    );
  }
  const polled = `${subject}: by polling, last ${ago(poll?.polled_at ?? null, nowMs)}`;
  if (channel === "polling" || own.length === 0) return held(WATCH, polled);
  const why = own.map(({ manner: by, phase, error }) => `${by} is ${phase}${error === null ? "" : ` (${error})`}`);
  const fix =
    "Nothing is lost meanwhile. Refused: have system/Subscription.cruds granted. Unproven or requested: have PUBLIC_URL opened to the EHR.";
  return noted(WATCH, `${polled}; ${[...new Set(why)].join(", ")}`, fix);
}
