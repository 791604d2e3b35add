/** The FHIR interactions as data: what each path and method does, without express. */
import type { FhirResource } from "fhir/r4.js";
import type { Audit } from "../audit/audit.ts";
import type { Principal } from "../core/access/principal.ts";
import { maySee } from "../core/access/principal.ts";
import { AdapterError } from "../core/errors.ts";
import type { FocusContext, FocusJob } from "../core/notification/focus-resource.ts";
import { documentReferenceOf, taskOf } from "../core/notification/focus-resource.ts";
import type { Jobs } from "../jobs/jobs.ts";
import { readSearch, readStatusQuery } from "./fhir-request.ts";
import type { Subscriptions } from "./subscriptions.ts";

export interface FhirCall {
  readonly principal: Principal;
  /** Empty where the path names no resource. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
}

export interface FhirAnswer {
  readonly status: number;
  readonly resource?: FhirResource;
  readonly location?: string;
}

export interface FhirRoute {
  readonly method: "get" | "post" | "put" | "delete";
  readonly path: string;
  readonly handle: (call: FhirCall) => Promise<FhirAnswer>;
}

export interface FhirRoutesDependencies {
  readonly subscriptions: Subscriptions;
  readonly jobs: Pick<Jobs, "get">;
  readonly audit: Pick<Audit, "record">;
  /** Where a tenant's patients live, and what its documents are called. */
  readonly focusContext: (tenant: string) => FocusContext;
  /** Our FHIR base, without a trailing slash. */
  readonly fhirBase: string;
}

const type = "/fhir/Subscription";
const instance = `${type}/:id`;

function subscriptionRoutes({ subscriptions, fhirBase }: FhirRoutesDependencies): readonly FhirRoute[] {
  return [
    {
      method: "get",
      path: type,
      handle: async ({ principal, query, header }) => {
        const self = `${fhirBase}/Subscription?${query.toString()}`;
        return {
          status: 200,
          resource: await subscriptions.search(principal, readSearch(query, header("prefer")), self),
        };
      },
    },
    {
      method: "post",
      path: type,
      handle: async ({ principal, body }) => {
        const resource = await subscriptions.create(principal, body);
        return { status: 201, resource, location: `${fhirBase}/Subscription/${resource.id ?? ""}` };
      },
    },
    {
      method: "get",
      path: instance,
      handle: async ({ principal, id }) => ({ status: 200, resource: await subscriptions.read(principal, id) }),
    },
    {
      method: "put",
      path: instance,
      handle: async ({ principal, id, body, header }) => {
        return { status: 200, resource: await subscriptions.update(principal, id, body, header("if-match")) };
      },
    },
    {
      method: "delete",
      path: instance,
      handle: async ({ principal, id }) => {
        await subscriptions.remove(principal, id);
        return { status: 204 };
      },
    },
  ];
}

/** $status on the type and on one Subscription, as query or as Parameters (rows 107 to 112). */
function statusRoutes({ subscriptions }: FhirRoutesDependencies): readonly FhirRoute[] {
  const ofType: FhirRoute["handle"] = async ({ principal, query, body }) => {
    return { status: 200, resource: await subscriptions.status(principal, readStatusQuery(query, body)) };
  };
  const ofOne: FhirRoute["handle"] = async ({ principal, id, query, body }) => {
    await subscriptions.read(principal, id);
    const { statuses } = readStatusQuery(query, body);
    const asked = { ids: [id], ...(statuses === undefined ? {} : { statuses }) };
    return { status: 200, resource: await subscriptions.status(principal, asked) };
  };
  return (["get", "post"] as const).flatMap((method) => [
    { method, path: `${type}/$status`, handle: ofType },
    { method, path: `${instance}/$status`, handle: ofOne },
  ]);
}

function focusRoute(
  name: "Task" | "DocumentReference",
  render: (job: FocusJob, context: FocusContext) => FhirResource | undefined,
  deps: FhirRoutesDependencies,
): FhirRoute {
  const handle: FhirRoute["handle"] = async ({ principal, id }) => {
    const { tenant, actor } = principal;
    const job = await deps.jobs.get(tenant, id);
    if (job === undefined || !maySee(principal, job)) throw new AdapterError("not_found");
    const resource = render(job, deps.focusContext(tenant));
    if (resource === undefined) throw new AdapterError("not_found");
    const { patient, encounter } = job;
    await deps.audit.record({ tenant, action: "job.read", outcome: "success", actor, job: id, patient, encounter });
    return { status: 200, resource };
  };
  return { method: "get", path: `/fhir/${name}/:id`, handle };
}

/** All interactions. $status stands before the instance, whose path would match it. */
export function fhirRoutes(deps: FhirRoutesDependencies): readonly FhirRoute[] {
  return [
    ...statusRoutes(deps),
    ...subscriptionRoutes(deps),
    focusRoute("Task", taskOf, deps),
    focusRoute("DocumentReference", documentReferenceOf, deps),
  ];
}
