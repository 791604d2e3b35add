/** Reason for hospitalisation: the admission, what it was for, and the complaint in the patient's or clinician's words. */
import { printedName } from "../facts/concept.ts";
import { joined } from "../facts/draft.ts";
import { list } from "../chart/readable.ts";
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { encounterEvidence, say } from "./context.ts";
import { diagnosisName } from "./diagnosis-name.ts";
import { firstLine, noteSections, quote } from "./notes.ts";

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
  const { words } = context;
  const marks = joined(
    [printedName(encounter.priority), source === undefined ? undefined : words.text("reason.source", { source })],
    "; ",
  );
  const text = words.text("reason.admitted", {
    date,
    service,
    marks: marks === "" ? undefined : marks,
    attending,
    responsible: performer,
  });
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
  const { words } = context;
  const diagnoses = words.list(admission.map(diagnosisName));
  return [
    ...(names.length === 0 ? [] : [say(words.text("reason.reason", { names: words.list(names) }), coded)]),
    ...(admission.length === 0 ? [] : [say(words.text("reason.diagnosis", { names: diagnoses }), admission)]),
  ];
}

function complaints(context: SectionContext): readonly SentenceDraft[] {
  const complaint = noteSections(
    context,
    /^(?:chief complaint|reason for (?:admission|visit)|presenting complaint)$/iu,
  ).filter(({ section }) => !/^no (?:current )?complaints?\.?$/iu.test(section.text));
  const history = noteSections(context, /^(?:history of present illness|hpi)$/iu);
  return [
    ...complaint
      .slice(0, 1)
      .map((found) => quote(context, context.words.text("reason.complaint"), firstLine(found), 300)),
    ...history.slice(0, 1).map((found) => quote(context, context.words.text("reason.history"), found, 400)),
  ];
}

/** Writes `reason`. */
export function reasonSection(context: SectionContext): SectionDraft {
  const found = [...reasons(context), ...complaints(context)];
  const admission = admissionSentence(context);
  return {
    sentences: found.length === 0 || admission === undefined ? found : [admission, ...found],
    lookedFor: "reason.lookedFor",
  };
}
