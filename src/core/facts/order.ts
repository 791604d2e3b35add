/** Orders: what was asked for, of whom, and whether the chart holds its result. */
import type { CodeableConcept, FhirResource, ServiceRequest } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import type { OrderDetail } from "../chart/facts.ts";
import { codingsOf, hasCode, list, property, textOf } from "../chart/readable.ts";
import { timeOf } from "../chart/encounter-of.ts";
import { cleanName, conceptName, lateralityOf } from "./concept.ts";
import { instantOf } from "./dates.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

const monitoring =
  /\b(?:spo2|oxygen saturation|pulse oximetry|vital signs?|telemetry|intake and output|daily weights?|precautions|isolation|cardiac monitoring|glucose checks?|point of care glucose|ambulat\w+|activity as tolerated|nursing communication|incentive spirometry|npo|diet|admit to|discharge patient)\b/iu;
const referral =
  /\b(?:referral|refer to|consult(?:ation)?|outpatient (?:visit|clinic)|follow[- ]?up (?:visit|appointment|with)|clinic visit|home health|home care|physical therapy evaluation after)\b/iu;

const therapy =
  /\b(?:physical therapy|physiotherapy|occupational therapy|speech therapy|wound care|home infusion|rehabilitation|weight[- ]bearing|dressing changes?)\b/iu;
const repeatedLater = /\b(?:weekly|every \d+ weeks|monthly|in \d+ (?:weeks|months))\b/iu;

/** Days between order and due date from which the order is for after the stay. */
const plannedMs = 3 * 86_400_000;

function isPlanned(name: string, ordered: string | undefined, due: string | undefined): boolean {
  const [from, to] = [instantOf(ordered), instantOf(due)];
  return repeatedLater.test(name) || (from !== undefined && to !== undefined && to - from > plannedMs);
}

function categoryOf(order: ServiceRequest, name: string): OrderDetail["category"] {
  const categories = list(order.category);
  const is = (...codes: readonly string[]): boolean => categories.some((category) => hasCode(category, ...codes));
  if (monitoring.test(name)) return "monitoring";
  if (is("3457005", "103696004", "306206005", "referral", "11429006") || referral.test(name)) return "referral";
  if (is("91251008") || therapy.test(name)) return "therapy";
  if (is("108252007", "LAB", "laboratory")) return "laboratory";
  if (is("363679005", "RAD", "imaging")) return "imaging";
  return is("387713003", "103693007", "procedure") ? "procedure" : "other";
}

const finished: ReadonlySet<string> = new Set(["final", "amended", "corrected", "appended", "completed"]);

/** Charts write the time of the draw a little before that of the order. */
const clockSlackMs = 3_600_000;

interface Timed {
  readonly reference: string;
  readonly time: number;
}

interface Answers {
  /** Orders that a finished result or report names. */
  readonly linked: Set<string>;
  /** Finished results that name no order, by code. */
  readonly unlinked: Map<string, Timed[]>;
  /** Orders by code, completed ones included: each takes its own result. */
  readonly orders: Map<string, Timed[]>;
}

function codeKeysOf(concept: CodeableConcept | undefined): readonly string[] {
  return codingsOf(concept).flatMap(({ system, code }) =>
    code === undefined || code === "" ? [] : [`${system ?? ""}|${code}`],
  );
}

function add(map: Map<string, Timed[]>, concept: CodeableConcept | undefined, entry: Timed): void {
  for (const key of codeKeysOf(concept)) map.set(key, [...(map.get(key) ?? []), entry]);
}

function collectAnswers(chart: Chart): Answers {
  const answers: Answers = { linked: new Set(), unlinked: new Map(), orders: new Map() };
  for (const resource of chart.resources) {
    const reference = `${resource.resourceType}/${resource.id}`;
    if (resource.resourceType === "ServiceRequest") {
      const time = instantOf(textOf(resource.occurrenceDateTime) ?? textOf(resource.authoredOn));
      if (time !== undefined && resource.status !== "revoked") add(answers.orders, resource.code, { reference, time });
    }
    if (
      resource.resourceType !== "Observation" &&
      resource.resourceType !== "DiagnosticReport" &&
      resource.resourceType !== "Procedure"
    )
      continue;
    if (!finished.has(resource.status)) continue;
    const based = list(resource.basedOn).flatMap((order) => order.reference ?? []);
    for (const order of based) answers.linked.add(order);
    const time = instantOf(timeOf(resource));
    // A report that names its order answers that one and no other of the same code.
    if (based.length === 0 && time !== undefined) add(answers.unlinked, resource.code, { reference, time });
  }
  return answers;
}

/**
 * Orders with a result. Results that name no order go, in time order, to the earliest order of their code that waits for
 * one; so of five orders and four results, one order stays open.
 */
