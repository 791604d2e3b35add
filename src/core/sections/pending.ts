/** Pending at discharge: orders without a result, reports and values that are not final, and results that came after. */
import { list } from "../chart/readable.ts";
import type { Fact } from "../chart/facts.ts";
import { printedName } from "../facts/concept.ts";
import { compareTimes, hasTime, liesBefore } from "../facts/dates.ts";
import { catalogue } from "../language/wording.ts";
import type { Evidence } from "../summary/summary.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { groupBy, inQuotes, say } from "./context.ts";
import { whenDone } from "./procedures.ts";

const awaited: ReadonlySet<string> = new Set(["registered", "partial", "preliminary"]);

function owner({ words }: SectionContext, group: readonly Fact[]): string {
  const requesters = [...new Set(group.flatMap((fact) => fact.order?.requester ?? []))];
  return requesters.length === 0
    ? words.text("pending.noOwner")
    : words.text("pending.orderedBy", { names: words.list(requesters) });
}

/** An order alone does not say that the test was done; a specimen or images do. */
export function leadOf({ order }: Fact): "pending.outstanding" | "pending.noResult" | "pending.notDone" {
  if (order?.done !== undefined) return "pending.outstanding";
  const tested = order?.category === "laboratory" || order?.category === "imaging";
  return tested ? "pending.noResult" : "pending.notDone";
}

