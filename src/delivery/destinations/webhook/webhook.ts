/** Signed webhooks (contract, section 4). */
import type { Sealer } from "../../../db/sealer.ts";
import type { Authorize } from "../../authorization/authorize.ts";
import type { Endpoint, WebhookSettings } from "../../endpoint.ts";
import type { ClaimedDelivery, Destination, Prepared } from "../destination.ts";
import type { ReadSummaryText, SummaryText } from "./body.ts";
import { renderBody, textOf } from "./body.ts";
import { signedRequest } from "./signed-request.ts";

export interface WebhookDependencies {
  readonly sealer: Sealer;
  readonly summaryText: ReadSummaryText;
  readonly authorize: Authorize;
}

/** A draft that was thrown away and a document that was retracted: their text is not to be spread. */
const takenBack: ReadonlySet<string> = new Set(["discarded", "entered-in-error"]);

type Body =
  | { readonly kind: "body"; readonly bytes: Uint8Array; readonly keep?: Uint8Array }
  | { readonly kind: "withheld"; readonly code: string };

function bodyContext(endpoint: Endpoint, delivery: ClaimedDelivery) {
  return { tenant: endpoint.tenant, purpose: "delivery-body", id: endpoint.id, version: String(delivery.sequence) };
}

/**
 * Asked anew before every attempt: what is taken back between two attempts goes out no more. A text that was already sent
 * once, and that is now superseded, can neither be sent again nor be left out of the same body.
 */
function withheld(summary: SummaryText | undefined, sentBefore: boolean): string | undefined {
  if (summary !== undefined) return takenBack.has(summary.docStatus) ? "summary_withdrawn" : undefined;
  return sentBefore ? "summary_superseded" : undefined;
}

/** The text changes when somebody edits it; a text that is not the one the event told of is left out, never mislabelled. */
function matchingText(summary: SummaryText | undefined, sha256: string): string | undefined {
  return summary?.sha256 === sha256 ? summary.text : undefined;
}

async function bodyOf(
  delivery: ClaimedDelivery,
  endpoint: Endpoint,
  settings: WebhookSettings,
  { sealer, summaryText }: WebhookDependencies,
): Promise<Body> {
  const about = settings.payload === "full" ? textOf(delivery.event) : undefined;
  if (about === undefined) return { kind: "body", bytes: renderBody(delivery.event, delivery.sequence) };
  const summary = await summaryText(endpoint.tenant, delivery.event.job, about.version);
  // Delivered once and replayed: the bytes were let go, and the same id may not carry others.
  const superseded = delivery.attempts > 0 && delivery.body === undefined && summary?.sha256 !== about.sha256;
  const code = withheld(superseded ? undefined : summary, delivery.attempts > 0);
  if (code !== undefined) return { kind: "withheld", code };
  const context = bodyContext(endpoint, delivery);
  if (delivery.body !== undefined) return { kind: "body", bytes: sealer.open(delivery.body, context) };
  const bytes = renderBody(delivery.event, delivery.sequence, matchingText(summary, about.sha256));
  return { kind: "body", bytes, keep: sealer.seal(bytes, context) };
}

async function prepareWebhook(
  delivery: ClaimedDelivery,
  endpoint: Endpoint,
  settings: WebhookSettings,
  deps: WebhookDependencies,
  nowMs: number,
): Promise<Prepared> {
  const body = await bodyOf(delivery, endpoint, settings, deps);
  if (body.kind === "withheld") return body;
  const request = signedRequest(endpoint, settings, { id: delivery.event.id, body: body.bytes }, nowMs);
  if (request === undefined) return { kind: "held", code: "no_valid_secret" };
  const keep = body.keep === undefined ? {} : { keep: body.keep };
  const { authorization } = endpoint.secrets;
  if (authorization === undefined) return { kind: "ready", request, ...keep };
  return { ...(await deps.authorize(endpoint.tenant, authorization, request, nowMs)), ...keep };
}

/** The `webhook` kind of destination. */
export function webhookDestination(deps: WebhookDependencies): Destination {
  return {
    kind: "webhook",
    prepare: async (delivery, endpoint, nowMs) =>
      endpoint.settings.kind === "webhook"
        ? prepareWebhook(delivery, endpoint, endpoint.settings, deps, nowMs)
        : { kind: "held", code: "wrong_kind" },
  };
}
