/** The Subscription that we ask an EHR for: by topic (Subscriptions R5 Backport 1.1) or by a search (R4's own). */
import type { Extension, Subscription } from "fhir/r4.js";
import { backport } from "../notification/names.ts";

export type Manner = "topic" | "criteria";

export interface WantedSubscription {
  readonly manner: Manner;
  /** Canonical of the topic, or the search. */
  readonly criteria: string;
  readonly filters: readonly string[];
  /** Address of ours, for this one alone. */
  readonly endpoint: string;
  /** What the EHR shows there, as `Authorization: Bearer`. */
  readonly secret: string;
  readonly heartbeatSeconds: number;
  /** RFC 3339. */
  readonly end: string;
}

const reason = "Discharge summaries: ended stays, and changes under a draft";

/** Rows 64, 68 and 76. Ids only: what counts is read with our own token. */
export function subscriptionRequest(wanted: WantedSubscription): Subscription {
  const { manner, criteria, filters, endpoint, secret, heartbeatSeconds, end } = wanted;
  const header = [`Authorization: Bearer ${secret}`];
  const payload = "application/fhir+json";
  const common = { resourceType: "Subscription", status: "requested", reason, criteria, end } as const;
  // Without a payload R4's own Subscription says that something happened and not what.
  if (manner === "criteria") return { ...common, channel: { type: "rest-hook", endpoint, payload, header } };
  const written = filters.map((filter): Extension => ({ url: backport.filterCriteria, valueString: filter }));
  return {
    ...common,
    meta: { profile: [backport.subscriptionProfile] },
    ...(written.length === 0 ? {} : { _criteria: { extension: written } }),
    channel: {
      extension: [{ url: backport.heartbeatPeriod, valueUnsignedInt: heartbeatSeconds }],
      type: "rest-hook",
      endpoint,
      payload,
      _payload: { extension: [{ url: backport.payloadContent, valueCode: "id-only" }] },
      header,
    },
  };
}