/** When the images were made or the specimen was taken, where one order says so. */
function doneOn(
  context: SectionContext,
  group: readonly Fact[],
): { readonly images?: string | undefined; readonly specimen?: string | undefined } {
  const [first] = group;
  const done = context.dates.date(first?.order?.done);
  if (done === undefined || group.length > 1) return {};
  return first?.order?.category === "imaging" ? { images: done } : { specimen: done };
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

function orderSentence(context: SectionContext, group: readonly Fact[]): readonly SentenceDraft[] {
  const [first] = group;
  if (first === undefined) return [];
  const { words, dates } = context;
  const followUp = taskOwner(context, first);
  const sibling = group.length > 1 ? undefined : siblingResult(context, first);
  return [
    say(
      words.text(first.status === "on-hold" && first.order?.done === undefined ? "pending.onHold" : leadOf(first), {
        order: words.text("pending.order", {
          name: first.label,
          when: whenDone(context, group),
          due: group.length > 1 ? undefined : dates.date(first.order?.due),
          ...doneOn(context, group),
          sibling: dates.date(sibling?.time),
          owner: owner(context, group),
          followUp: followUp.text,
        }),
      }),
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
        : context.words.text("pending.followUp", {
            names: context.words.list(tasks.flatMap((task) => task.appointment?.with ?? [])),
          }),
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
    ...[
      ...groupBy(results, (fact) => `${fact.status ?? ""} ${leadOf(fact)} ${fact.label.toLowerCase()}`).values(),
    ].flatMap((group) => orderSentence(context, group)),
    ...(names.length === 0
      ? []
      : [
          say(
            context.words.text("pending.monitoring", {
              names: context.words.list(names),
              when: whenDone(context, monitoring),
            }),
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
    const { words, dates } = context;
    return say(
      words.text("pending.report", {
        status: words.code(fact.status ?? ""),
        name: fact.label,
        date: dates.date(fact.time),
        text: conclusion === undefined ? undefined : inQuotes(conclusion),
        // Who reports it, else who asked for it: a reader has to know whom to call.
        owner: interpreter === undefined ? owner(context, orders) : words.text("pending.with", { name: interpreter }),
        followUp,
      }),
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
    const { words, dates } = context;
    return say(
      words.text("pending.result", {
        status: words.code(fact.status ?? ""),
        name: fact.label,
        value: fact.result?.printed,
        date: dates.date(fact.time),
      }),
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

const lateOpenings = Object.values(catalogue).map((messages) => messages["pending.late"].split("{")[0] ?? "");

/** True for a sentence about a result that is no longer pending, in any language; readers of signed summaries ask. */
export function tellsLateResult(text: string): boolean {
  return lateOpenings.some((opening) => text.startsWith(opening));
}

/**
 * When a result of this stay came, if the patient had left by then: measured or made available after the discharge, both
 * times to the minute. Undefined for one that was there.
 */
export function cameAfter(context: SectionContext, fact: Fact): string | undefined {
  if (fact.period === "after") return fact.time;
  const { end } = context.chart.encounter.period ?? {};
  const issued = fact.result?.issued ?? fact.report?.issued;
  if (fact.period !== "this-stay" || end === undefined || issued === undefined || !hasTime(end)) return undefined;
  return answered.has(fact.status ?? "") && compareTimes(issued, end) > 0 ? issued : undefined;
}

/** Results of this stay that were not there yet when the patient left: somebody must have seen them. */
function late(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("result", "report")
    .filter((fact) => cameAfter(context, fact) !== undefined && ownEncounter(context, fact));
  // A report that concludes says what its results say, and more.
  const concluded = facts.filter((fact) => fact.kind === "report" && fact.report?.conclusion !== undefined);
  const told = new Set(concluded.flatMap((fact) => fact.report?.results ?? []));
  const shown = facts.filter(
    (fact) =>
      concluded.includes(fact) ||
      (fact.kind === "result" && fact.evidence.every(({ reference }) => !told.has(reference))),
  );
  return shown.map((fact) => {
    return say(
      context.words.text("pending.late", {
        name: fact.label,
        value: fact.result?.printed ?? fact.report?.conclusion,
        date: context.dates.date(cameAfter(context, fact)),
      }),
      fact,
    );
  });
}

const tissue = /biops|tissue|resect|excision|cytolog|aspirat|bone marrow|histolog|gewebe|knochenmark|punktat/iu;
const pathology = /patholog|histolog|cytolog|zytolog|biops|bone marrow|knochenmark/iu;

/** Tissue that was taken in the stay, of which the chart holds neither an order nor a report: the finding that gets lost. */
function lostSpecimens(context: SectionContext): readonly SentenceDraft[] {
  const { resources, encounter } = context.chart;
  const isOrdered = resources.some(
    (resource) => resource.resourceType === "ServiceRequest" && pathology.test(printedName(resource.code) ?? ""),
  );
  const isReported = context.of("report", "result").some((fact) => pathology.test(fact.label));
  if (isOrdered || isReported) return [];
  const linked = new Set(
    resources.flatMap((resource) =>
      resource.resourceType === "DiagnosticReport" || resource.resourceType === "ServiceRequest"
        ? list(resource.specimen).map(({ reference }) => reference)
        : resource.resourceType === "Observation"
          ? [resource.specimen?.reference]
          : [],
    ),
  );
  return resources.flatMap((resource) => {
    if (resource.resourceType !== "Specimen" || linked.has(`Specimen/${resource.id}`)) return [];
    if (resource.status === "unavailable" || list(resource.request).length > 0) return [];
    const name = printedName(resource.type) ?? printedName(resource.collection?.bodySite);
    const taken = resource.collection?.collectedDateTime ?? resource.collection?.collectedPeriod?.start;
    const { start, end } = encounter.period ?? {};
    const inStay =
      taken !== undefined && !liesBefore(taken, start) && (end === undefined || compareTimes(taken, end) <= 0);
    if (name === undefined || !inStay || !tissue.test(name)) return [];
    const text = context.words.text("pending.specimen", { name, date: context.dates.date(taken) });
    return [say(text, { reference: `Specimen/${resource.id}` })];
  });
}

/** Writes `pending`. */
export function pendingSection(context: SectionContext): SectionDraft {
  const { sentences, covered } = openReports(context);
  return {
    sentences: [
      ...openOrders(context, covered),
      ...lostSpecimens(context),
      ...sentences,
      ...openObservations(context, covered),
      ...late(context),
    ],
    lookedFor: "pending.lookedFor",
  };
}
