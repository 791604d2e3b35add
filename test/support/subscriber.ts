/** An API client that subscribes, as programs of a hospital do. */
import assert from "node:assert/strict";
import type { Parameters, Subscription } from "fhir/r4.js";
import { eventually } from "./eventually.ts";
import type { WholeApp } from "./whole-app.ts";
import { apiKey } from "./whole-app.ts";
import type { Answer } from "./whole-app-users.ts";
import { api } from "./whole-app-users.ts";

const backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";

export interface Subscribing {
  readonly topic: string;
  readonly channel: Pick<Subscription["channel"], "type" | "endpoint" | "payload">;
  /** Default: empty for e-mail, id-only else. */
  readonly content?: "empty" | "id-only" | "full-resource";
  /** Filter expressions. */
  readonly filters?: readonly string[];
  /** Whose key; default: the gateway's. */
  readonly key?: string;
}

/** What is asked for. */
export function subscriptionOf(app: WholeApp, { topic, channel, content, filters = [] }: Subscribing): Subscription {
  const valueCode = content ?? (channel.type === "email" ? "empty" : "id-only");
  const extension = filters.map((valueString) => ({ url: `${backport}/backport-filter-criteria`, valueString }));
  return {
    resourceType: "Subscription",
    status: "requested",
    reason: "The ward's board",
    criteria: `${app.url}/topics/${topic}`,
    ...(extension.length === 0 ? {} : { _criteria: { extension } }),
    channel: {
      payload: "application/fhir+json",
      ...channel,
      _payload: { extension: [{ url: `${backport}/backport-payload-content`, valueCode }] },
    },
  };
}

export const fhirJson = { "content-type": "application/fhir+json" };

export const readSubscription = async (app: WholeApp, id: string, key = apiKey): Promise<Subscription> =>
  (await api(app, "GET", `/fhir/Subscription/${id}`, { key })).json() as Subscription;

/** Waits until it stands so. */
export function subscriptionWhen(app: WholeApp, id: string, status: string, key = apiKey): Promise<Subscription> {
  return eventually(
    async () => {
      const found = await readSubscription(app, id, key);
      return found.status === status && found;
    },
    `Subscription ${status}`,
    30_000,
  );
}

export async function askFor(app: WholeApp, wanted: Subscribing): Promise<Answer> {
  const json = subscriptionOf(app, wanted);
  return api(app, "POST", "/fhir/Subscription", { headers: fhirJson, json, key: wanted.key ?? apiKey });
}

/** Subscribes and waits until it is active. @returns its id */
export async function subscribed(app: WholeApp, wanted: Subscribing): Promise<string> {
  const made = await askFor(app, wanted);
  assert.equal(made.status, 201, made.text);
  const { id = "" } = made.json() as Subscription;
  await subscriptionWhen(app, id, "active", wanted.key);
  return id;
}

/** What a websocket of this client's Subscriptions shows, and where it goes. */
export async function bindingOf(
  app: WholeApp,
  key = apiKey,
): Promise<{ readonly url: string; readonly token: string }> {
  const issued = (await api(app, "GET", "/fhir/Subscription/$get-ws-binding-token", { key })).json() as Parameters;
  const valueOf = (name: string) => issued.parameter?.find((one) => one.name === name);
  return { url: valueOf("websocket-url")?.valueUrl ?? "", token: valueOf("token")?.valueString ?? "" };
}
