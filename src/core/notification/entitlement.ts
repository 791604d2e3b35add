/** Whether whoever made a Subscription may still be told: what it was made with may have been taken away since. */
import { isMetWhole, scopeFor } from "../smart/api-scopes.ts";
import type { FocusType } from "./topic.ts";

/** The client is none of the tenant's any more; or it may no longer read what the topic is about. */
export type Loss = "owner_gone" | "scope_lost";

/** The scope that a topic's subscriber needs, as it would be asked for: who is told of records may read them. */
export function topicScope(focus: FocusType): string {
  return scopeFor({ type: focus, right: "r" });
}

/** @param scopes of a client or its token; `fhir` stands for the whole side */
export function mayFollow(scopes: ReadonlySet<string>, focus: FocusType): boolean {
  return isMetWhole(scopes, { type: focus, right: "r" });
}

/**
 * @param scopes that the client is registered with now; undefined where there is no such client
 * @returns undefined where nothing was lost
 */
export function lossOf(scopes: ReadonlySet<string> | undefined, focus: FocusType): Loss | undefined {
  if (scopes === undefined) return "owner_gone";
  return mayFollow(scopes, focus) ? undefined : "scope_lost";
}
