/** CDS service `discharge-summary`: one card about the discharge summary of the stay, by the contract's table of states. */
import type {
  CardDraft,
  CdsService,
  ChartData,
  ChartSource,
  HookCall,
  ServicePorts,
  StayCall,
} from "../../src/hooks/service.ts";
import { callDigest } from "../../src/hooks/card-memory.ts";
import { AdapterError } from "../../src/core/errors.ts";
import type { MessageKey } from "../../src/core/language/messages.ts";
import { languageOf } from "../../src/core/language/language.ts";
import { wordingOf } from "../../src/core/language/wording.ts";
import { summaryTypes } from "../../src/core/sections/unread.ts";
import type { CreateJob, Job } from "../../src/jobs/jobs.ts";
import {
  draftReadyCard,
  failedCard,
  inProgressCard,
  retractedCard,
  signedCard,
  startCard,
  unavailableCard,
  waitingCard,
} from "./cards.ts";
import { dischargePrefetch } from "./prefetch.ts";
import { stateOf } from "./state.ts";

export const service: CdsService = {
  id: "discharge-summary",
  title: "Discharge summary",
  description:
    "Prepares a draft of the discharge summary from the chart, with evidence for each sentence, for a clinician to review and sign.",
  usageRequirements:
    "Needs the Patient and the Encounter, by prefetch, SMART Backend Services, the hook's own token or a SMART launch.",
  topic: { system: "http://loinc.org", code: "18842-5", display: "Discharge summary" },
  // No prefetch on patient-view: opening a chart never starts work, so the EHR need not gather anything.
  hooks: { "encounter-discharge": { prefetch: dischargePrefetch }, "patient-view": {} },
  overrideReasons: [
    { code: "written-elsewhere", display: "The summary is written elsewhere" },
    { code: "not-now", display: "Not now" },
    { code: "not-needed", display: "No summary is needed for this stay" },
    { code: "draft-unsuitable", display: "The draft does not help" },
  ],
  answer: async (call, ports) => {
    const { encounter } = call;
    // CDS Hooks library: patient-view outside an encounter. There is no stay to speak of.
    if (encounter === undefined) return [];
    const stay = { ...call, encounter };
    const job = await ports.latest(stay);
    const state = stateOf(job);
    // patient-view speaks only of what is under way or needs somebody; opening a chart never starts paid work.
    const silent =
      state === "discarded" || (call.hook === "patient-view" && ["none", "signed", "retracted"].includes(state));
    if (silent || (await ports.overridden(stay, job?.id))) return [];
    if (job === undefined) return answerNone(stay, ports);
    // A later discharge call may know more of the chart than the one that made the job.
    const open = ["waiting", "in-progress", "draft-ready"].includes(state);
    return [await jobCard(stay, ports, open ? await ports.bringChart(job) : job)];
  },
  answerBlind: (hook, tenant) =>
    hook === "encounter-discharge" ? [unavailableCard(wordingOf(languageOf(tenant.language)))] : [],
};

/** Labels of links, but for the one that names a date. */
type LinkKey = Exclude<Extract<MessageKey, `link.${string}`>, "link.openSignedOn">;

/** The card about a job that exists, in whatever state it is. */
async function jobCard(call: StayCall, ports: ServicePorts, job: Job): Promise<CardDraft> {
  const words = wordingOf(languageOf(call.tenant.language));
  const open = (label: LinkKey) => ports.link(call, words.text(label), "open", job.id);
  switch (stateOf(job)) {
    case "waiting":
      return waitingCard(words, job, await open("link.openAndStart"));
    case "draft-ready":
      // Behind a one-time link nobody can sign.
      return draftReadyCard(words, job, await open(call.tenant.ehr.smart === undefined ? "link.read" : "link.review"));
    case "signed":
      return signedCard(words, job, await open("link.openSigned"));
    case "failed":
      return failedCard(words, job, await againLink(call, ports, words.text("link.again"), job));
    case "retracted":
      return retractedCard(
        words,
        job,
        (await againLink(call, ports, words.text("link.startNew"), job)) ?? (await open("link.openRetracted")),
      );
    default:
      return inProgressCard(words, job, await open("link.openDraft"));
  }
}

/** A link that starts anew; undefined where a new draft could not get its chart. */
async function againLink(call: StayCall, ports: ServicePorts, label: string, job: Job) {
  if (!call.tenant.generation.enabled) return undefined;
  const source = await sourceIfAny(ports);
  return source === undefined ? undefined : ports.link(call, label, "retry", job.id, chartOf(source));
}

/** patient-view brings no prefetch: there a new draft needs the EHR's own access. */
async function sourceIfAny(ports: ServicePorts): Promise<ChartSource | undefined> {
  try {
    return await ports.chartSource();
  } catch (error) {
    if (error instanceof AdapterError && (error.code === "prefetch_unavailable" || error.code === "ehr_timeout"))
      return undefined;
    throw error;
  }
}

/** No job yet, on encounter-discharge: start one where the tenant wants that, else offer to. */
async function answerNone(call: StayCall, ports: ServicePorts): Promise<readonly CardDraft[]> {
  const { enabled, autoDraftOn } = call.tenant.generation;
  if (!enabled) return [];
  const source = await ports.chartSource();
  if (!autoDraftOn.some((hook) => hook === call.hook)) {
    const words = wordingOf(languageOf(call.tenant.language));
    const link = await ports.link(call, words.text("link.start"), "start", undefined, chartOf(source));
    return [startCard(words, link)];
  }
  const { job } = await ports.create(jobFor(call, call.encounter, source));
  // This hookInstance, or another trigger, may have had a job before: the card says how that one stands.
  return stateOf(job) === "discarded" ? [] : [await jobCard(call, ports, job)];
}

/** Types that the prefetch never asks for. A draft from the prefetch alone must not say that it looked there. */
const neverAsked = [...summaryTypes]
  .filter((type) => !Object.values(dischargePrefetch).some((template) => template.startsWith(`${type}?`)))
  .map((type) => `${type}: no part of the prefetch`);

function chartOf(source: ChartSource): ChartData | undefined {
  if (source.kind === "launch") return undefined;
  // Where we have access of our own, the worker reads everything, and tells its own gaps.
  const gaps = source.kind === "backend" ? [] : [...source.chart.gaps, ...neverAsked];
  return { resources: source.chart.resources, gaps };
}

function jobFor(call: HookCall, encounter: string, source: ChartSource): CreateJob {
  const chart = chartOf(source);
  return {
    tenant: call.tenant.id,
    patient: call.patient,
    encounter,
    documentType: "discharge-summary",
    trigger: "hook",
    actor: call.actor,
    key: { kind: "hook", value: call.hookInstance, digest: callDigest(call) },
    waitForLaunch: source.kind === "launch",
    ...(chart === undefined || chart.resources.length === 0
      ? {}
      : {
          snapshot: { kind: "prefetch", ...chart },
        }),
  };
}
