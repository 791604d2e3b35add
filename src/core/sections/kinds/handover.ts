/** A transfer: to whom, in what state, and what was running, for the team that takes over. */
import type { Fact } from "../../chart/facts.ts";
import { textOf } from "../../chart/readable.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "../context.ts";
import { encounterEvidence, groupBy, say } from "../context.ts";
import type { Topic } from "./told.ts";
import { missing, readings, toldOn } from "./told.ts";

const reason: Topic = {
  lead: "handover.reason",
  title: /^(?:reason for transfer|indication for transfer|verlegungsgrund)$/iu,
  words: /\btransfer(?:red)?\b[^.]{0,60}\b(?:for|because of|due to)\b|verleg\w+[^.]{0,60}(?:zur|wegen|zum)\b/iu,
};
const state: Topic = {
  lead: "handover.state",
  title: /^(?:(?:condition|state|status) (?:at|on) (?:transfer|hand-?over)|zustand bei (?:verlegung|übergabe))$/iu,
  words:
    /\b(?:at|on|before) (?:the )?(?:transfer|hand-?over)\b[^.]{0,20}\b(?:stable|unstable|intubated|alert|afebrile)\b/iu,
};
const isolation: Topic = {
  lead: "handover.isolation",
  title: /^(?:isolation|precautions|isolierung)/iu,
  words:
    /\b(?:contact|droplet|airborne|enteric) (?:isolation|precautions)\b|\bisolat(?:ed|ion) for\b|isolierung wegen/iu,
};

function receiving(context: SectionContext): readonly SentenceDraft[] {
  const { hospitalization } = context.chart.encounter;
  const target = hospitalization?.destination;
  const named = context.chart.resources.find(
    (resource) => `${resource.resourceType}/${resource.id}` === target?.reference,
  );
  const own =
    named?.resourceType === "Organization" || named?.resourceType === "Location" ? textOf(named.name) : undefined;
  const facility = textOf(target?.display) ?? own;
  if (facility === undefined) return [];
  const more = own === undefined ? [] : [{ reference: target?.reference ?? "" }];
  return [
    say(
      context.words.text("handover.to", { facility }),
      encounterEvidence(context, "hospitalization.destination"),
      ...more,
    ),
  ];
}

/** Hospital orders that nobody had ended: what the next team must carry on or stop. */
function running(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("medication")
    .filter(
      (fact) =>
        fact.period === "this-stay" &&
        fact.medication?.list === "inpatient" &&
        fact.status === "active" &&
        !fact.medication.prohibited,
    );
  const text = (fact: Fact): string =>
    fact.medication?.dosage === undefined ? fact.label : `${fact.label}: ${fact.medication.dosage}`;
  const therapies = [...groupBy(facts, text).keys()];
  return therapies.length === 0
    ? []
    : [say(context.words.text("handover.running", { therapies: therapies.join("; ") }), facts)];
}

function oxygen(context: SectionContext): readonly SentenceDraft[] {
  const last = readings(context, ["3151-8", "19941-4"], /\boxygen flow\b|inhaled oxygen/iu).at(-1);
  if (last?.result === undefined) return [];
  const values = { value: last.result.printed, date: context.dates.date(last.time) };
  return [say(context.words.text("handover.oxygen", values), last)];
}

function devices(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("device")
    .filter((fact) => fact.device?.use === "stated" && fact.status === "active" && fact.period !== "after");
  const names = [...new Set(facts.map((fact) => fact.label))];
  return names.length === 0
    ? []
    : [say(context.words.text("handover.devices", { names: context.words.list(names) }), facts)];
}

const isolates = /\b(?:isolation|(?:contact|droplet|airborne|enteric) precautions|isolierung)\b/iu;

/** Isolation that was ordered and not ended. */
function ordered(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("order")
    .filter((fact) => fact.period === "this-stay" && fact.status === "active" && isolates.test(fact.label));
  const names = [...new Set(facts.map((fact) => fact.label))];
  return names.length === 0
    ? []
    : [say(context.words.text("handover.isolationOrdered", { names: context.words.list(names) }), facts)];
}

/** Writes `handover`. */
export function handoverSection(context: SectionContext): SectionDraft {
  const facility = receiving(context);
  return {
    sentences: [
      ...facility,
      ...toldOn(context, reason),
      ...toldOn(context, state),
      ...running(context),
      ...oxygen(context),
      ...devices(context),
      ...ordered(context),
      ...toldOn(context, isolation),
      ...missing(context, [["handover.missingFacility", facility]]),
    ],
    lookedFor: "handover.lookedFor",
  };
}
