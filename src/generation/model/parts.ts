/** What a model writes: the story, one line of it, and the way home in plain words. Everything else is computed. */
import type { FactKind } from "../../core/chart/facts.ts";
import type { SectionId } from "../../core/summary/summary.ts";

export const modelPartIds = ["course", "one-liner", "patient-wording"] as const;
export type ModelPartId = (typeof modelPartIds)[number];

export interface ModelPart {
  readonly id: ModelPartId;
  readonly section: SectionId;
  /**
   * `replace`: the model's sentences stand for the template's, which stand in for those that fall. `lead` and `append`: the
   * template's sentences stay word for word, the model's go before or behind them.
   */
  readonly placement: "replace" | "lead" | "append";
  /** What is asked, in the user message. */
  readonly task: string;
  /** Rules of this part, behind those that hold for all. */
  readonly rules: readonly string[];
  /** Kinds of facts that it may rest on, the telling ones first. */
  readonly kinds: readonly FactKind[];
  /** More is no summary but a model that repeats itself. */
  readonly mostSentences: number;
  readonly maxOutputTokens: number;
  /** Room for facts in the request, in estimated tokens. */
  readonly factBudgetTokens: number;
}

const course: ModelPart = {
  id: "course",
  section: "course",
  placement: "replace",
  task: "Write the hospital course of this inpatient stay.",
  rules: [
    "Write 4 to 20 short sentences in plain clinical English, in the order of events. One sentence says one or two things.",
  ],
  kinds: [
    "stay",
    "reason",
    "diagnosis",
    "procedure",
    "report",
    "medication",
    "administration",
    "result",
    "note",
    "device",
    "disposition",
    "condition-at-discharge",
    "vital",
    "plan",
  ],
  mostSentences: 80,
  maxOutputTokens: 2000,
  factBudgetTokens: 6000,
};

const oneLiner: ModelPart = {
  id: "one-liner",
  section: "reason",
  placement: "lead",
  task: "Write one sentence that says who was admitted, when, and why.",
  rules: [
    "Write exactly one sentence of at most 35 words: the person, the day of admission, the reason for it.",
    "Write the patient's age as [age]: it is filled in later.",
  ],
  kinds: ["stay", "reason", "diagnosis"],
  mostSentences: 2,
  maxOutputTokens: 200,
  factBudgetTokens: 1000,
};

const patientWording: ModelPart = {
  id: "patient-wording",
  section: "instructions",
  placement: "append",
  task: "Tell the patient in plain words what was found and done.",
  rules: [
    'Write 2 to 6 short sentences that a person without medical training understands, speaking of "the patient".',
    "Tell only what was found and what was done in hospital. Give no instruction about a medicine, a diet or a visit.",
  ],
  kinds: ["reason", "stay", "diagnosis", "procedure", "disposition"],
  mostSentences: 8,
  maxOutputTokens: 500,
  factBudgetTokens: 1500,
};

const parts: Readonly<Record<ModelPartId, ModelPart>> = {
  course,
  "one-liner": oneLiner,
  "patient-wording": patientWording,
};

/** In the order in which they are written: the story first, because it takes longest and somebody waits for it. */
export function modelParts(ids: readonly ModelPartId[]): readonly ModelPart[] {
  return modelPartIds.filter((id) => ids.includes(id)).map((id) => parts[id]);
}
