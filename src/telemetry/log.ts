/** Structured logs: one JSON line each, with an event name of ours and fields from the allow-list only. */
import { pino } from "pino";
import { allowedFields } from "./fields.ts";
import type { LogFields } from "./fields.ts";

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/**
 * `event` names what happened, in dotted words (`http.request`, `job.claimed`); it is a constant of the program, never
 * composed from input.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log whose every line carries these fields too. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Where lines go; standard output when absent. */
  readonly destination?: { write(line: string): void };
  /** Told how many fields a line lost, so that a programming error shows in a metric instead of in the log. */
  readonly onDropped?: (count: number) => void;
}

export function createLog({ level, destination, onDropped }: LogOptions): Log {
  const options = {
    level,
    base: null,
    messageKey: "event_name",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  const write = (
    severity: "debug" | "info" | "warn" | "error",
    event: string,
    bound: LogFields,
    fields: LogFields,
  ): void => {
    if (!logger.isLevelEnabled(severity)) return;
    const { allowed, dropped } = allowedFields({ ...bound, ...fields });
    if (dropped > 0) onDropped?.(dropped);
    logger[severity](dropped > 0 ? { ...allowed, dropped } : allowed, event);
  };
  const bind = (bound: LogFields): Log => ({
    debug: (event, fields = {}) => write("debug", event, bound, fields),
    info: (event, fields = {}) => write("info", event, bound, fields),
    warn: (event, fields = {}) => write("warn", event, bound, fields),
    error: (event, fields = {}) => write("error", event, bound, fields),
    with: (fields) => bind({ ...bound, ...fields }),
  });
  return bind({});
}
