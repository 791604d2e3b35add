/** The schemas as files, for whoever builds or tests a CDS client or service; made from those that validate here. */
import { z } from "zod";
import { openApiDocument } from "../../http/openapi.ts";
import { hookPathsOf } from "../openapi.ts";
import { cdsDiscovery } from "./discovery.ts";
import type { HooksVersion } from "./elements.ts";
import { hooksVersions } from "./elements.ts";
import { publishedFeedback } from "./feedback.ts";
import { publishedRequest } from "./request.ts";
import { cdsResponses } from "./response.ts";

export const messages = ["discovery", "request", "response", "feedback"] as const;
export type Message = (typeof messages)[number];

/** The schema of one message, as validated here at run time. */
export function messageSchema(version: HooksVersion, message: Message): z.ZodType {
  const { [message]: schema } = {
    discovery: cdsDiscovery,
    request: publishedRequest,
    response: cdsResponses[version],
    feedback: publishedFeedback,
  };
  return schema;
}

/** JSON Schema 2020-12 of one message. Its `$id` is a URN: the file means the same wherever it lies. */
export function messageJsonSchema(version: HooksVersion, message: Message): object {
  const { $schema, id: _id, ...keywords } = z.toJSONSchema(messageSchema(version, message), { io: "input" });
  return {
    $schema,
    $id: `urn:handover:cds-hooks:${version}:${message}`,
    title: `CDS Hooks ${version} ${message}`,
    ...keywords,
  };
}

/** All files by their path below the folder of published schemas. */
export function publishedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const version of hooksVersions) {
    for (const message of messages)
      files.set(`${version}/${message}.schema.json`, print(messageJsonSchema(version, message)));
    files.set(`${version}/openapi.json`, print(openApiOf(version)));
  }
  return files;
}

/** The three endpoints of CDS Hooks and nothing else of this server. */
function openApiOf(version: HooksVersion): object {
  const document = openApiDocument({ publicUrl: "https://cds.example", version, paths: [hookPathsOf(version)] });
  const { title: _title, description: _description, ...info } = document.info;
  // The job API's own way in is no part of CDS Hooks.
  const { bearer: _bearer, ...securitySchemes } = document.components?.securitySchemes ?? {};
  const description = "Discovery, invocation and feedback of CDS services, each with the schemas of its messages.";
  return {
    ...document,
    info: { title: `CDS Hooks ${version}`, description, ...info },
    components: { ...document.components, securitySchemes },
  };
}

const print = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;
