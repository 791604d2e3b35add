/** Turns what a command threw into words for a person and an exit code for a script. No secret is in either. */
import { AdapterError } from "../core/errors.ts";
import { errorFields } from "../telemetry/error-fields.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { RemoteFailure } from "./remote/failure.ts";

/** System errors of a listen that tell the operator enough by themselves. */
const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: "The address is taken: another program listens there. Set PORT (or --port) to a free one.",
  EADDRNOTAVAIL: "This machine has no such address. Check HOST.",
  EACCES: "This user may not listen on that port. Ports below 1024 need a right of their own.",
};

/** Says what went wrong; returns the exit code. */
export function reportFailure(thrown: unknown, io: Io): number {
  if (thrown instanceof AdapterError) {
    io.stderr(`${thrown.message}\n`);
    if (thrown.code === "configuration_invalid") return exitCodes.configuration;
    io.stderr(`${thrown.fix}\n`);
    return thrown.retry === "later" ? exitCodes.unavailable : exitCodes.software;
  }
  if (thrown instanceof RemoteFailure) {
    const { message, fix, requestId, exitCode, status = 0 } = thrown.parts;
    // A fault of the adapter's own is found by its id; what was wrong with the call, the text has said.
    const known = status < 500 || requestId === undefined ? "" : `The adapter's log knows it as ${requestId}.\n`;
    io.stderr(`${message}\n${fix}\n${known}`);
    return exitCode;
  }
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, "code") : undefined;
  const known = typeof code === "string" ? listenProblems[code] : undefined;
  if (known !== undefined) {
    io.stderr(`${known}\n`);
    return exitCodes.unavailable;
  }
  // Messages of drivers and parsers may quote what they choked on: class, code and place are enough to find it.
  io.stderr(`Unexpected error: ${JSON.stringify(errorFields(thrown), undefined, 2)}\n`);
  return exitCodes.software;
}
