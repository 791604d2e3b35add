/** Instructions to patient and family: what the chart says was, or is to be, told to them. */
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { capitalized, say } from "./context.ts";
import { noteSections, quote } from "./notes.ts";

const standing: ReadonlySet<string> = new Set([
  "active",
  "completed",
  "in-progress",
  "on-hold",
  "draft",
  "preparation",
]);

/** One sentence an activity: each stands alone on the patient's sheet. */
function plans(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("plan")
    .filter((fact) => fact.period === "this-stay" && standing.has(fact.status ?? "active"));
  // That a diet order stands, or has been carried out, is nothing to tell the patient.
  const over = ["active", "completed"].map((status) => ` (${context.words.code(status)})`);
  return facts.map((fact) =>
    say(
      fact.text.startsWith("Instruction: ")
        ? fact.label
        : capitalized(over.reduce((text, status) => text.replace(status, ""), fact.text)),
      fact,
    ),
  );
}

function withInstruction(context: SectionContext): readonly SentenceDraft[] {
  const orders = context
    .of("order")
    .filter(
      (fact) => fact.period === "this-stay" && fact.order?.instruction !== undefined && fact.status !== "revoked",
    );
  const medicines = context
    .of("medication")
    .filter(
      (fact) =>
        fact.medication?.list === "discharge" &&
        fact.medication.patientInstruction !== undefined &&
        fact.status === "active",
    );
  const write = (fact: Fact, instruction: string | undefined): SentenceDraft =>
    say(`${fact.label}: ${instruction ?? ""}`, fact);
  return [
    ...medicines.map((fact) => write(fact, fact.medication?.patientInstruction)),
    ...orders.map((fact) => write(fact, fact.order?.instruction)),
  ];
}

function goals(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("goal")
    .filter(
      (fact) =>
        fact.period === "this-stay" &&
        (fact.status === "active" || fact.status === "accepted" || fact.status === "planned"),
    );
  return facts.length === 0
    ? []
    : [say(context.words.text("instructions.goals", { goals: facts.map((fact) => fact.label).join("; ") }), facts)];
}

/** LOINC: instructions, (hospital) discharge instructions, patient education. */
const instructionCodes: ReadonlySet<string> = new Set(["69730-0", "74213-0", "8653-8", "34895-3", "69981-9"]);

function isForPatient(fact: Fact): boolean {
  return fact.codes.some(({ code }) => instructionCodes.has(code ?? "")) || /\binstructions?\b/iu.test(fact.label);
}

/** Whole notes written for the patient. */
function instructionNotes(context: SectionContext): readonly SentenceDraft[] {
  const notes = context
    .of("note")
    .filter((fact) => fact.period === "this-stay" && fact.note?.suspicious === false && isForPatient(fact));
  return notes.flatMap((fact) =>
    (fact.note?.sections ?? []).map((section) => quote(context, fact.label, { fact, section }, 800)),
  );
}

/** What nurses wrote about teaching: the sentence, not the shift. */
function teaching(context: SectionContext): readonly SentenceDraft[] {
  const notes = context.of("note").filter((fact) => fact.period === "this-stay" && fact.note?.suspicious === false);
  const found = notes.flatMap((fact) =>
    (fact.note?.sections ?? []).flatMap((section) =>
      section.text
        .split(/(?<=[.!?])\s+/u)
        .filter((sentence) => taught.test(sentence))
        .map((text) => ({ fact, section: { ...section, text } })),
    ),
  );
  return found.slice(-3).map((item) => quote(context, context.words.text("instructions.teaching"), item, 300));
}

const taught =
  /\b(?:teaching|education) (?:on|about|done|given|provided|completed)|\b(?:taught|instructed|educated) (?:on|about|in|the patient|patient|family)/iu;

const instructionTitle =
  /^(?:(?:discharge|patient|home|post-?operative) instructions?|patient education|diet|activity|wound care|education)\b/iu;

/** Writes `instructions`. */
export function instructionsSection(context: SectionContext): SectionDraft {
  const quoted = noteSections(context, instructionTitle).map((found) =>
    quote(context, found.section.title, found, 800),
  );
  return {
    sentences: [
      ...instructionNotes(context),
      ...quoted,
      ...plans(context),
      ...withInstruction(context),
      ...teaching(context),
      ...goals(context),
    ],
    lookedFor: "instructions.lookedFor",
  };
}
