/** One patient's chart, read while a hook is answered: bound to the patient of the call and to the time for reading. */
import { AdapterError } from "../core/errors.ts";
import type { HookReader } from "./chart-source.ts";
import { ownershipOf } from "./checks/patient.ts";
import type { PatientReader } from "./service.ts";

/** Newest first, by what a service asks for: what lies deeper is no news. */
const MAX_PAGES = 2;

/** A server may answer with more than was asked: what does not name this patient is dropped (attack list 29). */
export function openPatientReader(reader: HookReader, patientId: string, signal: AbortSignal): PatientReader {
  return {
    read: async (type, id) => {
      const resource = await inTime(reader.read(type, id), signal);
      return resource !== undefined && ownershipOf(resource, patientId) === "own" ? resource : undefined;
    },
    search: async (type, params) => {
      const found = await inTime(reader.search(type, { patient: patientId, ...params }, MAX_PAGES), signal);
      return found.resources.filter((resource) => ownershipOf(resource, patientId) === "own");
    },
  };
}

/** The token's own request does not know our signal, so the wait for it ends here. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  const stop = (): void =>
    late.reject(new AdapterError("ehr_timeout", { detail: "the hook's time for reading is up" }));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return Promise.race([work, late.promise]).finally(() => signal.removeEventListener("abort", stop));
}
