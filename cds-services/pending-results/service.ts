/** CDS service `pending-results`: one card about results that were pending in a signed summary and are final now. */
import { languageOf } from "../../src/core/language/language.ts";
import { wordingOf } from "../../src/core/language/wording.ts";
import { createDatePrinter } from "../../src/core/facts/dates.ts";
import { AdapterError } from "../../src/core/errors.ts";
import type { CardDraft, CdsService, HookCall, ServicePorts } from "../../src/hooks/service.ts";
import type { SignedSummary } from "../../src/jobs/jobs.ts";
import { awaitedIn, awaitsNothing } from "./awaited.ts";
import { detailOf, needsAttention, summaryOf } from "./cards.ts";
import type { FinalResult } from "./final-results.ts";
import { finalResults } from "./final-results.ts";
import { look, prefetch } from "./look.ts";

export const service: CdsService = {
  id: "pending-results",
  title: "Results after discharge",
  description:
    "Tells when results that were still pending in a signed discharge summary have come final, each with value, unit and flag.",
  usageRequirements:
    "Needs DiagnosticReport and Observation of the patient, by prefetch, the hook's own token or SMART Backend Services.",
  hooks: { "patient-view": { prefetch } },
  overrideReasons: [
    { code: "seen", display: "Seen" },
    { code: "acted-on", display: "Seen and acted on" },
    { code: "not-my-patient", display: "Not my patient" },
    { code: "not-relevant", display: "Not relevant for this visit" },
  ],
  answer: async (call, ports) => {
    const signed = await ports.signedSummaries();
    const stays = await Promise.all(signed.map((summary) => resultsOf(summary, call, ports)));
    const found = stays.filter(({ results }) => results.length > 0);
    if (found.length === 0) return nothingFound(stays);
    const aside = await ports.putAside(found.map(({ summary }) => summary.encounter));
    const fresh = found
      .map((stay) => ({ ...stay, results: stay.results.filter(({ item }) => !aside.has(item)) }))
      .filter(({ results }) => results.length > 0);
    const seen = count(found) - count(fresh);
    return fresh.length === 0 ? [] : [await card(call, ports, fresh, seen)];
  },
  // Nothing could be looked up: to say so to whoever opens a chart would only be noise.
  answerBlind: () => [],
};

interface LookedStay {
  readonly summary: SignedSummary;
  readonly results: readonly FinalResult[];
  readonly complete: boolean;
  readonly failed: boolean;
}

const count = (stays: readonly LookedStay[]): number => stays.reduce((sum, { results }) => sum + results.length, 0);

async function resultsOf(summary: SignedSummary, call: HookCall, ports: ServicePorts): Promise<LookedStay> {
  const awaited = awaitedIn(summary);
  if (awaitsNothing(awaited)) return { summary, results: [], complete: true, failed: false };
  const { resources, ...looked } = await look(awaited, call.patient, ports);
  return { summary, results: finalResults(awaited, summary.startedAt, resources), ...looked };
}

/** No card either way; but a look that failed is no "none", and must not be counted as one. */
function nothingFound(stays: readonly LookedStay[]): readonly CardDraft[] {
  if (stays.some(({ failed }) => failed))
    throw new AdapterError("ehr_timeout", { detail: "pending results could not be looked up in time" });
  return [];
}

async function card(
  call: HookCall,
  ports: ServicePorts,
  stays: readonly LookedStay[],
  seen: number,
): Promise<CardDraft> {
  const words = wordingOf(languageOf(call.tenant.language));
  const dates = createDatePrinter(call.tenant.timeZone, words);
  const results = stays.flatMap((stay) => stay.results);
  const links = stays.map(({ summary: { encounter, job, signedAt } }) =>
    ports.link(
      { ...call, encounter },
      words.text("link.openSignedOn", { date: dates.date(signedAt) ?? signedAt }),
      "open",
      job,
    ),
  );
  const [first] = stays;
  return {
    state: "results-final",
    summary: summaryOf(results, words),
    detail: detailOf(
      stays.map(({ summary, results: own }) => ({ signedAt: summary.signedAt, results: own })),
      dates,
      words,
      { complete: stays.every(({ complete }) => complete), seen },
    ),
    indicator: needsAttention(results) ? "warning" : "info",
    ...(first === undefined ? {} : { job: first.summary.job, encounter: first.summary.encounter }),
    items: results.map(({ item }) => item),
    links: await Promise.all(links),
    overridable: true,
  };
}
