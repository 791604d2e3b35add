/** The answer to "does this draft still stand?", as the page and the job API give it. */
import { createHash } from "node:crypto";
import type { ChangePrinter } from "./change-text.ts";
import { changeText, isAbnormal } from "./change-text.ts";
import type { SourceChange, SourceChangeKind } from "./source-change.ts";
import { digestOf } from "./sources.ts";

export interface NamedChange {
  /** Names this change to this version of the record, without saying what it is: what a signer acknowledges. */
  readonly id: string;
  readonly kind: SourceChangeKind;
  readonly reference: string;
  readonly version?: string;
  /** Ids of the sentences that it touches. */
  readonly sentences: readonly string[];
  /** For the person who is about to sign; names and values, so PHI. */
  readonly text: string;
  readonly abnormal: boolean;
}

/** Why nothing could be compared. */
export const unreadReasons = ["no-access", "no-answer", "not-kept", "not-here"] as const;
export type UnreadReason = (typeof unreadReasons)[number];

export interface SourceCheck {
  /** RFC 3339. */
  readonly checkedAt: string;
  /** `partly`: the EHR refused some types; `unread`: nothing could be compared. */
  readonly outcome: "checked" | "partly" | "unread";
  readonly reason?: UnreadReason;
  /** FHIR types that could not be read, or not all of them. */
  readonly unread: readonly string[];
  readonly changes: readonly NamedChange[];
}

function idOf({ kind, reference, version, resource }: SourceChange): string {
  const state = version ?? (resource === undefined ? "" : digestOf(resource));
  return createHash("sha256")
    .update(JSON.stringify([kind, reference, state]))
    .digest("hex")
    .slice(0, 16);
}

export function nameChange(change: SourceChange, printer: ChangePrinter): NamedChange {
  const { kind, reference, version, sentences } = change;
  return {
    id: idOf(change),
    kind,
    reference,
    ...(version === undefined ? {} : { version }),
    sentences,
    text: changeText(change, printer),
    abnormal: isAbnormal(change),
  };
}

/** Abnormal results first; the sort is stable, so each group keeps its order. */
export function nameChanges(changes: readonly SourceChange[], printer: ChangePrinter): readonly NamedChange[] {
  return changes
    .map((change) => nameChange(change, printer))
    .toSorted((a, b) => Number(b.abnormal) - Number(a.abnormal));
}

/** Changes that the signer has not been shown; where there are any, the signature is refused. */
export function unacknowledged(check: SourceCheck, acknowledged: readonly string[]): readonly NamedChange[] {
  return check.changes.filter(({ id }) => !acknowledged.includes(id));
}
