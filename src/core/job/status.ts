/** The job's state machine: the words of FHIR Task, drawn in docs/state-machines.md. */

export const jobStatuses = ["requested", "waiting", "in-progress", "completed", "failed", "cancelled"] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** What can happen to a job. Each arrow of the drawing is one of these. */
export type JobTransition =
  | "wait-for-chart" // neither prefetch nor backend access: a SMART launch must bring the chart
  | "chart-arrived"
  | "claim" // a worker takes the job
  | "release" // a deploy hands the job back: not a failed attempt
  | "worker-lost" // the reaper takes the job from a dead worker
  | "retry-step" // a step failed and may be tried again
  | "complete"
  | "fail"
  | "cancel";

const arrows: Record<JobTransition, Partial<Record<JobStatus, JobStatus>>> = {
  "wait-for-chart": { requested: "waiting", "in-progress": "waiting" },
  "chart-arrived": { waiting: "requested" },
  claim: { requested: "in-progress" },
  release: { "in-progress": "requested" },
  "worker-lost": { "in-progress": "requested" },
  "retry-step": { "in-progress": "requested" },
  complete: { "in-progress": "completed" },
  fail: { requested: "failed", waiting: "failed", "in-progress": "failed" },
  cancel: { requested: "cancelled", waiting: "cancelled", "in-progress": "cancelled" },
};

/** The status after `transition`, or undefined where the drawing has no such arrow. */
export function transitionJob(from: JobStatus, transition: JobTransition): JobStatus | undefined {
  return arrows[transition][from];
}

/** True while work is still owed: at most one such job per tenant, encounter and document type. */
export function isOpen(status: JobStatus): boolean {
  return status === "requested" || status === "waiting" || status === "in-progress";
}

/** The steps of the work, in order, as `task.progress` names them. */
export const jobSteps = ["reading", "structuring", "writing", "verifying"] as const;
export type JobStep = (typeof jobSteps)[number];

export interface JobProgress {
  readonly step: JobStep;
  /** Position of the step, from 1. */
  readonly index: number;
  /** Number of steps. */
  readonly of: number;
  /** Share of the whole work that is done, 0 to 1. */
  readonly value: number;
}

/** Progress at the start of a step: the share of steps that lie behind. */
export function progressAt(step: JobStep): JobProgress {
  const position = jobSteps.indexOf(step);
  return { step, index: position + 1, of: jobSteps.length, value: position / jobSteps.length };
}
