/** The resource a notification points at, addressed at our own FHIR base. */
import type { JobEvent } from "../event/event.ts";
import type { Focus } from "./notification.ts";
import { focusTypeOf } from "./topic.ts";

/**
 * The focus of an event. Both resources carry the job's id: the Task is the job, the DocumentReference its newest summary.
 * @param fhirBase without a trailing slash
 */
export function focusOf(event: Pick<JobEvent, "type" | "job">, fhirBase: string): Focus {
  const type = focusTypeOf(event.type);
  // The document comes into being with the signature; everything else happens to something that is there.
  const interaction = event.type === "summary.signed" ? "create" : "update";
  return { url: `${fhirBase}/${type}/${event.job}`, type, id: event.job, interaction };
}
