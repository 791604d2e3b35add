/**
 * Engine `model`: the structured sections are the template engine's, word for word; a language model writes the hospital
 * course only, and each of its sentences counts only after the gate. Whatever goes wrong with the model, the template's
 * course stands in.
 */
import type { Chart } from "../../core/chart/chart.ts";
import type { Fact } from "../../core/chart/facts.ts";
import type { ErrorCode } from "../../core/errors.ts";
import { AdapterError } from "../../core/errors.ts";
import type { Section } from "../../core/summary/summary.ts";
import type {
  GenerationEvent,
  GenerationOptions,
  GenerationRequest,
  GenerationResult,
  SummaryGenerator,
} from "../summary-generator.ts";
import type { Course } from "./course.ts";
import { startCourse } from "./course.ts";
import { minimise } from "./minimise.ts";
import { answerSchema, systemInstruction, userMessage } from "./prompt.ts";
import type { ModelCompletion, ModelPrompt, ModelProvider } from "./provider.ts";
import { selectFacts } from "./select-facts.ts";
import { writeCourse } from "./write-course.ts";

/** What the template engine makes of a chart; the model engine builds on it. */
export interface StructuredDraft {
  readonly facts: readonly Fact[];
  /** All sections, the template's own course among them. */
  readonly sections: readonly Section[];
}

export interface ModelGeneratorOptions {
  readonly provider: ModelProvider;
  readonly structure: (chart: Chart, options: GenerationOptions) => StructuredDraft;
  /** Room for facts in the request, in estimated tokens. */
  readonly factBudgetTokens?: number;
  readonly maxOutputTokens?: number;
}

const defaultFactBudgetTokens = 6000;
const defaultMaxOutputTokens = 2000;

interface CourseResult {
  readonly section: Section;
  readonly completion?: ModelCompletion;
  readonly fellBackBecause?: ErrorCode;
  readonly dropped: number;
}

function promptFor(shown: readonly Fact[], request: GenerationRequest, maxOutputTokens: number): ModelPrompt {
  return {
    system: systemInstruction,
    user: userMessage(minimise(shown, request.chart)),
    schema: answerSchema(shown),
    maxOutputTokens,
    signal: request.signal,
    requestId: request.requestId,
  };
}

/** The template's course in place of the model's. Text that was shown is taken back first. */
function* fallBack(template: Section, code: ErrorCode, course: Course): Generator<GenerationEvent, CourseResult> {
  yield { kind: "reset", section: "course" };
  return { section: template, fellBackBecause: code, dropped: course.dropped() };
}

async function* courseOf(
  template: Section,
  { shown, chartFacts }: { readonly shown: readonly Fact[]; readonly chartFacts: readonly Fact[] },
  request: GenerationRequest,
  options: ModelGeneratorOptions,
): AsyncGenerator<GenerationEvent, CourseResult> {
  const { chart, signal } = request;
  const course = startCourse({ chart, facts: shown, chartFacts, template, timeZone: request.options.timeZone });
  try {
    const prompt = promptFor(shown, request, options.maxOutputTokens ?? defaultMaxOutputTokens);
    const completion = yield* writeCourse(options.provider, prompt, course);
    const section = course.section();
    if (section === undefined) return yield* fallBack(template, "model_failed", course);
    return { section, completion, dropped: course.dropped() };
  } catch (error) {
    // A cancelled job has no summary; falling back would write one.
    signal.throwIfAborted();
    if (!(error instanceof AdapterError)) throw error;
    return yield* fallBack(template, error.code, course);
  }
}

/** The model has nothing to write where the chart tells no course, or where an earlier attempt finished it. */
function courseToWrite(draft: StructuredDraft, request: GenerationRequest): Section | undefined {
  if (request.finished.some(({ id }) => id === "course")) return undefined;
  return draft.sections.find(({ id, status }) => id === "course" && status === "documented");
}

function resultOf(provider: ModelProvider, { completion, fellBackBecause, dropped }: CourseResult): GenerationResult {
  return {
    engine: fellBackBecause === undefined ? "model" : "template",
    model: completion?.model ?? provider.model,
    ...(completion?.usage === undefined ? {} : { usage: completion.usage }),
    ...(fellBackBecause === undefined ? {} : { fellBackBecause }),
    droppedSentences: dropped,
  };
}

/** No call was made: the summary is a model's only if an earlier attempt's course was. */
function unwritten(finished: readonly Section[]): GenerationResult {
  const byModel = finished.some(({ sentences }) => sentences.some(({ origin }) => origin === "model"));
  return { engine: byModel ? "model" : "template", droppedSentences: 0 };
}

async function* generate(
  request: GenerationRequest,
  options: ModelGeneratorOptions,
): AsyncGenerator<GenerationEvent, GenerationResult> {
  const { chart, finished, signal } = request;
  yield { kind: "step", step: "structuring" };
  signal.throwIfAborted();
  const draft = options.structure(chart, request.options);
  const course = courseToWrite(draft, request);
  const done = new Set(finished.map(({ id }) => id));
  for (const section of draft.sections) {
    if (section !== course && !done.has(section.id)) yield { kind: "section", section };
  }
  if (course === undefined) return unwritten(finished);

  yield { kind: "step", step: "writing" };
  const shown = selectFacts(draft.facts, draft.sections, options.factBudgetTokens ?? defaultFactBudgetTokens);
  const written = yield* courseOf(course, { shown, chartFacts: draft.facts }, request, options);
  yield { kind: "step", step: "verifying" };
  signal.throwIfAborted();
  yield { kind: "section", section: written.section };
  return resultOf(options.provider, written);
}

/** An engine that falls back by itself: it throws only when `signal` aborts, or for a fault of our own. */
export function createModelGenerator(options: ModelGeneratorOptions): SummaryGenerator {
  return { engine: "model", generate: (request) => generate(request, options) };
}
