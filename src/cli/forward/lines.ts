/** Forwarded events as lines: for a person, or one JSON object each. Ids, types and codes only. */
import { explainCode } from "../../core/delivery/code-meanings.ts";
import { span } from "../explain/standing.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import type { Forwarded } from "./forward-page.ts";

const time = (): string => new Date().toISOString();

export function forwardedLine(
  { event, attempt, code, durationMs, result, delayMs }: Forwarded,
  target?: string,
): string {
  const next = {
    delivered: "",
    again: `; again in ${span(delayMs ?? 0)}`,
    "passed-over": "; passed over",
  }[result];
  const words = result === "delivered" ? "" : ` ${explainCode(code).means}`;
  const to = target === undefined ? "" : ` -> ${target}`;
  return `${time()} ${event.type} ${event.subject} ${event.id}${to} #${attempt} ${code} ${durationMs} ms${words}${next}\n`;
}

export function forwardedJson({ event, ...told }: Forwarded, target?: string): string {
  const { id, type, subject } = event;
  const to = target === undefined ? {} : { target };
  return `${JSON.stringify({ at: time(), event: id, type, subject, ...to, ...told })}\n`;
}

export function troubleLine(failure: RemoteFailure, delayMs: number): string {
  return `${time()} ${failure.message} Asked again in ${span(delayMs)}.\n`;
}