function answeredOrders(chart: Chart): ReadonlySet<string> {
  const { linked, unlinked, orders } = collectAnswers(chart);
  const answered = new Set(linked);
  for (const [key, waiting] of orders) {
    const results = (unlinked.get(key) ?? []).toSorted((a, b) => a.time - b.time);
    for (const order of waiting
      .filter(({ reference }) => !answered.has(reference))
      .toSorted((a, b) => a.time - b.time)) {
      const index = results.findIndex(({ time }) => time >= order.time - clockSlackMs);
      if (index < 0) continue;
      answered.add(order.reference);
      results.splice(index, 1);
    }
  }
  return answered;
}

function collectedOf(resource: FhirResource | undefined): string | undefined {
  if (resource?.resourceType !== "Specimen" || resource.status === "unavailable") return undefined;
  const { collection } = resource;
  return (
    textOf(collection?.collectedDateTime) ?? textOf(collection?.collectedPeriod?.start) ?? textOf(resource.receivedTime)
  );
}

const doneOf = new WeakMap<Chart, ReadonlyMap<string, string>>();

/** Orders whose specimen or images name them, with the time. */
function doneOrders(chart: Chart): ReadonlyMap<string, string> {
  const known = doneOf.get(chart);
  if (known !== undefined) return known;
  const done = new Map<string, string>();
  for (const resource of chart.resources) {
    const isImages = resource.resourceType === "ImagingStudy" && resource.status !== "cancelled";
    const time = isImages ? textOf(resource.started) : collectedOf(resource);
    const orders = isImages ? resource.basedOn : resource.resourceType === "Specimen" ? resource.request : [];
    if (time !== undefined) for (const order of list(orders)) done.set(order.reference ?? "", time);
  }
  doneOf.set(chart, done);
  return done;
}

/** When the specimen of the order was taken or its images were made. */
function doneAt(order: ServiceRequest, context: ExtractContext): string | undefined {
  const own = list(order.specimen).map(({ reference }) => collectedOf(context.resolve(reference, order)));
  return own.find((time) => time !== undefined) ?? doneOrders(context.chart).get(`ServiceRequest/${order.id}`);
}

const answeredOf = new WeakMap<Chart, ReadonlySet<string>>();

/** Computed once a chart: orders and results are both many. */
function isResulted(order: ServiceRequest, chart: Chart): boolean {
  const answered = answeredOf.get(chart) ?? answeredOrders(chart);
  answeredOf.set(chart, answered);
  return answered.has(`ServiceRequest/${order.id}`);
}

function nameOfActor(value: unknown): string | undefined {
  for (const item of Array.isArray(value) ? value : [value]) {
    if (item !== null && typeof item === "object" && "display" in item) {
      const display = cleanName(item.display);
      if (display !== undefined) return display;
    }
  }
  return undefined;
}

/** The order's clinician, by the reference's display or the Practitioner in the chart. */
function actorOf(resource: FhirResource, element: string, context: ExtractContext): string | undefined {
  const value = property(resource, element);
  const display = nameOfActor(value);
  if (display !== undefined) return display;
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const reference =
    first !== null && typeof first === "object" && "reference" in first ? textOf(first.reference) : undefined;
  const target = context.resolve(reference, resource);
  if (target?.resourceType === "Organization") return cleanName(target.name);
  if (target?.resourceType !== "Practitioner") return undefined;
  const [name] = list(target.name);
  return cleanName(name?.text) ?? cleanName(joined([...list(name?.prefix), ...list(name?.given), name?.family], " "));
}

/** One fact an order of any kind. */
export function serviceRequestFacts(order: ServiceRequest, context: ExtractContext): readonly FactDraft[] {
  const name = conceptName(order.code);
  if (name === undefined || order.intent === "proposal" || order.intent === "option" || order.doNotPerform === true)
    return [];
  const time = textOf(order.authoredOn) ?? timeOf(order);
  const due = textOf(order.occurrenceDateTime) ?? textOf(order.occurrencePeriod?.start);
  const detail = defined<OrderDetail>({
    category: categoryOf(order, name),
    requester: actorOf(order, "requester", context),
    performer: actorOf(order, "performer", context),
    reason: joined(list(order.reasonCode).map(conceptName)) || undefined,
    instruction: textOf(order.patientInstruction),
    note:
      joined(
        list(order.note).map(({ text }) => textOf(text)),
        " ",
      ) || undefined,
    planned: isPlanned(name, time, due),
    due: due === time ? undefined : due,
    resulted: isResulted(order, context.chart),
    done: doneAt(order, context),
  });
  return [
    draftFact(order, context, {
      kind: "order",
      text: `Order: ${name} (${textOf(order.status) ?? "status unknown"})${onDate(context, time)}`,
      label: name,
      concept: order.code,
      path: "code",
      value: name,
      time,
      status: order.status,
      laterality: lateralityOf(name, ...list(order.bodySite).map(conceptName)),
      order: detail,
    }),
  ];
}
