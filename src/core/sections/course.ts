/** Hospital course: a timeline by day of what matters, every line with its sources. The model's narrative may take its place. */
import type { Fact } from "../chart/facts.ts";
import { instantOf } from "../facts/dates.ts";
import { joined } from "../facts/draft.ts";
import { flagWord } from "../facts/observation.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { encounterEvidence, excerpt, groupBy, inQuotes, ofStay, say } from "./context.ts";
import { diagnosisName } from "./diagnosis-name.ts";
import { forReview } from "./for-review.ts";

interface Entry {
  readonly day: string;
  /** Position within a day. */
  readonly rank: number;
  readonly sentence: SentenceDraft;
}

/** Hours before the admission that still belong to its story: the emergency department. */
const leadMs = 24 * 3_600_000;

function isLongBefore(context: SectionContext, fact: Fact): boolean {
  const [time, start] = [instantOf(fact.time), instantOf(context.chart.encounter.period?.start)];
  return time !== undefined && start !== undefined && start - time > leadMs;
}

/** What else tells of the stay: a fact that it tells is left out of the timeline. */
interface CourseContext extends SectionContext {
  readonly told: (fact: Fact) => boolean;
}

type EntryOf = (context: SectionContext, date: string, facts: readonly Fact[]) => SentenceDraft | undefined;

/** One entry a day for the facts; undated facts stand in their own sections. */
function byDay(context: CourseContext, rank: number, facts: readonly Fact[], write: EntryOf): readonly Entry[] {
  const dated = facts.filter(
    (fact) => context.dates.day(fact.time)?.length === 10 && !isLongBefore(context, fact) && !context.told(fact),
  );
  return [...groupBy(dated, (fact) => context.dates.day(fact.time) ?? "")].flatMap(([day, group]) => {
    const sentence = write(context, context.dates.date(group[0]?.time) ?? "", group);
    return sentence === undefined ? [] : [{ day, rank, sentence }];
  });
}

function isToldStay(context: CourseContext, label: "Admission" | "Discharge"): boolean {
  return context.of("stay").some((fact) => fact.label === label && context.told(fact));
}

function admission(context: CourseContext): readonly Entry[] {
  const { period, location } = context.chart.encounter;
  const [day, date] = [context.dates.day(period?.start), context.dates.date(period?.start)];
  if (day === undefined || date === undefined || isToldStay(context, "Admission")) return [];
  const places = context
    .of("stay")
    .filter((fact) => fact.status === "location" && fact.time === undefined)
    .map((fact) => fact.label);
  const text = context.words.text("course.admitted", {
    date,
    places: places.length === 0 ? undefined : context.words.list(places),
  });
  return [
    {
      day,
      rank: 0,
      sentence: say(
        text,
        encounterEvidence(context, "period.start"),
        ...(location === undefined ? [] : [encounterEvidence(context, "location")]),
      ),
    },
  ];
}

function discharge(context: CourseContext): readonly Entry[] {
  const { end } = context.chart.encounter.period ?? {};
  const [day, date] = [context.dates.day(end), context.dates.date(end)];
  const [fact] = context.of("disposition");
  const isTold = isToldStay(context, "Discharge") && (fact === undefined || context.told(fact));
  if (day === undefined || date === undefined || isTold) return [];
  return [
    {
      day,
      rank: 9,
      sentence: say(
        context.words.text(context.kind === "death" ? "course.died" : "course.discharged", {
          date,
          disposition: fact?.label,
        }),
        encounterEvidence(context, "period.end"),
        ...(fact === undefined ? [] : [fact]),
      ),
    },
  ];
}

function moves(context: CourseContext): readonly Entry[] {
  const facts = context.of("stay").filter((fact) => fact.status === "location" && fact.time !== undefined);
  return byDay(context, 1, facts, ({ words }, date, group) =>
    say(words.text("course.location", { date, names: words.list(group.map((fact) => fact.label)) }), group),
  );
}

function diagnoses(context: CourseContext): readonly Entry[] {
  const admitted = context.dates.day(context.chart.encounter.period?.start) ?? "";
  const facts = context
    .of("diagnosis")
    .filter(
      (fact) =>
        ofStay(fact) &&
        fact.assertion === "present" &&
        fact.diagnosis?.problemList === false &&
        (context.dates.day(fact.time) ?? "") > admitted,
    );
  return byDay(context, 2, facts, ({ words }, date, group) =>
    say(words.text("course.diagnosis", { date, names: words.list(group.map(diagnosisName)) }), group),
  );
}

function procedures(context: CourseContext): readonly Entry[] {
  const facts = context
    .of("procedure")
    .filter(
      (fact) =>
        ofStay(fact) &&
        fact.procedure?.minor !== true &&
        (fact.status === "completed" || fact.status === "in-progress"),
    );
  // A daily act is told once, on its first day.
  const first = facts.filter((fact, index) => facts.findIndex((other) => other.label === fact.label) === index);
  return byDay(context, 3, first, ({ words }, date, group) =>
    say(words.text("course.procedure", { date, names: words.list(group.map((fact) => fact.label)) }), group),
  );
}

