/** Asks a FHIR server for notifications: finds its topics and creates the Subscription (backport 1.1, R4). */
import type { Subscription } from "fhir/r4.js";
import { z } from "zod";
import type { SubscriptionReceiver } from "./subscription-receiver.ts";

const BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";

export interface SubscribeOptions {
  /** The publisher's FHIR base, without a trailing slash. */
  readonly fhirBaseUrl: string;
  /** Sent as Bearer; absent: no Authorization header. */
  readonly token?: string;
  readonly receiver: SubscriptionReceiver;
  /** Canonical of the topic; absent: the first one that the server advertises. */
  readonly topic?: string;
  /** Name of the receiver's endpoint. */
  readonly name?: string;
  readonly heartbeatSeconds?: number;
}

/** The Subscription as it is posted: requested, rest-hook, with the content level and header of the receiver. */
function subscriptionResource(options: SubscribeOptions & { readonly topic: string }): Subscription {
  const { receiver, topic, heartbeatSeconds } = options;
  const heartbeat = { url: `${BACKPORT}/backport-heartbeat-period`, valueUnsignedInt: heartbeatSeconds ?? 0 };
  return {
    resourceType: "Subscription",
    meta: { profile: [`${BACKPORT}/backport-subscription`] },
    status: "requested",
    reason: "Discharge summaries for the hospital's integration engine",
    criteria: topic,
    channel: {
      ...(heartbeatSeconds === undefined ? {} : { extension: [heartbeat] }),
      type: "rest-hook",
      endpoint: receiver.endpointUrl(options.name),
      payload: "application/fhir+json",
      _payload: { extension: [{ url: `${BACKPORT}/backport-payload-content`, valueCode: receiver.payload }] },
      header: [`${receiver.header.name}: ${receiver.header.value}`],
    },
  };
}

/** Creates the Subscription and returns its id. Throws with the status and body when the server refuses. */
export async function subscribe(options: SubscribeOptions): Promise<{ readonly id: string; readonly topic: string }> {
  const topic = options.topic ?? (await advertisedTopics(options))[0];
  if (topic === undefined) throw new Error("the server advertises no subscription topic");
  const response = await fetch(`${options.fhirBaseUrl}/Subscription`, {
    method: "POST",
    headers: { "content-type": "application/fhir+json", accept: "application/fhir+json", ...bearer(options) },
    body: JSON.stringify(subscriptionResource({ ...options, topic })),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`Subscription refused with ${response.status}: ${text}`);
  return { id: createdId(response, text), topic };
}

const capability = z.object({
  rest: z.array(
    z.object({
      resource: z.array(
        z.object({
          type: z.string(),
          extension: z.array(z.object({ url: z.string(), valueCanonical: z.string().optional() })).optional(),
        }),
      ),
    }),
  ),
});

/** Canonicals that the CapabilityStatement lists on its Subscription entry. */
async function advertisedTopics(options: Pick<SubscribeOptions, "fhirBaseUrl" | "token">): Promise<string[]> {
  const url = `${options.fhirBaseUrl}/metadata`;
  const response = await fetch(url, { headers: { accept: "application/fhir+json", ...bearer(options) } });
  const { rest } = capability.parse(await response.json());
  const entries = rest.flatMap(({ resource }) => resource).filter(({ type }) => type === "Subscription");
  const extensions = entries.flatMap(({ extension }) => extension ?? []);
  const topics = extensions.filter(({ url }) => url === `${BACKPORT}/capabilitystatement-subscriptiontopic-canonical`);
  return topics.flatMap(({ valueCanonical }) => valueCanonical ?? []);
}

function bearer({ token }: Pick<SubscribeOptions, "token">): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** From the body, or from `Location` where the server answers without one (Prefer: return=minimal). */
function createdId(response: Response, text: string): string {
  const location = response.headers.get("location") ?? "";
  const fromLocation = /Subscription\/([^/]+)/u.exec(location)?.[1];
  const body = z.object({ id: z.string() }).safeParse(text === "" ? undefined : JSON.parse(text));
  const id = fromLocation ?? (body.success ? body.data.id : undefined);
  if (id === undefined) throw new Error("the server created a Subscription and did not say which");
  return id;
}
