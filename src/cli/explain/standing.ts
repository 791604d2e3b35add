/** How a delivery stands: what is so now, what comes next, and what a person can do about it. */
import { explainCode } from "../../core/delivery/code-meanings.ts";
import type { RemoteDelivery, RemoteEndpoint } from "../remote/shapes.ts";

export interface Standing {
  /** One sentence. */
  readonly now: string;
  /** Absent where nothing comes by itself. */
  readonly next?: string;
  /** Remedies, the first one first. */
  readonly fixes: readonly string[];
}

/** `4 s`, `12 min`, `3.5 h`: as exact as a person needs it. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

const fixOf = (code: string | undefined, endpoint: string): readonly string[] => {
  const fix = code === undefined ? undefined : explainCode(code, endpoint).fix;
  return fix === undefined ? [] : [fix];
};

const inWords = (code: string | undefined): string => (code === undefined ? "" : ` (${explainCode(code).means})`);

/** The last of the moments before which nothing goes out, and what asks for it. */
function gate(delivery: RemoteDelivery, endpoint: RemoteEndpoint | undefined): { atMs: number; why: string } {
  const gates = [
    { at: delivery.dueAt, why: delivery.attempts === 0 ? "" : ", by its schedule" },
    { at: endpoint?.quietUntil, why: ": the receiver asked for quiet until then" },
    { at: endpoint?.circuit?.until, why: ": the endpoint's circuit is open until then" },
  ];
  const dated = gates.flatMap(({ at, why }) => (at === undefined ? [] : [{ atMs: Date.parse(at), why }]));
  return dated.reduce((last, each) => (each.atMs > last.atMs ? each : last), { atMs: 0, why: "" });
}

function pending(delivery: RemoteDelivery, endpoint: RemoteEndpoint | undefined, nowMs: number): Standing {
  const { atMs, why } = gate(delivery, endpoint);
  const attempt = `attempt ${delivery.attempts + 1}`;
  const waits = endpoint?.ordering === "per-job" ? ", after earlier events of the same job" : "";
  const next =
    atMs > nowMs
      ? `${attempt} at ${new Date(atMs).toISOString()}, in ${span(atMs - nowMs)}${why}${waits}`
      : `${attempt} as soon as the endpoint's rate and concurrency let it${waits}`;
  const now = delivery.attempts === 0 ? "on its way: not tried yet" : `on its way: ${delivery.attempts} tried so far`;
  return { now: `${now}${inWords(delivery.code)}`, next, fixes: fixOf(delivery.code, delivery.endpoint) };
}

/** @param endpoint as it is now; undefined where it is no longer there */
export function standingOf(delivery: RemoteDelivery, endpoint: RemoteEndpoint | undefined, nowMs: number): Standing {
  const { state, code, doneAt = "", attempts } = delivery;
  const tries = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  const replay = `\`handover replay ${delivery.id}\` sends it again, under the same id.`;
  switch (state) {
    case "pending":
      return pending(delivery, endpoint, nowMs);
    case "delivered": {
      const took = span(Date.parse(doneAt) - Date.parse(delivery.createdAt));
      return { now: `delivered at ${doneAt}, ${took} after it was owed, with ${tries}`, fixes: [] };
    }
    case "dead":
      return {
        now: `dead since ${doneAt}: given up after ${tries}${inWords(code)}`,
        fixes: [...fixOf(code, delivery.endpoint), `Then: ${replay}`],
      };
    case "held":
      return {
        now: `${code === undefined ? "held" : explainCode(code).means}, since ${doneAt}`,
        fixes: fixOf(code, delivery.endpoint),
      };
    default:
      return { now: code === undefined ? state : explainCode(code).means, fixes: fixOf(code, delivery.endpoint) };
  }
}
