/** Reason for hospitalisation: the admission, what it was for, and the complaint in the patient's or clinician's words. */
import { printedName } from "../facts/concept.ts";
import { list } from "../chart/readable.ts";
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { encounterEvidence, enumerate, say } from "./context.ts";
import { diagnosisName } from "./diagnosis-name.ts";
import { firstLine, noteSections, quote } from "./notes.ts";

const lookedFor =
  "the encounter's reason (code or condition), admission diagnoses, and a chief complaint or reason for admission in the notes of this stay";

function participant(context: SectionContext, code: string): string | undefined {
  const found = list(context.chart.encounter.participant).find((entry) =>
    list(entry.type).some((type) => list(type.coding).some((coding) => coding.code === code)),
  );
  const display: unknown = found?.individual?.display;
  return typeof display === "string" && display !== "" ? display : undefined;
}

/** When, how and to whom the patient was admitted. */
export function admissionSentence(context: SectionContext): SentenceDraft | undefined {
  const { encounter } = context.chart;
  const date = context.dates.date(encounter.period?.start);
  if (date === undefined) return undefined;
  const service = printedName(encounter.serviceType);
  const source = printedName(encounter.hospitalization?.admitSource);
  const attending = participant(context, "ATND");
  const performer = attending === undefined ? participant(context, "PPRF") : undefined;
  const marks = [printedName(encounter.priority), source === undefined ? undefined : `admit source: ${source}`].filter(
    (mark) => mark !== undefined,
  );
  const text = `Admitted on ${date}${service === undefined ? "" : ` to ${service}`}${marks.length === 0 ? "" : ` (${marks.join("; ")})`}${attending === undefined ? "" : `; attending: ${attending}`}${performer === undefined ? "" : `; responsible clinician: ${performer}`}`;
  return say(text, encounterEvidence(context, "period.start"));
}

function withRole(context: SectionContext, ...roles: readonly string[]): readonly Fact[] {
  return context
    .of("diagnosis")
    .filter((fact) => fact.diagnosis?.roles.some((role) => roles.includes(role.use ?? "")) === true);
}

/** True when the longer name ends in the shorter one, as whole words. */
function holdsWords(longer: string, shorter: string): boolean {
  return longer.toLowerCase().endsWith(` ${shorter.toLowerCase()}`);
}

function reasons(context: SectionContext): readonly SentenceDraft[] {
  const coded = context.of("reason");
  const all = [...new Set(coded.map((fact) => fact.label))];
  // "Acute cholecystitis" says "Cholecystitis" too.
  const names = all.filter((name) => !all.some((other) => other !== name && holdsWords(other, name)));
  const admission = withRole(context, "AD").filter(
    (fact) => !names.includes(fact.label) && !names.includes(fact.diagnosis?.display ?? ""),
  );
  return [
    ...(names.length === 0 ? [] : [say(`Reason for admission: ${enumerate(names)}`, coded)]),
    ...(admission.length === 0
      ? []
      : [say(`Admission diagnosis: ${enumerate(admission.map(diagnosisName))}`, admission)]),
  ];
}

function complaints(context: SectionContext): readonly SentenceDraft[] {
  const complaint = noteSections(
    context,
    /^(?:chief complaint|reason for (?:admission|visit)|presenting complaint)$/iu,
  ).filter(({ section }) => !/^no (?:current )?complaints?\.?$/iu.test(section.text));
  const history = noteSections(context, /^(?:history of present illness|hpi)$/iu);
  return [
    ...complaint.slice(0, 1).map((found) => quote(context, "Chief complaint", firstLine(found), 300)),
    ...history.slice(0, 1).map((found) => quote(context, "History of present illness", found, 400)),
  ];
}

/** Writes `reason`. */
export function reasonSection(context: SectionContext): SectionDraft {
  const found = [...reasons(context), ...complaints(context)];
  const admission = admissionSentence(context);
  return { sentences: found.length === 0 || admission === undefined ? found : [admission, ...found], lookedFor };
}
