/** Every way in which the scripted model can go wrong, by name. The name is also the suffix of a model's name. */

/** Faults of the text: the stream is healthy, the words are not. */
export const CONTENT_FAULTS = [
  "wrong-number",
  "spelled-number",
  "wrong-unit",
  "wrong-date",
  "wrong-drug",
  "unknown-fact",
  "uncited",
  "negation-flip",
  "laterality-flip",
  "obedient",
  "obedient-misattributed",
  "no-sentences",
  "empty",
  "malformed-json",
  "wrong-shape",
  "huge",
] as const;

/** Faults of the stream: how it ends, or how its bytes are cut. */
export const STREAM_FAULTS = [
  "truncated",
  "length",
  "content-filter",
  "stall-start",
  "stall-mid",
  "reset-start",
  "reset-mid",
  "malformed-sse",
  "error-mid",
  "split-utf8",
  "no-usage",
] as const;

/** Faults of the answer's status: no completion at all. */
export const REFUSAL_FAULTS = ["rate-limited", "server-error", "unauthorized", "schema-refused"] as const;

export type ContentFault = (typeof CONTENT_FAULTS)[number];
export type StreamFault = (typeof STREAM_FAULTS)[number];
export type RefusalFault = (typeof REFUSAL_FAULTS)[number];
export type ModelFault = ContentFault | StreamFault | RefusalFault;

export const MODEL_FAULTS: readonly ModelFault[] = [...CONTENT_FAULTS, ...STREAM_FAULTS, ...REFUSAL_FAULTS];

/** The name without a fault; with one it is `scripted:<fault>`. */
export const MODEL_NAME = "scripted";

export function isModelFault(name: string): name is ModelFault {
  return MODEL_FAULTS.some((fault) => fault === name);
}

export function isContentFault(fault: ModelFault | undefined): fault is ContentFault {
  return CONTENT_FAULTS.some((name) => name === fault);
}

/** What a request's `model` asks for; undefined when no model has that name. */
export function readModelName(model: string): { readonly fault: ModelFault | undefined } | undefined {
  if (model === MODEL_NAME) return { fault: undefined };
  const suffix = model.startsWith(`${MODEL_NAME}:`) ? model.slice(MODEL_NAME.length + 1) : "";
  return isModelFault(suffix) ? { fault: suffix } : undefined;
}
