/** $get-ws-binding-token, on the type and on one Subscription (backport, row 123). */
import type { Parameters } from "fhir/r4.js";
import type { Audit } from "../../audit/audit.ts";
import type { Principal } from "../../core/access/principal.ts";
import { AdapterError } from "../../core/errors.ts";
import { operationDefinition } from "../../core/notification/names.ts";
import type { FhirRoute } from "../../http/fhir/fhir-route.ts";
import { valuesOf } from "../../http/fhir/search-request.ts";
import { operationValues } from "../fhir-request.ts";
import type { Subscriptions } from "../subscriptions.ts";
import type { BindingTokens } from "./binding-tokens.ts";

export interface BindingRoutesDependencies {
  readonly subscriptions: Pick<Subscriptions, "find">;
  readonly tokens: BindingTokens;
  readonly audit: Pick<Audit, "record">;
  /** `wss:` */
  readonly socketUrl: string;
}

const operation = { name: "get-ws-binding-token", definition: operationDefinition("get-ws-binding-token") };

/** Ids of the caller's Subscriptions that can be bound. Throws 404 for one that is not there, 400 for another channel's. */
async function bindable(
  { subscriptions }: BindingRoutesDependencies,
  principal: Principal,
  ids: readonly string[] | undefined,
): Promise<readonly string[]> {
  const found = await subscriptions.find(principal, ids === undefined ? {} : { ids });
  if (ids?.some((id) => found.every((one) => one.id !== id)) === true) throw new AdapterError("not_found");
  const open = found.filter(({ channel, status }) => channel.type === "websocket" && status !== "off");
  const isAsked = ids !== undefined && open.length < found.length;
  if (!isAsked && open.length > 0) return open.flatMap(({ id }) => id ?? []);
  throw new AdapterError("parameter_invalid", {
    at: "id",
    message: "Only a Subscription of channel websocket that is not off is bound.",
  });
}

async function token(
  deps: BindingRoutesDependencies,
  principal: Principal,
  ids: readonly string[] | undefined,
): Promise<Parameters> {
  const { tenant, actor } = principal;
  const bound = await bindable(deps, principal, ids);
  const issued = await deps.tokens.issue({ tenant, client: actor.id, subscriptions: bound });
  await deps.audit.record({ tenant, action: "subscription.bind", outcome: "success", actor });
  return {
    resourceType: "Parameters",
    parameter: [
      { name: "token", valueString: issued.token },
      { name: "expiration", valueDateTime: issued.expiration },
      ...bound.map((id) => ({ name: "subscription", valueString: id })),
      { name: "websocket-url", valueUrl: deps.socketUrl },
    ],
  };
}

export function bindingRoutes(deps: BindingRoutesDependencies): readonly FhirRoute[] {
  const ofType: FhirRoute["handle"] = async ({ principal, query, body }) => {
    const ids = valuesOf(operationValues(query, body), "id");
    return { status: 200, resource: await token(deps, principal, ids) };
  };
  const ofOne: FhirRoute["handle"] = async ({ principal, id }) => {
    return { status: 200, resource: await token(deps, principal, [id]) };
  };
  const type = "/fhir/Subscription/$get-ws-binding-token";
  const instance = "/fhir/Subscription/:id/$get-ws-binding-token";
  const capability = { type: "Subscription", operation };
  const needs = [{ type: "Subscription", right: "r" }] as const;
  // GET as well: a token lost on the way is used by nobody and forgotten.
  return [
    { method: "get", path: type, needs, capability, handle: ofType },
    { method: "post", path: type, needs, bodyOptional: true, handle: ofType },
    { method: "get", path: instance, needs, handle: ofOne },
    { method: "post", path: instance, needs, bodyOptional: true, handle: ofOne },
  ];
}
