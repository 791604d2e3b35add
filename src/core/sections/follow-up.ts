/** Follow-up: appointments, referrals, tasks, what notes ask for, and findings somebody should look at again. */
import type { Fact } from "../chart/facts.ts";
import { compareTimes } from "../facts/dates.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { excerpt, inQuotes, say } from "./context.ts";
import { isFollowUp } from "./pending.ts";
import { noteName, noteSections, quote, statementsIn } from "./notes.ts";

const upcoming: ReadonlySet<string> = new Set([
  "booked",
  "pending",
  "proposed",
  "waitlist",
  "arrived",
  "requested",
  "accepted",
  "received",
  "ready",
  "in-progress",
  "draft",
]);

/** An appointment counts from the discharge on; while the stay is open, from the admission on. */
function isAhead(context: SectionContext, fact: Fact): boolean {
  const { start, end } = context.chart.encounter.period ?? {};
  const bound = end ?? start;
  return (
    fact.time === undefined ||
    bound === undefined ||
    compareTimes(fact.time, bound) >= 0 ||
    context.dates.day(fact.time) === context.dates.day(bound)
  );
}

/** Appointments made long after the discharge belong to other care; half a year is what a summary speaks of. */
const horizonMs = 183 * 86_400_000;

function isNear(context: SectionContext, fact: Fact): boolean {
  const bound = context.chart.encounter.period?.end;
  return bound === undefined || fact.time === undefined || compareTimes(fact.time, bound) <= horizonMs;
}

function appointments(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("appointment")
    .filter((fact) => upcoming.has(fact.status ?? "") && isAhead(context, fact) && isNear(context, fact));
  return facts.map((fact) => {
    const when = context.dates.dateTime(fact.time);
    const { with: who, instruction, reason } = fact.appointment ?? {};
    const isTask = fact.evidence[0]?.reference.startsWith("Task/") === true;
    const { words } = context;
    const values = { status: words.code(fact.status ?? ""), name: fact.label, who, reason, instruction };
    const what = isTask ? "task" : "appointment";
    return say(
      when === undefined
        ? words.text(`followUp.${what}Undated`, values)
        : words.text(`followUp.${what}`, { ...values, when }),
      fact,
    );
  });
}

function referrals(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("order")
    .filter(
      (fact) =>
        fact.period === "this-stay" &&
        isFollowUp(fact) &&
        (fact.status === "active" || fact.status === "draft" || fact.status === "on-hold") &&
        fact.order?.resulted === false,
    );
  return facts.map((fact) => {
    const { requester, performer, due, reason, note } = fact.order ?? {};
    const { words, dates } = context;
    return say(
      words.text(fact.order?.category === "referral" ? "followUp.referral" : "followUp.order", {
        status: words.code(fact.status ?? ""),
        name: fact.label,
        performer,
        due: dates.date(due),
        date: dates.date(fact.time),
        requester,
        reason,
        note: note === undefined ? undefined : inQuotes(excerpt(note, 200)),
      }),
      fact,
    );
  });
}

/** A plan for the days after an operation is a plan for the ward, unless it speaks of later. */
const wardPlan = /^post-?operative plan/iu;
const speaksOfLater =
  /\b(?:clinic|follow[- ]?up|appointment|outpatient|after discharge|at home|weeks?|months?|sutures?|staples?)\b/iu;

const followUpTitle = /^(?:follow[- ]?up|recommendations?|post-?operative plan|plan for discharge|outpatient)/iu;

/** What a report asks somebody to do later. */
const recommends =
  /\b(?:incidental(?:ly)?|recommend(?:ed|s)?|follow[- ]?up (?:imaging|ct|mri|ultrasound|with|in)|repeat (?:imaging|ct|mri|ultrasound|chest|x-?ray|colonoscopy)|surveillance|further evaluation|correlat)/iu;

const leansBack =
  /^(?:recommend|follow[- ]?up|repeat|suggest|correlat|further|surveillance|consider|advise|clinical correlation)/iu;

function recommendations(context: SectionContext): readonly SentenceDraft[] {
  const reports = context
    .of("report")
    .filter((fact) => fact.period === "this-stay" && recommends.test(fact.report?.conclusion ?? ""));
  return reports.map((fact) => {
    const sentences = (fact.report?.conclusion ?? "").split(/(?<=[.!?])\s+/u);
    // "Follow-up CT in 6 months." needs the sentence before it; one that names its finding does not.
    const asking = sentences.filter(
      (sentence, index) => recommends.test(sentence) || leansBack.test(sentences[index + 1] ?? ""),
    );
    return say(
      context.words.text("followUp.finding", { report: noteName(context, fact), text: inQuotes(asking.join(" ")) }),
      fact,
    );
  });
}

/** Findings in notes that somebody should look at again; what a follow-up heading says is quoted whole already. */
function notedFindings(context: SectionContext): readonly SentenceDraft[] {
  const seen = new Set<string>();
  return context
    .of("note")
    .filter((fact) => fact.period === "this-stay")
    .flatMap((fact) =>
      statementsIn(context, fact, "incidental")
        .filter(({ assertion, label }) => assertion !== "absent" && !seen.has(label) && seen.add(label))
        .map((statement) =>
          say(
            context.words.text("followUp.finding", {
              report: noteName(context, fact),
              text: inQuotes(statement.label),
            }),
            statement,
          ),
        ),
    );
}

/** Writes `follow-up`. */
export function followUpSection(context: SectionContext): SectionDraft {
  const quoted = noteSections(context, followUpTitle)
    .filter(({ section }) => !wardPlan.test(section.title) || speaksOfLater.test(section.text))
    .map((found) => quote(context, found.section.title, found, 500));
  return {
    sentences: [
      ...appointments(context),
      ...referrals(context),
      ...quoted,
      ...recommendations(context),
      ...notedFindings(context),
    ],
    lookedFor: "followUp.lookedFor",
  };
}
