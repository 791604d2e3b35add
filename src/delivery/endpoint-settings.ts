/** An endpoint as people write it, in the file or by the API, turned into what its row holds. */
import { filterProblem } from "../core/delivery/data-filter.ts";
import { typesOf, uselessPatterns } from "../core/delivery/event-filter.ts";
import { checkHeaders } from "../core/delivery/headers.ts";
import { secretProblem } from "../core/signature/forms.ts";
import type { WrittenEndpoint } from "../config/tenant-schema.ts";
import { authorizationProblem, tlsProblem } from "./endpoint-access.ts";
import type { EndpointSecrets, WebhookSettings } from "./endpoint.ts";

const HOUR_MS = 3_600_000;

/** Seconds and hours become milliseconds; all else stays as it was written. */
export function toSettings(written: WrittenEndpoint): WebhookSettings {
  const { url, events, filter, payload, signature, asymmetric, ordering } = written;
  const { concurrency, ratePerSecond, retry, breaker } = written;
  return {
    kind: "webhook",
    url,
    events,
    filter,
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

/** The way back: as people would write it. Headers, authorisation and TLS stand with the secrets and are not part of it. */
export function fromSettings(
  id: string,
  settings: WebhookSettings,
): Omit<WrittenEndpoint, "headers" | "authorization" | "tls"> {
  const { url, events, filter, payload, signature, asymmetric, ordering } = settings;
  const { concurrency, ratePerSecond, retry, breaker, contact } = settings;
  const [first = "*", ...others] = events;
  return {
    id,
    url,
    events: [first, ...others],
    filter,
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

/** What of an endpoint stands with its secrets, besides those that sign. */
export function accessOf({
  headers,
  authorization,
  tls,
}: Pick<WrittenEndpoint, "headers" | "authorization" | "tls">): Pick<
  EndpointSecrets,
  "headers" | "authorization" | "tls"
> {
  return {
    headers,
    ...(authorization === null ? {} : { authorization }),
    ...(tls === null ? {} : { tls }),
  };
}

/** What is wrong with an endpoint: the member, and why. No value of a secret or header stands in it. */
export interface EndpointProblem {
  readonly at: "secret" | "asymmetric" | "url" | "events" | "filter" | "headers" | "authorization" | "tls";
  readonly message: string;
}

type Refuse = (url: string) => string | undefined;

function accessProblem({ authorization, tls, url, headers }: WrittenEndpoint, refuse: Refuse) {
  const unusable = tls === null ? undefined : tlsProblem(tls, url);
  if (unusable !== undefined) return { at: "tls", message: unusable } as const;
  const wrong = authorization === null ? undefined : authorizationProblem(authorization, headers, refuse);
  return wrong === undefined ? undefined : ({ at: "authorization", message: wrong } as const);
}

/**
 * The checks that are made before an endpoint's first event, so that a mistake is found when it is made.
 * @param refuse why the tenant may not send to a URL at all
 */
export function problemOf(written: WrittenEndpoint, secret: string, refuse: Refuse): EndpointProblem | undefined {
  const weak = secretProblem(written.signature, secret);
  if (weak !== undefined) return { at: "secret", message: weak };
  if (written.asymmetric && written.signature !== "standard")
    return { at: "asymmetric", message: "only form `standard` can be signed by ed25519 besides" };
  const refusal = refuse(written.url);
  if (refusal !== undefined) return { at: "url", message: `its url may not be called (${refusal})` };
  const useless = uselessPatterns(written.events);
  if (useless.length > 0) return { at: "events", message: `no event type matches ${useless.join(", ")}` };
  const unfit = filterProblem(written.filter, typesOf(written.events));
  if (unfit !== undefined) return { at: "filter", message: unfit };
  const header = checkHeaders(written.headers);
  if (header !== undefined) return { at: "headers", message: header };
  return accessProblem(written, refuse);
}
