/** The embedded engine: a summary from facts and rules alone. No model, no network, the same bytes every time. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Chart } from "../../core/chart/chart.ts";
import { extractFacts } from "../../core/facts/extract.ts";
import { createSectionContext } from "../../core/sections/context.ts";
import { writeSection } from "../../core/sections/template-sections.ts";
import { sectionsOfKind } from "../../core/summary/sections.ts";
import type { Section, Sentence } from "../../core/summary/summary.ts";
import { verifySentence } from "../../core/verification/verify-sentence.ts";
import type {
  GenerationEvent,
  GenerationOptions,
  GenerationRequest,
  GenerationResult,
  SummaryGenerator,
} from "../summary-generator.ts";

/** Decides each sentence's `verified` against the chart. */
export function verifierOf(chart: Chart, options: GenerationOptions): (sentence: Sentence) => Sentence {
  return (sentence) => ({ ...sentence, verified: verifySentence(sentence, chart, options).verified });
}

/** The section with each sentence's `verified` decided against the chart. */
export function verifySection(section: Section, chart: Chart, options: GenerationOptions): Section {
  return { ...section, sentences: section.sentences.map(verifierOf(chart, options)) };
}

async function* generate(request: GenerationRequest): AsyncGenerator<GenerationEvent, GenerationResult> {
  const { chart, options, signal, finished } = request;
  signal.throwIfAborted();
  yield { kind: "step", step: "structuring" };
  const facts = extractFacts(chart, options);
  const context = createSectionContext(chart, facts, options);
  const done = new Set(finished.map((section) => section.id));
  yield { kind: "step", step: "writing" };
  for (const id of sectionsOfKind(context.kind).filter((candidate) => !done.has(candidate))) {
    // Writing is synchronous work: a turn between sections lets a cancel, a heartbeat or another job come through.
    await nextTurn();
    signal.throwIfAborted();
    const section = verifySection(writeSection(id, context), chart, options);
    yield { kind: "section", section };
  }
  yield { kind: "step", step: "verifying" };
  signal.throwIfAborted();
  return { engine: "template", droppedSentences: 0 };
}

/**
 * The template engine. Yields each section as soon as it is computed and verified; sections in `finished` are not
 * yielded again. Throws the signal's reason when it aborts.
 */
export function createTemplateGenerator(): SummaryGenerator {
  return { engine: "template", generate };
}
