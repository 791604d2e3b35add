/** What a log line may tell of an error. */
import { AdapterError } from "../core/errors.ts";
import type { LogFields } from "./fields.ts";

const FRAMES = 8;

/**
 * Of our own errors: code and private detail. Of any other: its class, its code (SQLSTATE, ECONNREFUSED) and where it
 * was thrown; its message is left out, because drivers and parsers quote the data they choke on.
 */
export function errorFields(thrown: unknown): LogFields {
  if (thrown instanceof AdapterError) {
    const cause = thrown.cause === undefined ? {} : errorFields(thrown.cause);
    return { ...cause, code: thrown.code, ...(thrown.detail === undefined ? {} : { detail: thrown.detail }) };
  }
  if (!(thrown instanceof Error)) return { errorName: typeof thrown };
  const code: unknown = Reflect.get(thrown, "code");
  return {
    errorName: thrown.name,
    ...(typeof code === "string" ? { errorCode: code } : {}),
    errorFrames: stackFrames(thrown),
  };
}

/** Only the `at ...` lines after the message: a message of several lines could look like frames. */
function stackFrames({ stack = "", message }: Error): string[] {
  const start = stack.indexOf(message);
  return stack
    .slice(start < 0 ? 0 : start + message.length)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^at .*:\d+:\d+\)?$/u.test(line))
    .slice(0, FRAMES)
    .map((line) => line.slice(0, 300));
}
