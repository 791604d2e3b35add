/** What an operational event means to the person who is told of it: what happened, and what to do. Ids, codes and times only. */
import { explainCode } from "../delivery/code-meanings.ts";
import type { EventData } from "../event/event.ts";

export interface AlertWords {
  /** Ends a subject: `endpoint his is disabled`. */
  readonly headline: string;
  readonly happened: string;
  readonly todo: string;
}

interface Said {
  readonly endpoint: string;
  /** A member of the event's data as text; a dash where it has none. */
  readonly text: (name: string) => string;
}

type Words = (said: Said) => AlertWords;

const nothing = "Nothing is to be done.";

function codeWords(code: string, endpoint: string): { readonly means: string; readonly fix: string } {
  const { means, fix = `\`handover endpoint attempts ${endpoint}\` shows what was tried.` } = explainCode(
    code,
    endpoint,
  );
  return { means: `${code}: ${means}`, fix };
}

const reasons: Readonly<Record<string, string>> = {
  gone: "it answered 410 Gone",
  failing: "it did nothing but fail for as long as its `disableAfterHours` allows",
  exhausted: "a delivery to it used up its attempts",
};

const words: Readonly<Record<string, Words>> = {
  "endpoint.failing": ({ endpoint, text }) => ({
    headline: `endpoint ${endpoint} does nothing but fail`,
    happened: `Every attempt has failed since ${text("failingSince")}: ${text("percent")} % of the time after which it is disabled. That is on ${text("disabledAt")}.`,
    todo: `\`handover endpoint attempts ${endpoint}\` shows what it answers; mend the receiver, or change its address.`,
  }),
  "endpoint.disabled": ({ endpoint, text }) => ({
    headline: `endpoint ${endpoint} is disabled`,
    happened: `It gets nothing more, because ${reasons[text("reason")] ?? text("reason")}. What it is owed is kept.`,
    todo: `Mend the receiver, then \`handover endpoint resume ${endpoint}\`: what was held goes out.`,
  }),
  "endpoint.recovered": ({ endpoint }) => ({
    headline: `endpoint ${endpoint} gets events again`,
    happened: "It was disabled, and is active again.",
    todo: nothing,
  }),
  "endpoint.troubled": ({ endpoint, text }) => {
    const { means, fix } = codeWords(text("code"), endpoint);
    return {
      headline: `endpoint ${endpoint} fails often`,
      happened: `${text("failures")} attempts failed within ${text("withinSeconds")} seconds; the last: ${means}.`,
      todo: fix,
    };
  },
  "endpoint.circuit_opened": ({ endpoint, text }) => ({
    headline: `endpoint ${endpoint} is cut off`,
    happened: `${text("failures")} attempts in a row failed. One request at a time is tried, the next at ${text("probeAt")}; the rest waits.`,
    todo: `\`handover endpoint test ${endpoint}\` tells what it answers now. It goes on by itself once a request gets through.`,
  }),
  "endpoint.circuit_closed": ({ endpoint }) => ({
    headline: `endpoint ${endpoint} takes requests again`,
    happened: "A probe got through: everything is sent again.",
    todo: nothing,
  }),
  "endpoint.behind": ({ endpoint, text }) => ({
    headline: `endpoint ${endpoint} is behind`,
    happened: `${text("pending")} deliveries wait, the oldest for ${text("oldestSeconds")} seconds.`,
    todo: `\`handover endpoint stats ${endpoint}\` shows how it does; a slow receiver may need more \`concurrency\` or a higher rate.`,
  }),
  "endpoint.caught_up": ({ endpoint }) => ({
    headline: `endpoint ${endpoint} has caught up`,
    happened: "What waited for too long has been worked off.",
    todo: nothing,
  }),
  "receiver.degraded": ({ text }) => ({
    headline: `the adapter's ${text("receiver")} fail their callers`,
    happened: `${text("failed")} of ${text("requests")} requests within ${text("withinSeconds")} seconds were answered with an error of the adapter's own, or turned away, by one replica.`,
    todo: "Look at `/readyz`, at log lines `http.request` with status 500 or 503, and whether the database answers.",
  }),
  "receiver.recovered": ({ text }) => ({
    headline: `the adapter's ${text("receiver")} serve their callers again`,
    happened: `${text("failed")} of ${text("requests")} requests within ${text("withinSeconds")} seconds failed.`,
    todo: nothing,
  }),
  "delivery.exhausted": ({ endpoint, text }) => {
    const { means, fix } = codeWords(text("code"), endpoint);
    return {
      headline: `endpoint ${endpoint} was not reached with ${text("eventType")}`,
      happened: `Delivery ${text("delivery")} (event ${text("event")}) was tried ${text("attempts")} times and given up; the last attempt: ${means}.`,
      todo: `${fix} Then \`handover replay ${text("delivery")}\`.`,
    };
  },
};

/** Words of an operational event; of a kind that is not known here, its bare name. */
export function alertWords(type: string, data: EventData): AlertWords {
  const text = (name: string): string => {
    const value = data[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : "-";
  };
  const endpoint = text("endpoint");
  const known = Object.hasOwn(words, type) ? words[type] : undefined;
  if (known !== undefined) return known({ endpoint, text });
  return { headline: type, happened: `The event ${type} was told.`, todo: `\`handover endpoint show ${endpoint}\`` };
}
