/** What is registered at an EHR for our own tokens. */
import { defaultSystemScopes, subscriptionScopes } from "../core/smart/default-scopes.ts";
import type { TenantConfig } from "./tenant-schema.ts";

/** Every scope that our own tokens are asked for with; Subscriptions have a token of their own. */
export function registeredScopesOf({ ehr: { backendServices, subscriptions } }: Pick<TenantConfig, "ehr">): string {
  const scopes = backendServices?.scopes ?? defaultSystemScopes;
  const subscribes = subscriptions !== undefined && subscriptions.channel !== "polling";
  return subscribes ? `${scopes} ${subscriptionScopes}` : scopes;
}
