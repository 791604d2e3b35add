/** What a handler adds to its request's one wide log line: ids and codes of the allow-list, never content. */
import type { ServerResponse } from "node:http";
import type { LogFields } from "../telemetry/fields.ts";

const annotations = new WeakMap<ServerResponse, LogFields>();

/** Later values win. */
export function annotate(response: ServerResponse, fields: LogFields): void {
  annotations.set(response, { ...annotations.get(response), ...fields });
}

export function annotationsOf(response: ServerResponse): LogFields {
  return annotations.get(response) ?? {};
}
