/**
 * The fields a log line may carry. Anything else never leaves the process: a name that is not here, or a value that does
 * not have its field's form, is dropped and counted. Ids, codes, counts and times only; never text from a chart or a caller.
 */

type FieldRule = (value: unknown) => boolean;

const id: FieldRule = (value) => typeof value === "string" && /^[\w.:|/@~+-]{1,200}$/u.test(value);
const code: FieldRule = (value) => typeof value === "string" && /^[\w.:/ -]{1,120}$/u.test(value);
const count: FieldRule = (value) => typeof value === "number" && Number.isFinite(value);
const flag: FieldRule = (value) => typeof value === "boolean";
/** Our own sentences (errors' `detail`, start-up texts). Line ends and control characters are escaped by the JSON form. */
const text: FieldRule = (value) => typeof value === "string" && value.length <= 2000;
const frames: FieldRule = (value) =>
  Array.isArray(value) &&
  value.length <= 20 &&
  value.every((frame) => typeof frame === "string" && frame.length <= 300);

export const logFields = {
  // who and what
  requestId: id,
  traceId: id,
  tenant: id,
  client: id,
  issuer: id,
  job: id,
  jobs: count,
  event: id,
  topic: code,
  endpoint: id,
  subscription: id,
  mail: id,
  worker: id,
  step: code,
  attempt: count,
  overtook: count,
  epoch: count,
  sequence: count,
  hook: code,
  service: code,
  hookInstance: id,
  card: code,
  engine: code,
  model: code,
  // http
  family: code,
  method: code,
  route: (value) => typeof value === "string" && /^[\w/:{}.$*-]{1,120}$/u.test(value),
  status: count,
  bytes: count,
  remoteStatus: count,
  url: (value) => typeof value === "string" && /^https?:\/\/[\w.:[\]-]+\/?$/u.test(value),
  port: count,
  // how it went
  outcome: code,
  reason: code,
  code,
  kind: code,
  detail: text,
  durationMs: count,
  waitMs: count,
  count,
  requests: count,
  retryable: flag,
  stale: flag,
  signal: code,
  version: code,
  role: code,
  setting: code,
  source: text,
  warning: text,
  // unknown errors: what kind and where, without the message, which may quote data
  errorName: code,
  errorCode: code,
  errorFrames: frames,
} as const satisfies Record<string, FieldRule>;

export type LogField = keyof typeof logFields;
export type LogFields = Readonly<Partial<Record<LogField, unknown>>>;

const rules: ReadonlyMap<string, FieldRule> = new Map(Object.entries(logFields));

/** The allowed part of `fields`, and how many were dropped. Undefined values are left out silently. */
export function allowedFields(fields: object): {
  readonly allowed: Readonly<Record<string, unknown>>;
  readonly dropped: number;
} {
  const allowed: Record<string, unknown> = {};
  let dropped = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (rules.get(name)?.(value) === true) allowed[name] = value;
    else dropped += 1;
  }
  return { allowed, dropped };
}
