/** Pending at discharge: orders without a result, reports and values that are not final, and results that came after. */
import { list } from "../chart/readable.ts";
import type { Fact } from "../chart/facts.ts";
import type { Evidence } from "../summary/summary.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { enumerate, groupBy, say } from "./context.ts";
import { whenDone } from "./procedures.ts";

const lookedFor =
  "specimens taken and images made without a final result, active orders without any result, reports that are registered, partial or preliminary, preliminary observations, and results dated after the discharge";

const awaited: ReadonlySet<string> = new Set(["registered", "partial", "preliminary"]);

function owner(group: readonly Fact[]): string {
  const requesters = [...new Set(group.flatMap((fact) => fact.order?.requester ?? []))];
  return requesters.length === 0 ? "; responsible clinician not documented" : `; ordered by ${enumerate(requesters)}`;
}

/** An order alone does not say that the test was done; a specimen or images do. */
function leadOf({ order }: Fact): string {
  if (order?.done !== undefined) return "Result outstanding";
  const tested = order?.category === "laboratory" || order?.category === "imaging";
  return tested ? "No result documented, order still active" : "Order still active, not documented as done";
}

function doneText(context: SectionContext, group: readonly Fact[]): string {
  const [first] = group;
  const done = context.dates.date(first?.order?.done);
  if (done === undefined || group.length > 1) return "";
  return first?.order?.category === "imaging" ? `; images made on ${done}` : `; specimen taken on ${done}`;
}

const answered: ReadonlySet<string> = new Set(["final", "amended", "corrected", "appended"]);

/** A final result of the same test that belongs to another order: the reader should know of it before asking for this one. */
function siblingResult(context: SectionContext, order: Fact): Fact | undefined {
  const codes = new Set(order.codes.flatMap(({ system, code }) => (code === undefined ? [] : [`${system}|${code}`])));
  return context
    .of("report", "result")
    .findLast(
      (fact) =>
        fact.period === "this-stay" &&
        answered.has(fact.status ?? "") &&
        (fact.codes.some(({ system, code }) => codes.has(`${system}|${code}`)) ||
          fact.label.toLowerCase() === order.label.toLowerCase()) &&
        (context.dates.day(fact.time) ?? "") >= (context.dates.day(order.time) ?? ""),
    );
}

function siblingText(context: SectionContext, sibling: Fact | undefined): string {
  const date = context.dates.date(sibling?.time);
  return date === undefined ? "" : `; another order of this test has its result, of ${date}`;
}

function orderSentence(context: SectionContext, group: readonly Fact[]): readonly SentenceDraft[] {
  const [first] = group;
  if (first === undefined) return [];
  const due = context.dates.date(first.order?.due);
  const when = whenDone(context, group);
  const followUp = taskOwner(context, first);
  const sibling = group.length > 1 ? undefined : siblingResult(context, first);
  return [
    say(
      `${leadOf(first)}: ${first.label}, ordered ${when}${due === undefined || group.length > 1 ? "" : `, due ${due}`}${doneText(context, group)}${siblingText(context, sibling)}${owner(group)}${followUp.text}`,
      group,
      sibling === undefined ? [] : [sibling],
      ...doneEvidence(context, group),
      followUp.tasks,
    ),
  ];
}

/** Specimens and image series that name the orders: the date they were done stands there. */
function doneEvidence(context: SectionContext, group: readonly Fact[]): readonly Evidence[] {
  const orders = new Set(group.flatMap(({ evidence }) => evidence.map(({ reference }) => reference)));
  return context.chart.resources.flatMap((resource) => {
    const named =
      resource.resourceType === "Specimen"
        ? list(resource.request)
        : resource.resourceType === "ImagingStudy"
          ? list(resource.basedOn)
          : [];
    return named.some(({ reference }) => orders.has(reference ?? ""))
      ? [{ reference: `${resource.resourceType}/${resource.id}` }]
      : [];
  });
}

/** Orders for after the stay: referrals, therapy, and what is due later; they stand under follow-up. */
export function isFollowUp(fact: Fact): boolean {
  return fact.order?.category === "referral" || fact.order?.category === "therapy" || fact.order?.planned === true;
}

/** Tasks tell who answers for a result that is still to come. */
function taskOwner(context: SectionContext, fact: Fact): { readonly text: string; readonly tasks: readonly Fact[] } {
  const reference = fact.evidence[0]?.reference;
  const tasks = context
    .of("appointment")
    .filter(
      (task) =>
        task.appointment?.focus !== undefined &&
        task.appointment.focus === reference &&
        task.appointment.with !== undefined,
    );
  return {
    text:
      tasks.length === 0
        ? ""
        : `; result to be followed up by ${enumerate(tasks.flatMap((task) => task.appointment?.with ?? []))}`,
    tasks,
  };
}

