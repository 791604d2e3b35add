/** Where a stream resumes: `Last-Event-ID`, or `lastEventId` in the query for clients that cannot send the header. */
import { AdapterError } from "../errors.ts";

const form = /^(?<job>[A-Za-z0-9_-]{1,64}):(?<sequence>0|[1-9][0-9]{0,14})$/u;

/**
 * The sequence after which to go on; 0 without an id. An id that is malformed, names another job or lies beyond the log's
 * head is a 400: resuming elsewhere would silently lose or repeat text.
 */
export function resumeAfter(lastEventId: string | undefined, job: string, lastSequence: number): number {
  if (lastEventId === undefined || lastEventId === "") return 0;
  const parts = form.exec(lastEventId)?.groups;
  const sequence = Number(parts?.["sequence"]);
  if (parts?.["job"] !== job || !(sequence <= lastSequence)) {
    throw new AdapterError("parameter_invalid", { at: "Last-Event-ID" });
  }
  return sequence;
}
