/** How things stand with an encounter's summary, as the card tells it (the contract's table of states). */
import type { Job } from "../../src/jobs/jobs.ts";

export type CardState =
  | "none"
  | "waiting"
  | "in-progress"
  | "draft-ready"
  | "signed"
  | "failed"
  | "discarded"
  | "retracted";

/** A finished job speaks through its document; `cancelled` was a clinician's choice, as `discarded` is. */
export function stateOf(job: Job | undefined): CardState {
  if (job === undefined) return "none";
  switch (job.status) {
    case "waiting":
      return "waiting";
    case "requested":
    case "in-progress":
      return "in-progress";
    case "cancelled":
      return "discarded";
    case "failed":
      return "failed";
    case "completed":
      return documentState(job);
  }
}

function documentState({ summary }: Job): CardState {
  switch (summary?.docStatus) {
    case "preliminary":
      return "draft-ready";
    case "final":
    case "amended":
      return "signed";
    case "entered-in-error":
      return "retracted";
    case "discarded":
      return "discarded";
    case undefined:
      return "failed";
  }
}