/** Orders that are active, were not answered, and ask for a result; referrals stand under follow-up. */
function openOrders(context: SectionContext, reported: ReadonlySet<string>): readonly SentenceDraft[] {
  const open = context
    .of("order")
    .filter(
      (fact) =>
        (fact.period === "this-stay" || fact.period === "after") &&
        (fact.status === "active" || fact.status === "on-hold") &&
        fact.order?.resulted === false &&
        !isFollowUp(fact),
    );
  const own = open.filter(
    (fact) => fact.period === "this-stay" && fact.evidence.every(({ reference }) => !reported.has(reference)),
  );
  const results = own.filter((fact) => fact.order?.category !== "monitoring");
  const monitoring = own.filter((fact) => fact.order?.category === "monitoring");
  const names = [...new Set(monitoring.map((fact) => fact.label))];
  return [
    ...[...groupBy(results, (fact) => `${leadOf(fact)} ${fact.label.toLowerCase()}`).values()].flatMap((group) =>
      orderSentence(context, group),
    ),
    ...(names.length === 0
      ? []
      : [
          say(
            `Monitoring and care orders still marked active: ${enumerate(names)}, ordered ${whenDone(context, monitoring)}`,
            monitoring,
          ),
        ]),
  ];
}

interface OpenReports {
  readonly sentences: readonly SentenceDraft[];
  /** Observations and orders that these sentences speak for. */
  readonly covered: ReadonlySet<string>;
}

function openReports(context: SectionContext): OpenReports {
  const open = context.of("report").filter((fact) => fact.period === "this-stay" && awaited.has(fact.status ?? ""));
  const sentences = open.map((fact) => {
    const { conclusion, interpreter, basedOn = [] } = fact.report ?? {};
    const orders = context
      .of("order")
      .filter((order) => order.evidence.some(({ reference }) => basedOn.includes(reference)));
    const owners = orders.map((order) => taskOwner(context, order));
    const followUp = [...new Set(owners.map(({ text }) => text))].join("");
    const date = context.dates.date(fact.time);
    return say(
      `Report ${fact.status}: ${fact.label}${date === undefined ? "" : `, ${date}`}${conclusion === undefined ? "" : `; so far: "${conclusion.replaceAll('"', "'")}"`}${interpreter === undefined ? "; responsible clinician not documented" : `; with ${interpreter}`}${followUp}`,
      fact,
      orders,
      owners.flatMap(({ tasks }) => tasks),
    );
  });
  return {
    sentences,
    covered: new Set(open.flatMap((fact) => [...(fact.report?.results ?? []), ...(fact.report?.basedOn ?? [])])),
  };
}

function openObservations(context: SectionContext, covered: ReadonlySet<string>): readonly SentenceDraft[] {
  const open = context
    .of("result", "vital")
    .filter(
      (fact) =>
        fact.period === "this-stay" &&
        awaited.has(fact.status ?? "") &&
        fact.evidence.every(({ reference }) => !covered.has(reference)),
    );
  return open.map((fact) => {
    const date = context.dates.date(fact.time);
    return say(
      `Result ${fact.status}: ${fact.label}${fact.result === undefined ? "" : ` ${fact.result.printed}`}${date === undefined ? "" : `, ${date}`}`,
      fact,
    );
  });
}

function ownEncounter(context: SectionContext, fact: Fact): boolean {
  const own = `Encounter/${context.chart.encounter.id}`;
  return fact.evidence.some(({ reference }) => {
    const [type, id] = reference.split("/");
    const resource = context.chart.resources.find(
      (candidate) => candidate.id === id && candidate.resourceType === type,
    );
    return (
      (resource?.resourceType === "Observation" || resource?.resourceType === "DiagnosticReport") &&
      resource.encounter?.reference === own
    );
  });
}

/** Opens each sentence about a result that is no longer pending; readers of signed summaries know it by this. */
export const cameAfterDischarge = "Came after the discharge";

/** Results of this stay that were not there yet when the patient left: somebody must have seen them. */
function late(context: SectionContext): readonly SentenceDraft[] {
  const facts = context.of("result", "report").filter((fact) => fact.period === "after" && ownEncounter(context, fact));
  // A report that concludes says what its results say, and more.
  const concluded = facts.filter((fact) => fact.kind === "report" && fact.report?.conclusion !== undefined);
  const told = new Set(concluded.flatMap((fact) => fact.report?.results ?? []));
  const shown = facts.filter(
    (fact) =>
      concluded.includes(fact) ||
      (fact.kind === "result" && fact.evidence.every(({ reference }) => !told.has(reference))),
  );
  return shown.map((fact) => {
    const date = context.dates.date(fact.time);
    const value = fact.result?.printed ?? fact.report?.conclusion;
    return say(
      `${cameAfterDischarge}: ${fact.label}${value === undefined ? "" : `: ${value}`}${date === undefined ? "" : ` (${date})`}`,
      fact,
    );
  });
}

/** Writes `pending`. */
export function pendingSection(context: SectionContext): SectionDraft {
  const { sentences, covered } = openReports(context);
  return {
    sentences: [...openOrders(context, covered), ...sentences, ...openObservations(context, covered), ...late(context)],
    lookedFor,
  };
}
