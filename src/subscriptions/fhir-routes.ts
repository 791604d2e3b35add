/** The interactions with Subscriptions as data: what each path and method does, without express. */
import { operationDefinition } from "../core/notification/names.ts";
import type { FhirRoute } from "../http/fhir/fhir-route.ts";
import { readEventsQuery, readSearch, readStatusQuery, readWish, subscriptionSearchParam } from "./fhir-request.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { BindingRoutesDependencies } from "./websocket/fhir-routes.ts";
import { bindingRoutes } from "./websocket/fhir-routes.ts";

export interface SubscriptionRoutesDependencies extends BindingRoutesDependencies {
  readonly subscriptions: Subscriptions;
  /** Our FHIR base, without a trailing slash. */
  readonly fhirBase: string;
}

const type = "/fhir/Subscription";
const instance = `${type}/:id`;
const statusOperation = { name: "status", definition: operationDefinition("status") };
const eventsOperation = { name: "events", definition: operationDefinition("events") };
const reading = [{ type: "Subscription", right: "r" }] as const;
const interaction = (code: "create" | "read" | "update" | "delete") => ({ type: "Subscription", interaction: code });

function subscriptionRoutes({ subscriptions, fhirBase }: SubscriptionRoutesDependencies): readonly FhirRoute[] {
  return [
    {
      method: "get",
      path: type,
      capability: { type: "Subscription", interaction: "search-type", searchParam: subscriptionSearchParam },
      handle: async ({ principal, query, header }) => {
        const { self, countOnly } = readWish(query, header("prefer"));
        const address = `${fhirBase}/Subscription?${self.toString()}`;
        const found = await subscriptions.search(principal, readSearch(query), address);
        const { entry, ...counted } = found;
        return { status: 200, resource: countOnly || entry?.length === 0 ? counted : found };
      },
    },
    {
      method: "post",
      path: type,
      capability: interaction("create"),
      handle: async ({ principal, body }) => {
        const resource = await subscriptions.create(principal, body);
        return { status: 201, resource, headers: { Location: `${fhirBase}/Subscription/${resource.id ?? ""}` } };
      },
    },
    {
      method: "get",
      path: instance,
      capability: interaction("read"),
      handle: async ({ principal, id }) => ({ status: 200, resource: await subscriptions.read(principal, id) }),
    },
    {
      method: "put",
      path: instance,
      capability: interaction("update"),
      handle: async ({ principal, id, body, header }) => {
        return { status: 200, resource: await subscriptions.update(principal, id, body, header("if-match")) };
      },
    },
    {
      method: "delete",
      path: instance,
      capability: interaction("delete"),
      handle: async ({ principal, id, header }) => {
        await subscriptions.remove(principal, id, header("if-match"));
        return { status: 204 };
      },
    },
  ];
}

/** $status on the type and on one Subscription, as query or as Parameters (rows 107 to 112). */
function statusRoutes({ subscriptions }: SubscriptionRoutesDependencies): readonly FhirRoute[] {
  const ofType: FhirRoute["handle"] = async ({ principal, query, body }) => {
    return { status: 200, resource: await subscriptions.status(principal, readStatusQuery(query, body)) };
  };
  const ofOne: FhirRoute["handle"] = async ({ principal, id, query, body }) => {
    await subscriptions.read(principal, id);
    const { statuses } = readStatusQuery(query, body);
    const asked = { ids: [id], ...(statuses === undefined ? {} : { statuses }) };
    return { status: 200, resource: await subscriptions.status(principal, asked) };
  };
  const capability = { type: "Subscription", operation: statusOperation };
  return [
    { method: "get", path: `${type}/$status`, needs: reading, capability, handle: ofType },
    { method: "post", path: `${type}/$status`, needs: reading, handle: ofType },
    { method: "get", path: `${instance}/$status`, needs: reading, handle: ofOne },
    { method: "post", path: `${instance}/$status`, needs: reading, handle: ofOne },
  ];
}

/** $events: what happened, for those who pull, and to close gaps (rows 115 to 119). */
function eventsRoutes({ subscriptions }: SubscriptionRoutesDependencies): readonly FhirRoute[] {
  const handle: FhirRoute["handle"] = async ({ principal, id, query, body, signal }) => {
    return { status: 200, resource: await subscriptions.events(principal, id, readEventsQuery(query, body), signal) };
  };
  const path = `${instance}/$events`;
  const capability = { type: "Subscription", operation: eventsOperation };
  return [
    { method: "get", path, needs: reading, capability, handle },
    { method: "post", path, needs: reading, handle },
  ];
}

/** All interactions with Subscriptions. Operations on the type stand before the instance, whose path would match them. */
export function subscriptionFhirRoutes(deps: SubscriptionRoutesDependencies): readonly FhirRoute[] {
  return [...statusRoutes(deps), ...bindingRoutes(deps), ...eventsRoutes(deps), ...subscriptionRoutes(deps)];
}
