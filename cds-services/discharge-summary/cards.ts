/** The texts of each card. Nothing from the chart stands in them: a card is shown to whoever has the chart open. */
import type { CardDraft } from "../../src/hooks/service.ts";
import type { Link } from "../../src/hooks/cds-hooks.ts";
import type { Job } from "../../src/jobs/jobs.ts";
import { errorTable } from "../../src/core/error-table.ts";

const stepNames = {
  reading: "reading the chart",
  structuring: "sorting the findings",
  writing: "writing",
  verifying: "checking each sentence",
} as const;

export function inProgressCard({ id, progress }: Job, link: Link): CardDraft {
  return {
    state: "in-progress",
    summary: "A discharge summary draft is being prepared.",
    detail: `Step ${progress.index} of ${progress.of}: ${stepNames[progress.step]}. You can open it now and read along.`,
    indicator: "info",
    job: id,
    links: [link],
    overridable: true,
  };
}

export function waitingCard({ id }: Job, link: Link): CardDraft {
  return {
    state: "waiting",
    summary: "The discharge summary waits for access to the chart.",
    detail: "Open it once: the draft is then written with your own access to this chart.",
    indicator: "info",
    job: id,
    links: [link],
    overridable: true,
  };
}

export function draftReadyCard({ id, summary, contextUpdatedAt }: Job, link: Link): CardDraft {
  const edited = summary?.edited === true ? " It has been edited since it was written." : "";
  const changed = contextUpdatedAt === undefined ? "" : " The chart has changed since the draft was written.";
  return {
    state: "draft-ready",
    summary: "The discharge summary draft is ready: review and sign.",
    detail: `Each sentence shows where in the chart it comes from.${edited}${changed}`,
    indicator: "info",
    job: id,
    links: [link],
    overridable: true,
  };
}

export function signedCard({ id, summary }: Job, link: Link): CardDraft {
  const amended = summary?.docStatus === "amended" ? " It was amended after signing." : "";
  return {
    state: "signed",
    summary: "The discharge summary of this stay is signed.",
    detail: `Version ${summary?.version ?? 1}.${amended}`,
    indicator: "info",
    job: id,
    links: [link],
    overridable: false,
  };
}

/** The table's public text says what failed; without a link there is nothing to try again with. */
export function failedCard({ id, error }: Job, link: Link | undefined): CardDraft {
  const row =
    error !== undefined && Object.hasOwn(errorTable, error)
      ? errorTable[error as keyof typeof errorTable]
      : errorTable.internal;
  const remedy =
    link === undefined
      ? "Please write the summary by hand, or ask your IT service desk."
      : "You can try again, or write the summary by hand.";
  return {
    state: "failed",
    summary: "The discharge summary draft could not be written.",
    detail: `${row.title} ${remedy}`,
    indicator: "warning",
    job: id,
    ...(link === undefined ? {} : { links: [link] }),
    overridable: true,
  };
}

export function startCard(link: Link): CardDraft {
  return {
    state: "none",
    summary: "No discharge summary has been started for this stay.",
    detail: "A draft takes about a minute. Nothing is filed before somebody has signed it.",
    indicator: "info",
    links: [link],
    overridable: true,
  };
}

export function retractedCard({ id }: Job, link: Link): CardDraft {
  return {
    state: "retracted",
    summary: "The discharge summary of this stay was retracted.",
    detail: "A new one can be started.",
    indicator: "warning",
    job: id,
    links: [link],
    overridable: true,
  };
}

/** True whatever has happened: nothing could be looked up. */
export const unavailableCard: CardDraft = {
  state: "unavailable",
  summary: "Discharge summaries are briefly unavailable.",
  detail:
    "Nothing is lost: drafts and signed summaries are kept. Open this patient again in a minute; if this stays, ask your IT service desk.",
  indicator: "warning",
  overridable: false,
};