/** Reports whose finding is abnormal, or not coded as normal; normal imaging stands under results. */
function imaging(context: CourseContext): readonly Entry[] {
  const facts = context
    .of("report")
    .filter(
      (fact) =>
        ofStay(fact) &&
        fact.report?.category !== "laboratory" &&
        fact.report?.category !== "note" &&
        fact.report?.verdict !== "normal" &&
        fact.report?.conclusion !== undefined &&
        fact.status !== "registered",
    );
  return byDay(context, 4, facts, ({ words }, date, group) => {
    const reports = group.map((fact) =>
      words.text("text.quotedIn", {
        lead: fact.label,
        source: fact.status === "final" ? undefined : words.code(fact.status ?? "unknown"),
        text: inQuotes(excerpt(fact.report?.conclusion ?? "", 140)),
      }),
    );
    return say(words.text("course.reports", { date, reports: reports.join("; ") }), group);
  });
}

/** Route of an order, or of an administration by its order. */
function routeOf(context: SectionContext, fact: Fact): string | undefined {
  return orderOf(context, fact)?.medication?.route ?? fact.medication?.route;
}

/**
 * A home medicine carried on is no event; the same medicine by another route (oral at home, intravenous here) is one. Home
 * entries that name no route decide only where none does.
 */
function carriedOn(context: SectionContext, fact: Fact, home: readonly Fact[]): boolean {
  const route = routeOf(context, fact);
  const same = home.filter(
    (entry) => entry.medication?.keys.some((key) => fact.medication?.keys.includes(key)) === true,
  );
  const routes = same.flatMap((entry) => entry.medication?.route ?? []);
  return same.length > 0 && (route === undefined || routes.length === 0 || routes.includes(route));
}

/** Medicines by the day they were first given, or else ordered. */
function medicines(context: CourseContext): readonly Entry[] {
  const home = context.of("medication").filter((fact) => fact.medication?.list === "home");
  const given = context.of("administration").filter((fact) => ofStay(fact) && fact.status !== "not-done");
  const ordered = context
    .of("medication")
    .filter(
      (fact) =>
        ofStay(fact) && fact.medication?.list === "inpatient" && fact.status !== "draft" && fact.status !== "cancelled",
    );
  const seen = new Set<string>();
  const starts = [...given, ...ordered].filter((fact) => {
    const keys = fact.medication?.keys ?? [];
    const known = keys.some((key) => seen.has(key));
    for (const key of keys) seen.add(key);
    return !known && !carriedOn(context, fact, home);
  });
  const isGiven = (fact: Fact): boolean => fact.kind === "administration";
  const text = (fact: Fact): string => {
    const dosage = orderedDosage(context, fact);
    return `${fact.label}${dosage !== "" && /\d/u.test(fact.label) ? ":" : ""}${dosage}`;
  };
  return [
    ...byDay(context, 5, starts.filter(isGiven), ({ words }, date, group) =>
      say(
        words.text("course.given", { date, names: words.list(group.map(text)) }),
        group,
        group.flatMap((fact) => orderOf(context, fact) ?? []),
      ),
    ),
    ...byDay(
      context,
      6,
      starts.filter((fact) => !isGiven(fact)),
      ({ words }, date, group) =>
        say(words.text("course.ordered", { date, names: words.list(group.map(text)) }), group),
    ),
  ];
}

/** A dose that was broken off tells of a reaction or a mishap, most of all in the words beside it. */
function brokenOff(context: CourseContext): readonly Entry[] {
  const facts = context.of("administration").filter((fact) => ofStay(fact) && fact.status === "stopped");
  return byDay(context, 5, facts, ({ words }, date, group) => {
    const doses = group.map((fact) => {
      const { statusReason: reason, note } = fact.medication ?? {};
      const noted = note === undefined ? undefined : inQuotes(excerpt(note, 200));
      return words.text("course.dose", { name: fact.label, reason, note: noted });
    });
    return say(words.text("course.brokenOff", { date, doses: [...new Set(doses)].join("; ") }), group);
  });
}

function orderOf(context: SectionContext, fact: Fact): Fact | undefined {
  const request = fact.medication?.request;
  return request === undefined
    ? undefined
    : context.of("medication").find((order) => order.evidence[0]?.reference === request);
}

function orderedDosage(context: SectionContext, fact: Fact): string {
  const dosage = orderOf(context, fact)?.medication?.dosage ?? fact.medication?.dosage;
  return dosage === undefined ? "" : ` ${dosage}`;
}

/** Results that were news: the first abnormal one of each test, and every critical one. */
function newsworthy(context: SectionContext): readonly Fact[] {
  const seen = new Set<string>();
  return context.of("result").filter((fact) => {
    const flag = fact.result?.flag;
    if (!ofStay(fact) || flag === undefined || flag === "normal" || fact.status === "preliminary") return false;
    const key = `${fact.label} ${flag.startsWith("critical") ? `${flag} ${context.dates.day(fact.time)}` : ""}`;
    const known = seen.has(key);
    seen.add(key);
    return !known;
  });
}

