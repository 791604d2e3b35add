/** W3C Trace Context, level 1: what came in, and what goes out. Ids only. */

const form =
  /^(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<parent>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/u;
const noTrace = "0".repeat(32);
const noParent = "0".repeat(16);

/**
 * A `traceparent` header as version 00, of its flags only `sampled`.
 * @returns undefined for one that is missing or invalid: it is passed over, as the specification says, and never an error
 */
export function parseTraceParent(header: string | undefined): string | undefined {
  const found = form.exec(header ?? "")?.groups;
  if (found === undefined) return undefined;
  const { version = "", trace = "", parent = "", flags = "", more } = found;
  // Later versions may add parts behind; the first may not, and ff is no version.
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (trace === noTrace || parent === noParent) return undefined;
  return `00-${trace}-${parent}-0${Number.parseInt(flags, 16) & 1}`;
}

/** What an event's trace can be known by. */
interface Traced {
  /** `evt_<32 hex digits>`. */
  readonly id: string;
  /** The log it stands in: a job's id, `batch/<id>`, `endpoint/<id>`. */
  readonly job: string;
  readonly traceParent?: string;
}

export interface Trace {
  /** 32 hex digits. */
  readonly traceId: string;
  readonly sampled: boolean;
}

const hex32 = /^[0-9a-f]{32}$/u;

function asTraceId(id: string): string | undefined {
  const digits = id.slice(id.lastIndexOf("/") + 1).replaceAll("-", "");
  return hex32.test(digits) && digits !== noTrace ? digits : undefined;
}

/** The trace that an event belongs to: the caller's, else one made of its log's id, so that all of a job's events share it. */
export function traceOf({ id, job, traceParent }: Traced): Trace {
  if (traceParent !== undefined) return { traceId: traceParent.slice(3, 35), sampled: traceParent.endsWith("1") };
  return { traceId: asTraceId(job) ?? asTraceId(id.slice(4)) ?? "1".padStart(32, "0"), sampled: false };
}

const eightHex = (random: number): string =>
  Math.floor(random * 0x1_0000_0000)
    .toString(16)
    .padStart(8, "0");

/** The header of one request in a trace. `random` gives numbers from 0 (inclusive) to 1 (exclusive). */
export function requestTraceParent({ traceId, sampled }: Trace, random: () => number): string {
  const span = eightHex(random()) + eightHex(random());
  return `00-${traceId}-${span === noParent ? "1".padStart(16, "0") : span}-0${Number(sampled)}`;
}
