/** An endpoint as people write it, in the file or by the API, turned into what its row holds. */
import { uselessPatterns } from "../core/delivery/event-filter.ts";
import { checkHeaders } from "../core/delivery/headers.ts";
import { secretProblem } from "../core/signature/forms.ts";
import type { EndpointConfig } from "../config/tenant-schema.ts";
import type { WebhookSettings } from "./endpoint.ts";

/** An endpoint as written, without where its secret comes from. */
export type WrittenEndpoint = Omit<EndpointConfig, "secret" | "secretEnv" | "secretFile">;

const HOUR_MS = 3_600_000;

/** Seconds and hours become milliseconds; all else stays as it was written. */
export function toSettings(written: WrittenEndpoint): WebhookSettings {
  const { url, events, payload, signature, asymmetric, ordering } = written;
  const { concurrency, ratePerSecond, retry, breaker } = written;
  return {
    kind: "webhook",
    url,
    events,
    payload,
    signature,
    asymmetric,
    ordering,
    concurrency,
    ratePerSecond,
    retry,
    timeoutMs: Math.round(written.timeoutSeconds * 1000),
    breaker: { failures: breaker.failures, openMs: Math.round(breaker.openSeconds * 1000) },
    orderingMaxWaitMs: Math.round(written.orderingMaxWaitSeconds * 1000),
    retryAfterCeilingMs: Math.round(written.retryAfterCeilingHours * HOUR_MS),
    disableAfterMs: Math.round(written.disableAfterHours * HOUR_MS),
    ...(written.contact === undefined ? {} : { contact: written.contact }),
  };
}

/** The way back: as people would write it. Headers stand with the secrets and are not part of it. */
export function fromSettings(id: string, settings: WebhookSettings): Omit<WrittenEndpoint, "headers"> {
  const { url, events, payload, signature, asymmetric, ordering } = settings;
  const { concurrency, ratePerSecond, retry, breaker, contact } = settings;
  const [first = "*", ...others] = events;
  return {
    id,
    url,
    events: [first, ...others],
    payload,
    signature,
    asymmetric,
    ordering,
    concurrency,
    ratePerSecond,
    retry,
    timeoutSeconds: settings.timeoutMs / 1000,
    breaker: { failures: breaker.failures, openSeconds: breaker.openMs / 1000 },
    orderingMaxWaitSeconds: settings.orderingMaxWaitMs / 1000,
    retryAfterCeilingHours: settings.retryAfterCeilingMs / HOUR_MS,
    disableAfterHours: settings.disableAfterMs / HOUR_MS,
    ...(contact === undefined ? {} : { contact }),
  };
}

/** What is wrong with an endpoint: the member, and why. No value of a secret or header stands in it. */
export interface EndpointProblem {
  readonly at: "secret" | "asymmetric" | "url" | "events" | "headers";
  readonly message: string;
}

/**
 * The checks that are made before an endpoint's first event, so that a mistake is found when it is made.
 * @param refusal why the tenant may not send to this URL at all
 */
export function problemOf(
  written: WrittenEndpoint,
  secret: string,
  refusal: string | undefined,
): EndpointProblem | undefined {
  const weak = secretProblem(written.signature, secret);
  if (weak !== undefined) return { at: "secret", message: weak };
  if (written.asymmetric && written.signature !== "standard")
    return { at: "asymmetric", message: "only form `standard` can be signed by ed25519 besides" };
  if (refusal !== undefined) return { at: "url", message: `its url may not be called (${refusal})` };
  const useless = uselessPatterns(written.events);
  if (useless.length > 0) return { at: "events", message: `no event type matches ${useless.join(", ")}` };
  const header = checkHeaders(written.headers);
  return header === undefined ? undefined : { at: "headers", message: header };
}
