/**
 * The life of a summary, act by act: who did what to which text, each act's hash over the act and the hash before it. Whoever
 * holds the acts can check them without a key; the audit log holds the same hashes under one.
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical.ts";
import { editableText } from "./merge-edit.ts";
import type { DocStatus, SummaryTransition } from "./status.ts";
import type { Section, SectionId } from "./summary.ts";
import type { DiffPart } from "./text-diff.ts";
import { textAfter, textBefore, textDiff } from "./text-diff.ts";

/** `draft` is the engine's: everything after it is a person's. */
export const summaryActNames = ["draft", "edit", "sign", "amend", "retract", "discard"] as const satisfies readonly (
  | "draft"
  | SummaryTransition
)[];
export type SummaryActName = (typeof summaryActNames)[number];

export interface SectionChange {
  readonly id: SectionId;
  readonly title: string;
  readonly diff: readonly DiffPart[];
}

/** What the signer was told of the draft's sources, as it was told. */
export interface CheckedSources {
  /** RFC 3339. */
  readonly checkedAt: string;
  readonly outcome: "checked" | "partly" | "unread";
  /** Sentences that named a change, and that the signer acknowledged. */
  readonly acknowledged: readonly string[];
}

/** What of an act is PHI, or may hold it: kept sealed. */
export interface SummaryActDetails {
  readonly sections: readonly SectionChange[];
  readonly attestation?: string;
  /** Why it was amended, retracted or discarded. */
  readonly reason?: string;
  readonly sources?: CheckedSources;
}

export interface SummaryAct {
  /** From 1, without gaps. */
  readonly number: number;
  readonly act: SummaryActName;
  readonly version: number;
  readonly revision: number;
  readonly docStatus: DocStatus;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly by: { readonly kind: string; readonly id: string; readonly display?: string };
  /** Of the text after the act (canonical.ts). */
  readonly sha256: string;
  /** `chain` of the act before; empty for the first. */
  readonly previous: string;
  /** Hex SHA-256, see `chainOf`. */
  readonly chain: string;
  readonly details: SummaryActDetails;
}

/**
 * Hex SHA-256 over the canonical JSON of job, act, text hash, details and the hash before: no act can be changed, taken out or
 * put in without every later one telling.
 */
export function chainOf(job: string, act: Omit<SummaryAct, "chain">): string {
  return createHash("sha256")
    .update(canonicalJson({ job, ...act }), "utf8")
    .digest("hex");
}

/** Per section what differs; sections that only one side has are skipped, since an edit neither makes nor removes any. */
export function sectionChanges(before: readonly Section[], after: readonly Section[]): readonly SectionChange[] {
  return after.flatMap((section) => {
    const old = before.find(({ id }) => id === section.id);
    if (old === undefined) return [];
    const [from, to] = [editableText(old), editableText(section)];
    return from === to ? [] : [{ id: section.id, title: section.title, diff: textDiff(from, to) }];
  });
}

export type HistoryVerdict =
  | { readonly ok: true; readonly acts: number; readonly chain: string }
  | {
      readonly ok: false;
      readonly acts: number;
      /** Number of the first act that does not hold; one more than `acts` where the summary itself is another than the last act left. */
      readonly at: number;
      readonly problem: (typeof historyProblems)[number];
    };

/**
 * - `gap`: an act is missing
 * - `changed`: an act is not as it was written
 * - `text`: an act began from another text than the act before left
 * - `end`: the summary as it stands is not what the last act left
 * - `undone`: the audit log tells of an act that the history no longer has
 */
export const historyProblems = ["gap", "changed", "text", "end", "undone"] as const;

/** The newest version as it stands; `sha256` computed from its text now. */
export interface PresentSummary extends Pick<SummaryAct, "version" | "revision" | "docStatus" | "sha256"> {
  readonly sections: readonly Section[];
}

function isEnd(last: SummaryAct | undefined, present: PresentSummary): boolean {
  return (
    last?.sha256 === present.sha256 &&
    last.version === present.version &&
    last.revision === present.revision &&
    last.docStatus === present.docStatus
  );
}

/**
 * Checks a whole history against the summary as it stands.
 *
 * @param audited hashes of this summary's acts by the audit log: a history whose last acts were taken away together with what
 *   they did holds by itself
 */
export function verifyHistory(
  job: string,
  acts: readonly SummaryAct[],
  present: PresentSummary,
  audited: readonly string[] = [],
): HistoryVerdict {
  let previous = "";
  const texts = new Map<SectionId, string>();
  for (const [index, { chain, ...act }] of acts.entries()) {
    const at = index + 1;
    const broken = (problem: (typeof historyProblems)[number]): HistoryVerdict => ({
      ok: false,
      acts: index,
      at,
      problem,
    });
    if (act.number !== at) return broken("gap");
    if (act.previous !== previous || chainOf(job, act) !== chain) return broken("changed");
    for (const { id, diff } of act.details.sections) {
      const known = texts.get(id);
      if (known !== undefined && known !== textBefore(diff)) return broken("text");
      texts.set(id, textAfter(diff));
    }
    previous = chain;
  }
  const stands =
    isEnd(acts.at(-1), present) &&
    present.sections.every((section) => (texts.get(section.id) ?? editableText(section)) === editableText(section));
  if (!stands) return { ok: false, acts: acts.length, at: acts.length + 1, problem: "end" };
  const kept = new Set(acts.map(({ chain }) => chain));
  if (audited.some((chain) => !kept.has(chain)))
    return { ok: false, acts: acts.length, at: acts.length + 1, problem: "undone" };
  return { ok: true, acts: acts.length, chain: previous };
}

/** What people changed in all since the draft was written: the engine's text against the text as it stands. */
export function changesSinceDraft(acts: readonly SummaryAct[], present: readonly Section[]): readonly SectionChange[] {
  const first = new Map<SectionId, string>();
  for (const { details } of acts)
    for (const { id, diff } of details.sections) if (!first.has(id)) first.set(id, textBefore(diff));
  return present.flatMap((section) => {
    const [drafted, now] = [first.get(section.id), editableText(section)];
    return drafted === undefined || drafted === now
      ? []
      : [{ id: section.id, title: section.title, diff: textDiff(drafted, now) }];
  });
}
