/** What is planned: appointments, care plans, goals, tasks, diets, and instructions sent to the patient. */
import type {
  Appointment,
  CarePlan,
  Communication,
  CommunicationRequest,
  Consent,
  Flag,
  Goal,
  NutritionOrder,
  Task,
} from "fhir/r4.js";
import type { AppointmentDetail } from "../chart/facts.ts";
import { list, textOf } from "../chart/readable.ts";
import { referencedType } from "../chart/reference.ts";
import { cleanName, conceptName } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

/** One fact an appointment. */
export function appointmentFacts(appointment: Appointment, context: ExtractContext): readonly FactDraft[] {
  const what =
    joined([...list(appointment.serviceType).map(conceptName), conceptName(appointment.appointmentType)]) ||
    cleanName(appointment.description);
  const others = list(appointment.participant).filter(
    (participant) => referencedType(participant.actor?.reference ?? "") !== "Patient",
  );
  const who = joined(others.map((participant) => cleanName(participant.actor?.display)));
  const name =
    what ?? (who === "" ? context.words.text("name.appointment") : context.words.text("name.appointmentWith", { who }));
  const time = textOf(appointment.start) ?? textOf(list(appointment.requestedPeriod)[0]?.start);
  const detail = defined<AppointmentDetail>({
    with: who === "" || what === undefined ? undefined : who,
    instruction: textOf(appointment.patientInstruction),
    reason: joined(list(appointment.reasonCode).map(conceptName)) || undefined,
  });
  const when = context.dates.dateTime(time);
  return [
    draftFact(appointment, context, {
      kind: "appointment",
      text: `Appointment: ${joined([name, detail.with], " with ")} (${textOf(appointment.status) ?? "status unknown"})${when === undefined ? "" : ` on ${when}`}`,
      label: name,
      time,
      status: appointment.status,
      appointment: detail,
    }),
  ];
}

/** One fact an activity of a care plan; a plan without readable activities is one fact by its title. */
export function carePlanFacts(plan: CarePlan, context: ExtractContext): readonly FactDraft[] {
  const title =
    cleanName(plan.title) ??
    list(plan.category)
      .map(conceptName)
      .filter((name) => name !== "assess-plan" && name !== "code assess-plan")
      .find((name) => name !== undefined) ??
    context.words.text("name.carePlan");
  const time = textOf(plan.period?.start) ?? textOf(plan.created);
  const activities = list(plan.activity).flatMap((activity, index) => {
    const name = joined([conceptName(activity.detail?.code), textOf(activity.detail?.description)], ": ");
    if (name === "" || activity.detail?.status === "cancelled" || activity.detail?.doNotPerform === true) return [];
    return [
      draftFact(plan, context, {
        kind: "plan",
        text: `${title}: ${name}`,
        label: name,
        path: `activity[${index}].detail`,
        value: name,
        time,
        status: plan.status,
        concept: activity.detail?.code,
      }),
    ];
  });
  const description = textOf(plan.description);
  const own =
    description === undefined && activities.length > 0
      ? []
      : [
          draftFact(plan, context, {
            kind: "plan",
            text: joined([title, description], ": "),
            label: description ?? title,
            path: description === undefined ? "category" : "description",
            value: description ?? title,
            time,
            status: plan.status,
          }),
        ];
  return [...own, ...activities];
}

/** One fact a goal. */
export function goalFacts(goal: Goal, context: ExtractContext): readonly FactDraft[] {
  const name = conceptName(goal.description);
  if (name === undefined) return [];
  return [
    draftFact(goal, context, {
      kind: "goal",
      text: `Goal: ${name} (${textOf(goal.lifecycleStatus) ?? "status unknown"})`,
      label: name,
      concept: goal.description,
      path: "description",
      value: name,
      time: textOf(goal.startDate),
      status: goal.lifecycleStatus,
    }),
  ];
}

/** One fact a diet order; it is an instruction that goes home with the patient. */
export function nutritionFacts(order: NutritionOrder, context: ExtractContext): readonly FactDraft[] {
  const diets = list(order.oralDiet?.type).flatMap((type) => conceptName(type) ?? []);
  const name = joined([...diets, textOf(order.oralDiet?.instruction)]);
  if (name === "") return [];
  return [
    draftFact(order, context, {
      kind: "plan",
      text: `${context.words.text("name.diet", { diet: name })} (${context.words.code(order.status)})`,
      label: context.words.text("name.diet", { diet: name }),
      path: "oralDiet",
      value: name,
      time: textOf(order.dateTime),
      status: order.status,
    }),
  ];
}

/** One fact a task with words for a clinician. */
export function taskFacts(task: Task, context: ExtractContext): readonly FactDraft[] {
  const name = textOf(task.description) ?? conceptName(task.code);
  if (name === undefined) return [];
  const due = textOf(task.restriction?.period?.end) ?? textOf(task.executionPeriod?.start);
  const owner = cleanName(task.owner?.display);
  return [
    draftFact(task, context, {
      kind: "appointment",
      text: `Task: ${name} (${textOf(task.status) ?? "status unknown"})${onDate(context, due)}`,
      label: name,
      time: due ?? textOf(task.authoredOn),
      status: task.status,
      appointment: defined<AppointmentDetail>({ with: owner, focus: textOf(task.focus?.reference) }),
    }),
  ];
}

/** True for what was sent to the patient or to who cares for them at home; a message without recipients may have been. */
function isToPatient(message: Communication | CommunicationRequest): boolean {
  const types = list(message.recipient).flatMap(({ reference, type }) => type ?? referencedType(reference ?? "") ?? []);
  return types.length === 0 || types.some((type) => type === "Patient" || type === "RelatedPerson");
}

/** One fact a message to the patient: education given, instructions sent. What the staff write each other is none. */
export function communicationFacts(
  message: Communication | CommunicationRequest,
  context: ExtractContext,
): readonly FactDraft[] {
  if (!isToPatient(message)) return [];
  const time =
    message.resourceType === "Communication"
      ? (textOf(message.sent) ?? textOf(message.received))
      : textOf(message.authoredOn);
  return list<{ readonly contentString?: string | undefined }>(message.payload).flatMap((payload, index) => {
    const text = textOf(payload.contentString);
    if (text === undefined) return [];
    return [
      draftFact(message, context, {
        kind: "plan",
        text: `Instruction: ${text}`,
        label: text,
        path: `payload[${index}].contentString`,
        value: text,
        time,
        status: message.status,
      }),
    ];
  });
}

/** Code status as a flag or an advance directive. */
export function codeStatusFacts(resource: Consent | Flag, context: ExtractContext): readonly FactDraft[] {
  if (resource.resourceType === "Flag") {
    const name = conceptName(resource.code);
    if (name === undefined || !/\b(?:code status|resuscitat|dnr|dni|full code)\b/iu.test(name)) return [];
    return [
      draftFact(resource, context, {
        kind: "code-status",
        text: `Code status: ${name}`,
        label: name,
        path: "code",
        value: name,
        time: textOf(resource.period?.start),
        status: resource.status,
      }),
    ];
  }
  const names = [...list(resource.category), ...list(resource.provision?.code)].flatMap(
    (concept) => conceptName(concept) ?? [],
  );
  const name = names.find((candidate) => /\b(?:resuscitat|dnr|advance directive|full code)\b/iu.test(candidate));
  if (name === undefined) return [];
  return [
    draftFact(resource, context, {
      kind: "code-status",
      text: `Code status: ${name}`,
      label: name,
      path: "category",
      value: name,
      time: textOf(resource.dateTime),
      status: resource.status,
    }),
  ];
}
