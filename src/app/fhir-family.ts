/** /fhir and /topics: what features serve as FHIR, under one router with one CapabilityStatement. */
import type { RouteFamily } from "../http/app.ts";
import { withCapabilities } from "../http/fhir/capabilities.ts";
import { servedProfiles } from "../core/validation/outgoing-profiles.ts";
import { ownSmartConfiguration } from "../core/smart/own-configuration.ts";
import type { FhirRoute } from "../http/fhir/fhir-route.ts";
import { needsOf } from "../http/fhir/fhir-route.ts";
import type { PublishedResource } from "../http/fhir/fhir-router.ts";
import { createFhirRouter } from "../http/fhir/fhir-router.ts";
import type { Artifacts } from "../subscriptions/artifacts.ts";
import { socketUrl } from "../subscriptions/artifacts.ts";
import { subscriptionFhirRoutes } from "../subscriptions/fhir-routes.ts";
import { namedTenant } from "./named-tenant.ts";
import { publishedConformance } from "../validation/conformance.ts";
import type { Foundation } from "./foundation.ts";
import type { SubscriptionParts } from "./subscription-parts.ts";

/** What anybody may read, by path. */
export function publishedResources(
  { capabilityStatement, operations, topicResources, publicUrl }: Artifacts,
  routes: readonly FhirRoute[],
): ReadonlyMap<string, PublishedResource> {
  const needs = routes.flatMap((route) => needsOf(route));
  const smartConfiguration = ownSmartConfiguration(publicUrl, needs);
  return new Map<string, PublishedResource>([
    ["/fhir/metadata", { resource: withCapabilities(capabilityStatement, routes) }],
    ["/fhir/.well-known/smart-configuration", { mediaType: "application/json", resource: smartConfiguration }],
    ...[...operations].map(([id, resource]) => [`/fhir/OperationDefinition/${id}`, { resource }] as const),
    ...[...publishedConformance(publicUrl)].map(([path, resource]) => [`/fhir/${path}`, { resource }] as const),
    ...[...topicResources].map(([name, resource]) => [`/topics/${name}`, { fhirVersion: "5.0", resource }] as const),
  ]);
}

export function fhirFamily(
  { config, trust, tenants, audit, outgoing }: Foundation,
  { subscriptions, artifacts, tokens }: SubscriptionParts,
  jobRoutes: readonly FhirRoute[],
): RouteFamily {
  const fhirBase = `${config.publicUrl}/fhir`;
  const binding = { tokens, audit, socketUrl: socketUrl(config.publicUrl) };
  const routes = [...subscriptionFhirRoutes({ subscriptions, fhirBase, ...binding }), ...jobRoutes];
  const router = createFhirRouter({
    authorize: (request) =>
      trust.authenticateApi({
        authorization: request.get("authorization"),
        remoteAddress: request.socket.remoteAddress,
        tenant: namedTenant(tenants, request),
      }),
    routes,
    published: publishedResources(artifacts, routes),
    requireValid: (resource) => outgoing.require(resource, servedProfiles(resource)),
  });
  return { paths: ["/fhir", "/topics"], errors: "operation-outcome", walled: true, router };
}
