/** Which event types an endpoint asked for: exact names, `group.*`, or `*`. No regular expressions: nothing to attack. */
import type { EventType, PublicEventType } from "../event/event.ts";
import { isDraftEvent, publicEventTypes } from "../event/event.ts";

function matchesOne(pattern: string, type: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

/** True when one of the patterns covers the type. `draft.*` never leaves the job's own stream, whatever is asked for. */
export function wantsEvent(patterns: readonly string[], type: EventType): boolean {
  return !isDraftEvent(type) && patterns.some((pattern) => matchesOne(pattern, type));
}

/** The types that patterns cover. */
export function typesOf(patterns: readonly string[]): readonly PublicEventType[] {
  return publicEventTypes.filter((type) => patterns.some((pattern) => matchesOne(pattern, type)));
}

/** Patterns that cover no event type there is: most likely a typing error. */
export function uselessPatterns(patterns: readonly string[]): readonly string[] {
  return patterns.filter((pattern) => !publicEventTypes.some((type) => matchesOne(pattern, type)));
}
