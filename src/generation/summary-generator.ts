/** The port that every engine implements, and that the job's worker drives. */
import type { Jurisdiction } from "../core/jurisdiction/jurisdiction.ts";
import type { Language } from "../core/language/language.ts";
import type { Chart } from "../core/chart/chart.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { JobStep } from "../core/job/status.ts";
import type { AppliedStyle } from "../core/house-style/house-style.ts";
import type { Wording } from "../core/language/wording.ts";
import type { Section, SectionId } from "../core/summary/summary.ts";

/** Settings of the tenant that change the text. */
export interface GenerationOptions {
  /** IANA zone in which dates and times are printed. */
  readonly timeZone: string;
  /** Of everything that the summary says of its own; the chart's words stay as they are. */
  readonly language: Language;
  readonly jurisdiction: Jurisdiction;
  /** The hospital's own wording of that language. */
  readonly words?: Wording;
  /** The style that it comes from. */
  readonly style?: AppliedStyle;
}

export interface GenerationRequest {
  readonly chart: Chart;
  readonly options: GenerationOptions;
  /** Sections that an earlier attempt finished: they stand as they are and are not yielded again. */
  readonly finished: readonly Section[];
  /** Aborts on cancel, on loss of the lease and on shutdown. The engine passes it to every outbound call. */
  readonly signal: AbortSignal;
  /** Opaque id for the provider's logs. */
  readonly requestId: string;
  /** Whose books the calls go into; absent where nobody keeps any (evaluations). */
  readonly job?: string;
}

/** What an engine tells while it works, in order. */
export type GenerationEvent =
  | { readonly kind: "step"; readonly step: JobStep }
  /** Text of a section that is still being written; unverified. */
  | { readonly kind: "delta"; readonly section: SectionId; readonly text: string }
  /** Text sent for this section so far is void. */
  | { readonly kind: "reset"; readonly section: SectionId }
  /** A section is finished and verified; it replaces the deltas of that section. */
  | { readonly kind: "section"; readonly section: Section };

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** One call of a model as it is remembered: counts, names and hashes, nothing of what was said. */
export interface CallRecord {
  readonly part: string;
  readonly provider: string;
  readonly model: string;
  /** Hex SHA-256 over the instruction, task and shape of the answer. */
  readonly promptHash: string;
  /** `nothing-stood`: it answered, and no sentence passed the gate. An error code otherwise. */
  readonly outcome: "written" | "nothing-stood" | "cancelled" | ErrorCode;
  readonly durationMs: number;
  /** Answered from an earlier call that asked the same. */
  readonly cached: boolean;
  readonly usage?: Usage;
  readonly factsShown: number;
  /** Facts that would have told something and found no room in the request. */
  readonly factsLeftOut: number;
  /** Sentences of the model that stand, and that fell. */
  readonly stood: number;
  readonly dropped: number;
  /** Fallen sentences by the rule that refused them. */
  readonly drops: Readonly<Record<string, number>>;
}

/** How the model's part of a summary came about; stored with it. */
export interface GenerationRecord {
  readonly promptVersion: string;
  readonly temperature: number;
  readonly seed: number;
  readonly calls: readonly CallRecord[];
}

export interface GenerationResult {
  readonly engine: "template" | "model";
  readonly model?: string;
  readonly usage?: Usage;
  /** Why the model's part was replaced by the template's, as an error code; absent when nothing fell back. */
  readonly fellBackBecause?: string;
  /** Model sentences that the gate dropped. */
  readonly droppedSentences: number;
  /** Absent where no model was asked. */
  readonly record?: GenerationRecord;
}

/**
 * Writes a summary from a chart. Yields events, returns the result. Throws AdapterError; when `signal` aborts it
 * throws the signal's reason.
 */
export interface SummaryGenerator {
  readonly engine: "template" | "model";
  generate(request: GenerationRequest): AsyncGenerator<GenerationEvent, GenerationResult>;
}
