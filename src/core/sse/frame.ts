/** Bytes of a text/event-stream (WHATWG HTML, "Server-sent events"), as the contract fixes them. */
import type { JobEvent } from "../event/event.ts";
import { toEnvelope } from "../event/event.ts";

export interface Frame {
  readonly event?: string;
  readonly id?: string;
  readonly data: string;
}

/** A comment line: clients ignore it, proxies see traffic. */
export const keepAlive = ": keep-alive\n\n";

/** Tells the client how long to wait before it comes back after a close. */
export function retryFrame(retryMs: number): string {
  return `retry: ${retryMs}\n\n`;
}

/** CR, LF and CRLF all end a line in the grammar, so each of them must start a new `data:` line: else text forges events. */
const lineEnd = /\r\n|\r|\n/u;

/** `event` and `id` stand on one line; U+0000 in an id makes clients ignore it. Ours are built from safe alphabets only. */
function oneLine(value: string): string {
  // oxlint-disable-next-line no-control-regex -- the grammar's own terminators are what is refused here
  if (/[\r\n\u0000]/u.test(value)) throw new RangeError("an event name or id holds a line end or NUL");
  return value;
}

/** Renders one event. Line ends inside `data` become several data lines, which the client joins with LF. */
export function frame({ event, id, data }: Frame): string {
  const head =
    (event === undefined ? "" : `event: ${oneLine(event)}\n`) + (id === undefined ? "" : `id: ${oneLine(id)}\n`);
  const body = data
    .split(lineEnd)
    .map((line) => `data: ${line}\n`)
    .join("");
  return `${head}${body}\n`;
}

/**
 * One event of a job's stream. JSON escapes line ends and lone surrogates, so this is one data line of valid UTF-8; U+2028
 * and U+2029 end no line in this grammar and stay as they are.
 */
export function jobEventFrame(event: JobEvent): string {
  const data = JSON.stringify(toEnvelope(event));
  return frame({ event: event.type, id: `${event.job}:${event.sequence}`, data });
}
