/** Jobs and summaries as FHIR resources of a tenant: for notifications, for $events, and for those who read them. */
import type { FhirResource } from "fhir/r4.js";
import { jurisdictionOf } from "../config/jurisdictions.ts";
import type { JobEvent } from "../core/event/event.ts";
import { languageOf } from "../core/language/language.ts";
import type { FocusContext } from "../core/notification/focus-resource.ts";
import { documentReferenceOf, documentTypeSystem, taskOf } from "../core/notification/focus-resource.ts";
import { focusTypeOf } from "../core/notification/topic.ts";
import { documentHeading } from "../core/summary/sections.ts";
import type { Foundation } from "./foundation.ts";
import { requireClients } from "./tenant-clients.ts";

/** Where a tenant's patients live, and what its documents are called. */
export function focusContextOf({ config, clients }: Pick<Foundation, "config" | "clients">) {
  return (id: string): FocusContext => {
    const { tenant } = requireClients(clients, id);
    return {
      ehrBase: tenant.ehr.fhirBaseUrl,
      publicUrl: config.publicUrl,
      documentType: documentHeading(jurisdictionOf(tenant), languageOf(tenant.language)),
    };
  };
}

/** `system|code` of a tenant's documents; undefined for a tenant that is not served. */
export function documentTypeOf({ tenants }: Pick<Foundation, "tenants">): (tenant: string) => string | undefined {
  return (id) => {
    const tenant = tenants.byId(id);
    if (tenant === undefined) return undefined;
    return `${documentTypeSystem}|${jurisdictionOf(tenant).documentType.code}`;
  };
}

export type FocusResourceOf = (
  tenant: string,
  event: Pick<JobEvent, "type" | "job">,
) => Promise<FhirResource | undefined>;

/** The resource that an event is about, as it is now. */
export function focusResourceOf(foundation: Pick<Foundation, "config" | "clients" | "jobs">): FocusResourceOf {
  const contextOf = focusContextOf(foundation);
  return async (tenant, { type, job: id }) => {
    const job = await foundation.jobs.get(tenant, id);
    if (job === undefined) return undefined;
    return (focusTypeOf(type) === "Task" ? taskOf : documentReferenceOf)(job, contextOf(tenant));
  };
}
