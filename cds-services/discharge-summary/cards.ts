/** The texts of each card. Nothing from the chart stands in them: a card is shown to whoever has the chart open. */
import type { CardDraft } from "../../src/hooks/service.ts";
import type { Link } from "../../src/hooks/cds-hooks.ts";
import type { Job } from "../../src/jobs/jobs.ts";
import type { Wording } from "../../src/core/language/wording.ts";
import { errorTable } from "../../src/core/error-table.ts";

export function inProgressCard(words: Wording, { id, progress }: Job, link: Link): CardDraft {
  return {
    state: "in-progress",
    summary: words.text("card.inProgress"),
    detail: words.text("card.inProgressDetail", {
      step: String(progress.index),
      steps: String(progress.of),
      name: words.text(`step.${progress.step}`),
    }),
    indicator: "info",
    job: id,
    links: [link],
    overridable: true,
  };
}

export function waitingCard(words: Wording, { id }: Job, link: Link): CardDraft {
  return {
    state: "waiting",
    summary: words.text("card.waiting"),
    detail: words.text("card.waitingDetail"),
    indicator: "info",
    job: id,
    links: [link],
    overridable: true,
  };
}

export function draftReadyCard(words: Wording, { id, summary, contextUpdatedAt }: Job, link: Link): CardDraft {
  const sentences = [
    words.text("card.readyDetail"),
    ...(summary?.edited === true ? [words.text("card.readyEdited")] : []),
    ...(contextUpdatedAt === undefined ? [] : [words.text("card.readyChanged")]),
  ];
  return {
    state: "draft-ready",
    summary: words.text("card.ready"),
    detail: sentences.join(" "),
    indicator: "info",
    job: id,
    links: [link],
    overridable: true,
  };
}

export function signedCard(words: Wording, { id, summary }: Job, link: Link): CardDraft {
  const amended = summary?.docStatus === "amended";
  return {
    state: "signed",
    summary: words.text("card.signed"),
    detail: words.text(amended ? "card.amendedDetail" : "card.signedDetail", {
      version: String(summary?.version ?? 1),
    }),
    indicator: "info",
    job: id,
    links: [link],
    overridable: false,
  };
}

/** The table's public text says what failed; without a link there is nothing to try again with. */
export function failedCard(words: Wording, { id, error }: Job, link: Link | undefined): CardDraft {
  const row =
    error !== undefined && Object.hasOwn(errorTable, error)
      ? errorTable[error as keyof typeof errorTable]
      : errorTable.internal;
  return {
    state: "failed",
    summary: words.text("card.failed"),
    detail: words.text(link === undefined ? "card.failedByHand" : "card.failedAgain", { reason: row.title }),
    indicator: "warning",
    job: id,
    ...(link === undefined ? {} : { links: [link] }),
    overridable: true,
  };
}

export function startCard(words: Wording, link: Link): CardDraft {
  return {
    state: "none",
    summary: words.text("card.none"),
    detail: words.text("card.noneDetail"),
    indicator: "info",
    links: [link],
    overridable: true,
  };
}

export function retractedCard(words: Wording, { id }: Job, link: Link): CardDraft {
  return {
    state: "retracted",
    summary: words.text("card.retracted"),
    detail: words.text("card.retractedDetail"),
    indicator: "warning",
    job: id,
    links: [link],
    overridable: true,
  };
}

/** True whatever has happened: nothing could be looked up. */
export function unavailableCard(words: Wording): CardDraft {
  return {
    state: "unavailable",
    summary: words.text("card.unavailable"),
    detail: words.text("card.unavailableDetail"),
    indicator: "warning",
    overridable: false,
  };
}
