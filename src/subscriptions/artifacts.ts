/** The FHIR artifacts of this adapter (fhir-profiles/), read once at the start and set to its own address. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CapabilityStatement } from "fhir/r4.js";
import { z } from "zod";
import { channelKinds } from "../core/notification/channel.ts";
import { backport, websocketExtension } from "../core/notification/names.ts";
import { payloadContents } from "../core/notification/notification.ts";
import type { Topic } from "../core/notification/topic.ts";
import { subscriptionTopic, toTopic } from "../core/notification/topic.ts";

import { socketPath } from "./websocket/socket-path.ts";

/** The address that the files are written for; every installation has its own. */
const writtenFor = "https://adapter.example";
const folder = join(import.meta.dirname, "..", "..", "fhir-profiles");

export interface Artifacts {
  /** Whose they are, without a trailing slash. */
  readonly publicUrl: string;
  readonly topics: readonly Topic[];
  /** R5 SubscriptionTopic by its name, as /topics/{name} serves it. */
  readonly topicResources: ReadonlyMap<string, unknown>;
  /** What routes cannot know of themselves; the routes' part is added where they are put together. */
  readonly capabilityStatement: CapabilityStatement;
  /** OperationDefinitions by id, as /fhir/OperationDefinition/{id} serves them. */
  readonly operations: ReadonlyMap<string, unknown>;
}

const operationDefinition = z.looseObject({ resourceType: z.literal("OperationDefinition"), id: z.string() });

const capabilityStatement = z.looseObject({
  resourceType: z.literal("CapabilityStatement"),
  rest: z.tuple([z.looseObject({ resource: z.array(z.looseObject({ type: z.string() })).nonempty() })]),
});

function readJson(path: string, publicUrl: string): unknown {
  return JSON.parse(readFileSync(path, "utf8").replaceAll(writtenFor, publicUrl));
}

/** summary-signed comes first: a client that takes the first topic on offer most likely wants the document. */
function byPreference(a: Topic, b: Topic): number {
  const rank = ({ name }: Topic): number => (name === "summary-signed" ? 0 : name.startsWith("summary-") ? 1 : 2);
  return rank(a) - rank(b) || a.name.localeCompare(b.name);
}

/** What R4 has no element for, in words, from where it is decided. */
const offered = [
  `Channels: ${channelKinds.join(", ")}; email where the hospital allows addresses, with content empty.`,
  `Content: ${payloadContents.join(", ")}.`,
  "A topic's canFilterBy says what it can be filtered by.",
  `A websocket binds by $get-ws-binding-token and \`bind-with-token <token>\`.`,
].join(" ");

/** Where websockets are taken. @param publicUrl without a trailing slash */
export function socketUrl(publicUrl: string): string {
  return `${publicUrl.replace(/^http/u, "ws")}${socketPath}`;
}

/** Lists the topics on the Subscription entry, where the backport lets a client find them (row 58), and says where websockets go. */
function withSubscriptions(
  statement: z.infer<typeof capabilityStatement>,
  topics: readonly Topic[],
  publicUrl: string,
): CapabilityStatement {
  const extension = topics.map(({ url }) => ({ url: backport.topicCanonical, valueCanonical: url }));
  const [written] = statement.rest;
  const resource = written.resource.map((entry) =>
    entry.type === "Subscription" ? { extension, ...entry, documentation: offered } : entry,
  );
  const rest = { extension: [{ url: websocketExtension, valueUri: socketUrl(publicUrl) }], ...written, resource };
  return { ...statement, rest: [rest] } as unknown as CapabilityStatement;
}

/**
 * Reads the artifacts.
 * @param publicUrl without a trailing slash
 * @throws ZodError when a file holds what this program does not understand: a start must not go on then
 */
export function loadArtifacts(publicUrl: string, from: string = folder): Artifacts {
  const files = globSync("topics/*.json", { cwd: from });
  const resources = files.map((file) => {
    const resource = readJson(join(from, file), publicUrl);
    return { resource, topic: toTopic(subscriptionTopic.parse(resource)) };
  });
  const topics = resources.map(({ topic }) => topic).toSorted(byPreference);
  const statement = capabilityStatement.parse(readJson(join(from, "capability-statement.json"), publicUrl));
  const operations = globSync("OperationDefinition-*.json", { cwd: from }).map((file) =>
    operationDefinition.parse(readJson(join(from, file), publicUrl)),
  );
  return {
    publicUrl,
    operations: new Map(operations.map((operation) => [operation.id, operation])),
    topics,
    topicResources: new Map(resources.map(({ topic, resource }) => [topic.name, resource])),
    capabilityStatement: withSubscriptions(statement, topics, publicUrl),
  };
}