function results(context: CourseContext): readonly Entry[] {
  return byDay(context, 7, newsworthy(context), ({ words }, date, group) => {
    const texts = group.map(({ label, result }) => {
      const corrected = result?.corrected === true ? words.text("mark.corrected") : undefined;
      return `${label} ${result?.printed ?? ""} (${joined([flagWord(result?.flag, words), corrected])})`;
    });
    return say(words.text("course.results", { date, results: texts.join(", ") }), group);
  });
}

const progress =
  /\bprogress\b|\bconsult|\btransfer\b|\bevent\b|\bphysician|\bdeath\b|\bverlauf|\bkonsil|\bvisite\b|\bverlegung/iu;
/** LOINC: progress note, consult note, transfer summary, whatever a hospital calls them. */
const progressCodes: ReadonlySet<string> = new Set(["11506-3", "11488-4", "18761-7"]);

const isProgress = ({ label, codes }: Fact): boolean =>
  progress.test(label) || codes.some(({ code }) => progressCodes.has(code ?? ""));

/** Where a note says what is new: the subjective part, an assessment, or a text without headings. */
const telling =
  /^(?:subjective|assessment(?: and plan)?|impression|summary|interval (?:history|events)|.*\b(?:note|consult)\b.*|)$/iu;

function headline(
  fact: Fact,
): { readonly text: string; readonly section: NonNullable<Fact["note"]>["sections"][number] } | undefined {
  const sections = fact.note?.sections ?? [];
  const section = sections.find((candidate) => telling.test(candidate.title));
  if (section === undefined) return undefined;
  const text = inQuotes(excerpt(section.text, 200));
  return uneventful.test(text) ? undefined : { text, section };
}

/** "No new complaints" is no event. */
const uneventful =
  /^(?:hospital day \d+\W*)?(?:no (?:new |acute )?(?:subjective )?(?:complaints?|events?)(?: overnight)?|unchanged|stable)\.?$/iu;

function notes(context: CourseContext): readonly Entry[] {
  const facts = context
    .of("note")
    .filter(
      (fact) =>
        ofStay(fact) &&
        fact.note?.suspicious === false &&
        !fact.note.nursing &&
        isProgress(fact) &&
        headline(fact) !== undefined,
    );
  return byDay(context, 8, facts, ({ words }, date, group) => {
    const quoted = group.flatMap((fact) => {
      const found = headline(fact);
      return found === undefined ? [] : [{ fact, ...found }];
    });
    const unique = quoted
      .filter(({ text }, index) => quoted.findIndex((other) => other.text === text) === index)
      .slice(0, 3);
    const told = unique.map(({ fact, text }) => words.text("text.quotedIn", { lead: fact.label, text }));
    return say(
      words.text("course.notes", { date, notes: told.join("; ") }),
      unique.map(({ section }) => section.evidence).flatMap((evidence) => evidenceAsFact(evidence, group)),
    );
  });
}

function evidenceAsFact(evidence: Fact["evidence"][number], group: readonly Fact[]): readonly Fact[] {
  const holder = group.find((fact) => fact.evidence[0]?.reference === evidence.reference);
  return holder === undefined ? [] : [{ ...holder, evidence: [evidence] }];
}

function timeline(context: CourseContext): readonly Entry[] {
  const entries = [
    ...admission(context),
    ...moves(context),
    ...diagnoses(context),
    ...procedures(context),
    ...imaging(context),
    ...medicines(context),
    ...brokenOff(context),
    ...results(context),
    ...notes(context),
    ...discharge(context),
  ];
  return entries.toSorted((a, b) => (a.day === b.day ? a.rank - b.rank : a.day < b.day ? -1 : 1));
}

/** Writes `course`. */
export function courseSection(context: SectionContext): SectionDraft {
  const entries = timeline({ ...context, told: () => false });
  return {
    sentences: [...entries.map(({ sentence }) => sentence), ...forReview(context)],
    lookedFor: "course.lookedFor",
  };
}

/** Beside a told story more lines than this are a second story. What has to give way first: moves, notes, what was ordered only. */
const mostBeside = 20;
const givesWay: readonly number[] = [1, 8, 6, 0, 9];

/** The timeline's lines beside a story: what that does not tell, in the order of events, and what has to be looked at. */
export function courseBeside(context: SectionContext, told: (fact: Fact) => boolean): readonly SentenceDraft[] {
  const entries = timeline({ ...context, told });
  const order = ({ rank }: Entry): number => (givesWay.includes(rank) ? givesWay.indexOf(rank) : givesWay.length);
  const kept = new Set(entries.toSorted((a, b) => order(b) - order(a)).slice(0, mostBeside));
  const lines = entries.filter((entry) => kept.has(entry)).map(({ sentence }) => sentence);
  // Where the story ends and the list begins stands in the text itself: it is read on paper and in other systems too.
  const [first, ...others] = lines;
  const led =
    first === undefined ? [] : [{ ...first, text: context.words.text("course.beside", { text: first.text }) }];
  return [...led, ...others, ...forReview(context)];
}
