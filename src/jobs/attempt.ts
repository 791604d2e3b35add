/** One attempt at one job: read the chart, let the engine write, keep what it finished, end. */
import { buildChart } from "../core/chart/build-chart.ts";
import type { Chart } from "../core/chart/chart.ts";
import { wordingOf } from "../core/language/wording.ts";
import { labelledSection } from "../core/sensitivity/labelled-summary.ts";
import { defaultPolicy } from "../core/sensitivity/policy.ts";
import { labelsByReference, labelsOfStay, withheldBySection, withoutLabelled } from "../core/sensitivity/withhold.ts";
import { sourcesOf } from "../core/staleness/sources.ts";
import type { Section } from "../core/summary/summary.ts";
import type { ReviewBasis } from "../core/verification/second-look/review.ts";
import { reviewBasisOf } from "../core/verification/second-look/review.ts";
import type { GenerationEvent } from "../generation/summary-generator.ts";
import { DraftWriter } from "./draft-writer.ts";
import { appendDraft, keepChart, keepSection, keptChart, keptSections, reportStep, resetUnfinished } from "./fenced.ts";
import type { Drafted } from "./outcome.ts";
import { complete, giveUp, maxLosses, waitForChart } from "./outcome.ts";
import { streamedText } from "../core/summary/streamed-text.ts";
import type { ChartSnapshot } from "./snapshot.ts";
import type { Claimed, WorkDeps } from "./work.ts";
import { AttemptStopped } from "./work.ts";

export type AttemptEnd = "completed" | "waiting" | "failed";

async function readChart(deps: WorkDeps, claimed: Claimed, signal: AbortSignal): Promise<ChartSnapshot | "waiting"> {
  const kept = await keptChart(deps, claimed, "read");
  if (kept !== undefined) return kept;
  const given = await keptChart(deps, claimed, "given");
  const { tenant, patient, encounter } = claimed;
  const request = { tenant, patient, encounter, snapshot: given?.resources ?? [], gaps: given?.gaps ?? [], signal };
  const chart = await untilAborted(deps.chartReader(request), signal);
  await deps.barrier("chart-read");
  if (chart === "waiting") return chart;
  await keepChart(deps, claimed, chart);
  await deps.barrier("chart-stored");
  return chart;
}

/** Waits for a step, but not beyond the moment at which the attempt is stopped; then throws the signal's reason. */
async function untilAborted<T>(step: Promise<T>, signal: AbortSignal): Promise<T> {
  // The loser may still fail, with nobody left to hear it; so may a step that was begun with a signal that is aborted already.
  step.catch(() => undefined);
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([step, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}

/** Carries out what the engine says, and collects the finished sections. */
class Writing {
  readonly sections: Section[];
  readonly #deps: WorkDeps;
  readonly #claimed: Claimed;
  readonly #draft: DraftWriter;
  readonly #label: (section: Section) => Section;

  constructor(
    deps: WorkDeps,
    claimed: Claimed,
    finished: readonly Section[],
    label: (section: Section) => Section,
    onFailure: (error: unknown) => void,
  ) {
    this.#label = label;
    this.#deps = deps;
    this.#claimed = claimed;
    this.sections = [...finished];
    this.#draft = new DraftWriter({
      append: (events) => appendDraft(deps, claimed, events),
      attempt: claimed.attempt,
      onFailure,
    });
  }

  async on(event: GenerationEvent): Promise<void> {
    const { barrier } = this.#deps;
    switch (event.kind) {
      case "step":
        await this.#draft.flush();
        await reportStep(this.#deps, this.#claimed, event.step);
        return barrier("step");
      case "delta":
        await this.#draft.delta(event.section, event.text);
        return barrier("delta");
      case "reset":
        return this.#draft.reset(event.section);
      case "section":
        return this.#finish(event.section);
    }
  }

  async #finish(written: Section): Promise<void> {
    const section = this.#label(written);
    // An engine that ignores `finished` must not make a section twice.
    if (this.sections.some((done) => done.id === section.id)) return;
    await this.#draft.flush();
    await this.#deps.barrier("section-written");
    await keepSection(this.#deps, this.#claimed, section, this.#draft.corrections(section.id, streamedText(section)));
    this.sections.push(section);
    await this.#deps.barrier("section-stored");
  }

  async end(): Promise<void> {
    await this.#draft.flush();
  }

  stop(): void {
    this.#draft.stop();
  }
}

/** Records of all facts of weight, told or not: the second look may put each of them in. */
const offeredIn = ({ candidates }: ReviewBasis): readonly string[] =>
  candidates.flatMap(({ evidence }) => evidence.map(({ reference }) => reference));

async function write(deps: WorkDeps, claimed: Claimed, whole: Chart, stop: AbortController): Promise<Drafted> {
  const { generator, options, sensitivity = defaultPolicy } = deps.generatorFor(claimed.tenant);
  const { chart, withheld } = withoutLabelled(whole, sensitivity, "documents");
  const [labels, counts] = [labelsByReference(chart), withheldBySection(withheld)];
  const words = wordingOf(options.language);
  const finished = await keptSections(deps, claimed);
  const writing = new Writing(
    deps,
    claimed,
    finished,
    (section) => labelledSection(section, labels, counts.get(section.id) ?? 0, words),
    (error) => stop.abort(new AttemptStopped("write-failed", error)),
  );
  const events = generator.generate({
    chart,
    options,
    finished,
    signal: stop.signal,
    requestId: `${claimed.job}.${claimed.attempt}`,
    job: claimed.job,
  });
  try {
    for (;;) {
      const next = await untilAborted(events.next(), stop.signal);
      if (next.done === true) {
        await writing.end();
        const { sections } = writing;
        const basis = reviewBasisOf(chart, sections, options);
        return {
          sections,
          result: next.value,
          sources: sourcesOf(whole, sections, offeredIn(basis)),
          basis,
          security: labelsOfStay(chart),
          ...(options.style === undefined ? {} : { style: options.style }),
        };
      }
      await writing.on(next.value);
      stop.signal.throwIfAborted();
    }
  } finally {
    writing.stop();
    // Lets the engine close its connection to the provider. Not awaited: an engine that ignores the signal would hold us.
    void events.return({ engine: generator.engine, droppedSentences: 0 }).catch(() => undefined);
  }
}

/**
 * Runs a claimed job to one of its ends. Throws the signal's reason when stopped, FenceLost when the job moved on, and
 * whatever a step threw; the caller records that.
 */
export async function runAttempt(deps: WorkDeps, claimed: Claimed, stop: AbortController): Promise<AttemptEnd> {
  await deps.barrier("claimed");
  if (claimed.losses >= maxLosses) {
    await giveUp(deps, claimed);
    return "failed";
  }
  if (claimed.attempt > 1) await resetUnfinished(deps, claimed);
  else await reportStep(deps, claimed, "reading");
  const chart = await readChart(deps, claimed, stop.signal);
  stop.signal.throwIfAborted();
  if (chart === "waiting") {
    await waitForChart(deps, claimed);
    return "waiting";
  }
  const built = buildChart({
    resources: chart.resources,
    gaps: chart.gaps,
    encounterId: claimed.encounter.replace(/^Encounter\//u, ""),
    patientId: claimed.patient.replace(/^Patient\//u, ""),
  });
  const drafted = await write(deps, claimed, built, stop);
  await deps.barrier("generated");
  await complete(deps, claimed, built, drafted);
  await deps.barrier("completed");
  return "completed";
}
