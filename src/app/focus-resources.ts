/** Jobs and summaries as FHIR resources of a tenant: for notifications, for $events, and for those who read them. */
import type { FhirResource } from "fhir/r4.js";
import { jurisdictionOf } from "../config/jurisdictions.ts";
import type { JobEvent } from "../core/event/event.ts";
import { languageOf } from "../core/language/language.ts";
import type { FocusContext } from "../core/notification/focus-resource.ts";
import { documentTypeSystem, taskOf } from "../core/notification/focus-resource.ts";
import { focusTypeOf } from "../core/notification/topic.ts";
import { documentHeading } from "../core/summary/sections.ts";
import { AdapterError } from "../core/errors.ts";
import { servedProfiles } from "../core/validation/outgoing-profiles.ts";
import type { Job } from "../jobs/jobs.ts";
import type { Outgoing } from "../validation/outgoing.ts";
import type { Foundation } from "./foundation.ts";
import { createRenderings } from "./renderings.ts";
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

/** A notification must be sent even so: what it is about can be asked for, and what was kept back was told. */
function unlessInvalid<T extends FhirResource>(outgoing: Outgoing, resource: T): T | undefined {
  try {
    return outgoing.require(resource, servedProfiles(resource));
  } catch (error) {
    if (error instanceof AdapterError && error.code === "resource_invalid") return undefined;
    throw error;
  }
}

/** The resource that an event is about, as it is now; undefined also where it breaks a rule. */
export function focusResourceOf(
  foundation: Pick<Foundation, "config" | "clients" | "jobs" | "outgoing">,
): FocusResourceOf {
  const contextOf = focusContextOf(foundation);
  const renderings = createRenderings(foundation);
  const documentOf = async (job: Job): Promise<FhirResource | undefined> => {
    const summary = await foundation.jobs.summary(job.tenant, job.id);
    return summary === undefined ? undefined : (await renderings.served(job, summary))?.reference;
  };
  return async (tenant, { type, job: id }) => {
    const job = await foundation.jobs.get(tenant, id);
    if (job === undefined) return undefined;
    const resource = focusTypeOf(type) === "Task" ? taskOf(job, contextOf(tenant)) : await documentOf(job);
    return resource === undefined ? undefined : unlessInvalid(foundation.outgoing, resource);
  };
}
