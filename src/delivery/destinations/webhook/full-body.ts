/** Which bytes a delivery of a `full` endpoint carries, and when it may carry none: what it tells can change between attempts. */
import type { ElementChange } from "../../../core/chart/context-change.ts";
import type { Sealer } from "../../../db/sealer.ts";
import type { Endpoint } from "../../endpoint.ts";
import type { ClaimedDelivery } from "../destination.ts";
import { keptBodyContext } from "../kept-body.ts";
import type { ReadSummaryText, SummaryText } from "./body.ts";
import { renderBody, renderFullBody, textOf, typesWithText } from "./body.ts";

/** Reads the element changes of a `context.updated` with their values; undefined once they are no longer kept. */
export type ReadChangedValues = (
  tenant: string,
  job: string,
  sequence: number,
) => Promise<readonly ElementChange[] | undefined>;

export interface FullBodyDependencies {
  readonly sealer: Sealer;
  readonly summaryText: ReadSummaryText;
  readonly changedValues: ReadChangedValues;
}

export type Body =
  | {
      readonly kind: "body";
      readonly bytes: Uint8Array;
      readonly keep?: Uint8Array;
      /** Without what `full` would add. */
      readonly plain?: true;
    }
  | { readonly kind: "withheld"; readonly code: string };

/** A draft that was thrown away and a document that was retracted: their text is not to be spread. */
const takenBack: ReadonlySet<string> = new Set(["discarded", "entered-in-error"]);

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

async function withText(
  delivery: ClaimedDelivery,
  endpoint: Endpoint,
  about: { readonly version: number; readonly sha256: string },
  { sealer, summaryText }: FullBodyDependencies,
): Promise<Body> {
  const summary = await summaryText(endpoint.tenant, delivery.event.job, about.version);
  // Delivered once and replayed: the bytes were let go, and the same id may not carry others.
  const superseded = delivery.attempts > 0 && delivery.body === undefined && summary?.sha256 !== about.sha256;
  const code = withheld(superseded ? undefined : summary, delivery.attempts > 0);
  if (code !== undefined) return { kind: "withheld", code };
  const context = keptBodyContext(endpoint, delivery);
  if (delivery.body !== undefined) return { kind: "body", bytes: sealer.open(delivery.body, context) };
  const text = matchingText(summary, about.sha256);
  const bytes = renderFullBody(delivery.event, delivery.sequence, text === undefined ? {} : { text });
  return { kind: "body", bytes, keep: sealer.seal(bytes, context) };
}

/** Values are kept until the draft is signed or discarded. What was not sent by then goes out without them. */
async function withValues(
  delivery: ClaimedDelivery,
  endpoint: Endpoint,
  { sealer, changedValues }: FullBodyDependencies,
): Promise<Body> {
  const context = keptBodyContext(endpoint, delivery);
  if (delivery.body !== undefined) return { kind: "body", bytes: sealer.open(delivery.body, context) };
  const changes = await changedValues(endpoint.tenant, delivery.event.job, delivery.event.sequence);
  if (changes === undefined && delivery.attempts > 0) return { kind: "withheld", code: "values_let_go" };
  const bytes = renderFullBody(delivery.event, delivery.sequence, changes === undefined ? {} : { changes });
  return { kind: "body", bytes, keep: sealer.seal(bytes, context) };
}

/** Events of which `full` says more than `thin`. */
const growing: ReadonlySet<string> = new Set([...typesWithText, "context.updated"]);

/**
 * What was sent thin stays thin (an empty body was kept), and what was sent full is sent no more once the hospital wants thin:
 * the same id never carries other bytes.
 */
function thinBody(delivery: ClaimedDelivery): Body {
  if (delivery.body !== undefined && delivery.body.length > 0) return { kind: "withheld", code: "payload_changed" };
  return { kind: "body", bytes: renderBody(delivery.event, delivery.sequence, delivery.dataJson), plain: true };
}

/** The body of one attempt, by the endpoint's choice of `thin` or `full`. */
export async function bodyOf(
  delivery: ClaimedDelivery,
  endpoint: Endpoint,
  payload: "thin" | "full",
  deps: FullBodyDependencies,
): Promise<Body> {
  const { type } = delivery.event;
  if (growing.has(type) && (payload === "thin" || delivery.body?.length === 0)) return thinBody(delivery);
  if (payload === "full" && type === "context.updated") return withValues(delivery, endpoint, deps);
  const about = payload === "full" ? textOf(delivery.event) : undefined;
  if (about !== undefined) return withText(delivery, endpoint, about, deps);
  return { kind: "body", bytes: renderBody(delivery.event, delivery.sequence, delivery.dataJson) };
}
