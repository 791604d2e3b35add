/** Task, the FHIR word for a job. */
import { AdapterError } from "../../core/errors.ts";
import type { JobStatus } from "../../core/job/status.ts";
import { jobStatuses } from "../../core/job/status.ts";
import { taskOf, taskStatus } from "../../core/notification/focus-resource.ts";
import { codeOf, valueOf } from "../../http/fhir/search-request.ts";
import type { JobResource } from "./job-resources.ts";
import { sharedParameters } from "./read-search.ts";

/** The job's status by the word of Task.status. Throws 400 for a word that no Task here ever has. */
function jobStatusOf(word: string): JobStatus {
  const status = jobStatuses.find((candidate) => taskStatus[candidate] === word);
  if (status !== undefined) return status;
  const words = jobStatuses.map((candidate) => taskStatus[candidate]).join(", ");
  throw new AdapterError("parameter_invalid", { at: "status", message: `A Task here is ${words}.` });
}

export const task: JobResource = {
  type: "Task",
  action: "job.read",
  searchParam: [...sharedParameters, { name: "modified", type: "date" }, { name: "status", type: "token" }],
  moments: { _lastUpdated: "updated", modified: "updated" },
  render: async (job, { focusContext }) => taskOf(job, focusContext(job.tenant)),
  narrowed: (query, filters) => {
    const word = valueOf(query, "status");
    return word === undefined ? filters : { ...filters, status: jobStatusOf(codeOf(word)) };
  },
};
