/** The AsyncAPI 3.0 document, made from the catalogue: what is sent, over which ways, in which shape. */
import { z } from "zod";
import type { Carrier, CatalogueEntry } from "../core/event/catalogue.ts";
import { carriers, eventCatalogue } from "../core/event/catalogue.ts";

interface Description {
  readonly publicUrl: string;
  readonly version: string;
}

const places: Readonly<Record<Carrier, { address: string | null; title: string; description: string; of: string }>> = {
  webhook: {
    address: null,
    title: "Webhook",
    description: "POST to the URL that the endpoint registered, signed by Standard Webhooks. Any 2xx takes it.",
    of: "sendWebhook",
  },
  feed: {
    address: "/v1/events",
    title: "Feed",
    description: "The tenant's events in one order, for systems that only call out.",
    of: "answerFeed",
  },
  stream: {
    address: "/v1/jobs/{job}/events",
    title: "Stream",
    description: "One job's events as they happen (text/event-stream), draft text included.",
    of: "streamJob",
  },
};

/** `webhook-id` and its companions (Standard Webhooks 1.0.0). */
const webhookHeaders = {
  type: "object",
  required: ["webhook-id", "webhook-timestamp", "webhook-signature"],
  properties: {
    "webhook-id": { type: "string", description: "The event's id, the same on every attempt." },
    "webhook-timestamp": { type: "string", pattern: "^[0-9]+$", description: "Seconds since 1970, of this attempt." },
    "webhook-signature": { type: "string", description: "Space-separated list of `v1,<base64>` (and `v1a,<base64>`)." },
  },
};

function messageOf({ type, description, envelope, example }: CatalogueEntry, carrier: Carrier): object {
  // AsyncAPI's own dialect is a superset of draft 7: without a schemaFormat every tool reads it.
  const { $schema: _dialect, ...payload } = z.toJSONSchema(envelope, { io: "input", target: "draft-7" });
  return {
    name: type,
    title: description,
    contentType: carrier === "webhook" ? "application/cloudevents+json" : "application/json",
    ...(carrier === "webhook" ? { headers: webhookHeaders } : {}),
    payload,
    examples: [{ name: type, payload: example }],
  };
}

const carriedOver = (carrier: Carrier): readonly CatalogueEntry[] =>
  eventCatalogue.filter((entry) => entry.carriedBy.includes(carrier));

function channelOf(carrier: Carrier): object {
  const { address, title, description } = places[carrier];
  return {
    address,
    title,
    description,
    ...(address === null ? {} : { servers: [{ $ref: "#/servers/adapter" }] }),
    ...(carrier === "stream" ? { parameters: { job: { description: "The job's id." } } } : {}),
    messages: Object.fromEntries(
      carriedOver(carrier).map(({ type }) => [type, { $ref: `#/components/messages/${carrier}.${type}` }]),
    ),
  };
}

function operationOf(carrier: Carrier): object {
  return {
    action: "send",
    title: places[carrier].title,
    channel: { $ref: `#/channels/${carrier}` },
    messages: carriedOver(carrier).map(({ type }) => ({ $ref: `#/channels/${carrier}/messages/${type}` })),
  };
}

/** @returns the document as JSON */
export function asyncApiDocument({ publicUrl, version }: Description): object {
  const { host, protocol, pathname } = new URL(publicUrl);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Handover",
      version,
      description: "Events of discharge summaries: webhooks, the tenant's feed, a job's own stream.",
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    servers: {
      adapter: {
        host,
        protocol: protocol.slice(0, -1),
        ...(pathname === "/" ? {} : { pathname }),
        security: [{ $ref: "#/components/securitySchemes/bearer" }],
      },
    },
    channels: Object.fromEntries(carriers.map((carrier) => [carrier, channelOf(carrier)])),
    operations: Object.fromEntries(carriers.map((carrier) => [places[carrier].of, operationOf(carrier)])),
    components: {
      messages: Object.fromEntries(
        carriers.flatMap((carrier) =>
          carriedOver(carrier).map((entry) => [`${carrier}.${entry.type}`, messageOf(entry, carrier)]),
        ),
      ),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key, or an access token from /oauth/token." },
      },
    },
  };
}
