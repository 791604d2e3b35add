/** Orders: what was asked for, of whom, and whether the chart holds its result. */
import type { FhirResource, ServiceRequest } from "fhir/r4.js";
import type { OrderDetail } from "../chart/facts.ts";
import { codingsOf, hasCode, list, property, textOf } from "../chart/readable.ts";
import { timeOf } from "../chart/encounter-of.ts";
import { cleanName, conceptName, lateralityOf } from "./concept.ts";
import { instantOf } from "./dates.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

const monitoring = /\b(?:spo2|oxygen saturation|pulse oximetry|vital signs?|telemetry|intake and output|daily weights?|fall precautions|cardiac monitoring|glucose checks?|point of care glucose)\b/iu;
const referral = /\b(?:referral|refer to|consult(?:ation)?|outpatient (?:visit|clinic)|follow[- ]?up (?:visit|appointment|with)|clinic visit|home health|home care|physical therapy evaluation after)\b/iu;

function categoryOf(order: ServiceRequest, name: string): OrderDetail["category"] {
  const categories = list(order.category);
  const is = (...codes: readonly string[]): boolean => categories.some((category) => hasCode(category, ...codes));
  if (monitoring.test(name)) return "monitoring";
  if (is("3457005", "103696004", "306206005", "referral", "11429006") || referral.test(name)) return "referral";
  if (is("108252007", "LAB", "laboratory")) return "laboratory";
  if (is("363679005", "RAD", "imaging")) return "imaging";
  return is("387713003", "103693007", "procedure") ? "procedure" : "other";
}

/** Codes under which a final result or report was filed, with when: to find the answer to an order nobody linked. */
interface Answers {
  readonly linked: ReadonlySet<string>;
  readonly byCode: ReadonlyMap<string, readonly number[]>;
}

const finished: ReadonlySet<string> = new Set(["final", "amended", "corrected", "appended", "completed"]);

const answersOf = new WeakMap<object, Answers>();

function collectAnswers(context: ExtractContext): Answers {
  const linked = new Set<string>();
  const byCode = new Map<string, number[]>();
  for (const resource of context.chart.resources) {
    if (resource.resourceType !== "Observation" && resource.resourceType !== "DiagnosticReport" && resource.resourceType !== "Procedure") continue;
    if (!finished.has(resource.status)) continue;
    for (const based of list(resource.basedOn)) if (based.reference !== undefined) linked.add(based.reference);
    const time = instantOf(timeOf(resource));
    for (const coding of codingsOf(resource.code)) {
      const key = `${coding.system ?? ""}|${coding.code ?? ""}`;
      if (time !== undefined && coding.code !== undefined && coding.code !== "") byCode.set(key, [...(byCode.get(key) ?? []), time]);
    }
  }
  return { linked, byCode };
}

/** Computed once a chart: orders and results are both many. */
function answers(context: ExtractContext): Answers {
  const known = answersOf.get(context.chart);
  if (known !== undefined) return known;
  const collected = collectAnswers(context);
  answersOf.set(context.chart, collected);
  return collected;
}

/** Charts write the time of the draw a little before that of the order. */
const clockSlackMs = 3_600_000;

function isResulted(order: ServiceRequest, context: ExtractContext): boolean {
  const { linked, byCode } = answers(context);
  if (linked.has(`ServiceRequest/${order.id}`)) return true;
  const ordered = instantOf(textOf(order.occurrenceDateTime) ?? textOf(order.authoredOn));
  if (ordered === undefined) return false;
  return codingsOf(order.code).some((coding) =>
    (byCode.get(`${coding.system ?? ""}|${coding.code ?? ""}`) ?? []).some((time) => time >= ordered - clockSlackMs),
  );
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
  const reference = first !== null && typeof first === "object" && "reference" in first ? textOf(first.reference) : undefined;
  const target = context.resolve(reference, resource);
  if (target?.resourceType === "Organization") return cleanName(target.name);
  if (target?.resourceType !== "Practitioner") return undefined;
  const [name] = list(target.name);
  return cleanName(name?.text) ?? cleanName(joined([...list(name?.prefix), ...list(name?.given), name?.family], " "));
}

/** One fact an order of any kind. */
export function serviceRequestFacts(order: ServiceRequest, context: ExtractContext): readonly FactDraft[] {
  const name = conceptName(order.code);
  if (name === undefined || order.intent === "proposal" || order.intent === "option" || order.doNotPerform === true) return [];
  const time = textOf(order.authoredOn) ?? timeOf(order);
  const due = textOf(order.occurrenceDateTime) ?? textOf(order.occurrencePeriod?.start);
  const detail = defined<OrderDetail>({
    category: categoryOf(order, name),
    requester: actorOf(order, "requester", context),
    performer: actorOf(order, "performer", context),
    reason: joined(list(order.reasonCode).map(conceptName)) || undefined,
    instruction: textOf(order.patientInstruction),
    due: due === time ? undefined : due,
    resulted: isResulted(order, context),
  });
  return [
    draftFact(order, context, {
      kind: "order",
      text: `Order: ${name} (${order.status})${onDate(context, time)}`,
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
