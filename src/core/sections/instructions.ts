/** Instructions to patient and family: what the chart says was, or is to be, told to them. */
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { enumerate, groupBy, say } from "./context.ts";
import { noteSections, quote } from "./notes.ts";

const lookedFor =
  "care plans, diet orders, messages to the patient, patient instructions of orders and medicines, and instruction or education sections of this stay's notes";

const standing: ReadonlySet<string> = new Set(["active", "completed", "in-progress", "on-hold", "draft", "preparation"]);

function plans(context: SectionContext): readonly SentenceDraft[] {
  const facts = context.of("plan").filter((fact) => fact.period === "this-stay" && standing.has(fact.status ?? "active"));
  const groups = groupBy(facts, (fact) => fact.evidence[0]?.reference ?? "");
  return [...groups.values()].map((group) => {
    const names = [...new Set(group.map((fact) => fact.label))];
    const title = /^([^:]+): /u.exec(group.find((fact) => fact.text !== fact.label)?.text ?? "")?.[1];
    const lead = title === undefined || names.includes(title) || names.some((name) => name.startsWith(title)) ? "" : `${title}: `;
    return say(`${lead}${enumerate(names)}`, group);
  });
}

function withInstruction(context: SectionContext): readonly SentenceDraft[] {
  const orders = context.of("order").filter((fact) => fact.period === "this-stay" && fact.order?.instruction !== undefined && fact.status !== "revoked");
  const medicines = context.of("medication").filter((fact) => fact.medication?.list === "discharge" && fact.medication.patientInstruction !== undefined && fact.status === "active");
  const write = (fact: Fact, instruction: string | undefined): SentenceDraft => say(`${fact.label}: ${instruction ?? ""}`, fact);
  return [...medicines.map((fact) => write(fact, fact.medication?.patientInstruction)), ...orders.map((fact) => write(fact, fact.order?.instruction))];
}

function goals(context: SectionContext): readonly SentenceDraft[] {
  const facts = context.of("goal").filter((fact) => fact.period === "this-stay" && (fact.status === "active" || fact.status === "accepted" || fact.status === "planned"));
  return facts.length === 0 ? [] : [say(`Goals: ${enumerate(facts.map((fact) => fact.label))}`, facts)];
}

const instructionTitle = /^(?:(?:discharge|patient|home|post-?operative) instructions?|patient education|diet|activity|wound care|education)\b/iu;

/** Writes `instructions`. */
export function instructionsSection(context: SectionContext): SectionDraft {
  const quoted = noteSections(context, instructionTitle).map((found) => quote(context, found.section.title, found, 800));
  return { sentences: [...quoted, ...plans(context), ...withInstruction(context), ...goals(context)], lookedFor };
}
