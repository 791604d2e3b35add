/**
 * Engine `model`: the structured sections are the template engine's, word for word. A language model writes the hospital
 * course, one line of it and the patient's wording, and each of its sentences counts only after the gate. Whatever goes
 * wrong with the models, the template's words stand alone.
 */
import type { Chart } from "../../core/chart/chart.ts";
import type { Fact } from "../../core/chart/facts.ts";
import type { Section } from "../../core/summary/summary.ts";
import { streamedText } from "../../core/summary/streamed-text.ts";
import type {
  CallRecord,
  GenerationEvent,
  GenerationOptions,
  GenerationRequest,
  GenerationResult,
  SummaryGenerator,
  Usage,
} from "../summary-generator.ts";
import type { PartRequest, PartResult } from "./chain.ts";
import { writeByChain } from "./chain.ts";
import type { Disclosure, ShownFact } from "./disclosure/disclosure.ts";
import { createDisclosure, personFact } from "./disclosure/disclosure.ts";
import type { ModelGovernor } from "./governor.ts";
import { unlimited } from "./governor.ts";
import type { ModelPart, ModelPartId } from "./parts.ts";
import { modelPartIds, modelParts } from "./parts.ts";
import { answerSchema, promptHash, promptVersion, systemInstruction, userMessage } from "./prompt.ts";
import type { ModelProvider } from "./provider.ts";
import { sampling } from "./provider.ts";
import { secondPrompt, secondPromptHash } from "./second-try.ts";
import { startSectionDraft } from "./section-draft.ts";
import { selectFacts } from "./select-facts.ts";
import type { StructuredDraft } from "./structure.ts";

export interface ModelGeneratorOptions {
  readonly provider: ModelProvider;
  /** Asked in this order when the one before could not. */
  readonly fallbacks?: readonly ModelProvider[];
  readonly structure: (chart: Chart, options: GenerationOptions) => StructuredDraft;
  /** Default: all. */
  readonly parts?: readonly ModelPartId[];
  /** Other limits than the parts have, for a model that reads or writes slowly. */
  readonly limits?: Partial<Pick<ModelPart, "factBudgetTokens" | "maxOutputTokens" | "kinds">>;
  readonly governor?: (request: GenerationRequest) => ModelGovernor;
  /** What becomes of a sentence that the gate refuses: the template's words, at once or after one more try. Default: at once. */
  readonly onRefused?: RefusedPolicy;
}

export type RefusedPolicy = "template" | "ask-again";

interface Work {
  readonly request: GenerationRequest;
  readonly draft: StructuredDraft;
  readonly disclosure: Disclosure;
  readonly models: readonly ModelProvider[];
  readonly governor: ModelGovernor;
  readonly onRefused: RefusedPolicy;
}

interface ToWrite {
  readonly part: ModelPart;
  readonly template: Section;
}

/** A model has nothing to write where the chart tells nothing, or where an earlier attempt finished the section. */
function partsToWrite(
  draft: StructuredDraft,
  request: GenerationRequest,
  { parts = modelPartIds, limits = {} }: ModelGeneratorOptions,
): readonly ToWrite[] {
  // Nothing of this chart may leave: no model is asked.
  if (draft.showable.size === 0) return [];
  const done = new Set(request.finished.map(({ id }) => id));
  return modelParts(parts).flatMap((each) => {
    const part = { ...each, ...limits };
    const template = draft.sections.find(({ id, status }) => id === part.section && status === "documented");
    return template === undefined || done.has(part.section) ? [] : [{ part, template }];
  });
}

interface Shown {
  /** The chart's own facts: what the gate judges by. */
  readonly facts: readonly Fact[];
  readonly shown: readonly ShownFact[];
  readonly leftOut: number;
}

function shownTo(part: ModelPart, { draft, disclosure, request }: Work): Shown {
  const showable = draft.facts.filter(({ id }) => draft.showable.has(id));
  const { facts, leftOut } = selectFacts(showable, draft.sections, part);
  const person = part.id === "one-liner" ? personFact(request.chart, request.options.timeZone) : undefined;
  const all = person === undefined ? facts : [person, ...facts];
  const shown = all.map((fact) => disclosure.show(fact, draft.showable.get(fact.id) ?? fact.text));
  return { facts: all, shown, leftOut };
}

function requestFor({ part, template }: ToWrite, work: Work): PartRequest {
  const { request, draft, disclosure } = work;
  const { facts, shown, leftOut } = shownTo(part, work);
  const who = { patient: disclosure.patient, requestId: request.requestId };
  return {
    part,
    prompt: {
      system: systemInstruction(part),
      user: userMessage(part, shown, disclosure.patient),
      schema: answerSchema(shown),
      maxOutputTokens: part.maxOutputTokens,
      requestId: request.requestId,
    },
    promptHash: promptHash(part),
    ...(work.onRefused === "template"
      ? {}
      : {
          askAgain: {
            promptHash: secondPromptHash(part),
            prompt: (refusals) => secondPrompt(part, refusals, shown, who),
          },
        }),
    startDraft: () =>
      startSectionDraft({
        chart: request.chart,
        facts,
        chartFacts: draft.facts,
        template,
        placement: part.placement,
        beside: draft.besideCourse,
        timeZone: request.options.timeZone,
      }),
    restore: disclosure.restore,
    signal: request.signal,
    factsShown: shown.length,
    factsLeftOut: leftOut,
  };
}

/** Its section, written or as the template has it. */
async function* writeOne(toWrite: ToWrite, work: Work): AsyncGenerator<GenerationEvent, PartResult> {
  const { part, template } = toWrite;
  // The template's words are there at once; the model's are put beside them when they have passed.
  const standing = part.placement === "replace" ? "" : streamedText(template);
  if (standing !== "") yield { kind: "delta", section: template.id, text: standing };
  const writing = writeByChain(work.models, requestFor(toWrite, work), work.governor);
  try {
    for (;;) {
      const next = await writing.next();
      if (next.done === true) {
        yield { kind: "section", section: next.value.section ?? template };
        return next.value;
      }
      // Beside standing text a model's own is shown only once it is whole and has passed.
      if (standing === "") yield next.value;
    }
  } finally {
    await writing.return({ calls: [], dropped: 0 });
  }
}

function usageOf(calls: readonly CallRecord[]): Usage | undefined {
  const counted = calls.flatMap(({ usage, cached }) => (usage === undefined || cached ? [] : [usage]));
  if (counted.length === 0) return undefined;
  return {
    inputTokens: counted.reduce((sum, usage) => sum + usage.inputTokens, 0),
    outputTokens: counted.reduce((sum, usage) => sum + usage.outputTokens, 0),
  };
}

/** An earlier attempt's sections stand as they are: a sentence of a model among them makes the summary a model's. */
function byModel(finished: readonly Section[]): boolean {
  return finished.some(({ sentences }) => sentences.some(({ origin }) => origin === "model"));
}

function resultOf(results: readonly PartResult[], finished: readonly Section[]): GenerationResult {
  const calls = results.flatMap(({ calls }) => calls);
  const written = results.find(({ section }) => section !== undefined);
  const usage = usageOf(calls);
  // The first part is the story itself where there is one to tell: without it the summary is the template's.
  const failed = results[0]?.failed;
  return {
    engine: written !== undefined || byModel(finished) ? "model" : "template",
    ...(calls.length === 0 ? {} : { model: written?.completion?.model ?? calls[0]?.model ?? "" }),
    ...(usage === undefined ? {} : { usage }),
    ...(failed === undefined ? {} : { fellBackBecause: failed }),
    droppedSentences: results.reduce((sum, { dropped }) => sum + dropped, 0),
    record: { promptVersion, ...sampling, calls },
  };
}

async function* writeAll(toWrite: readonly ToWrite[], work: Work): AsyncGenerator<GenerationEvent, GenerationResult> {
  const results: PartResult[] = [];
  for (const one of toWrite) {
    // No model could do the part before: none is asked again for the next.
    if (results.some(({ section }) => section === undefined)) {
      yield { kind: "section", section: one.template };
      continue;
    }
    results.push(yield* writeOne(one, work));
  }
  return resultOf(results, work.request.finished);
}

async function* generate(
  request: GenerationRequest,
  options: ModelGeneratorOptions,
): AsyncGenerator<GenerationEvent, GenerationResult> {
  const { chart, finished, signal } = request;
  yield { kind: "step", step: "structuring" };
  signal.throwIfAborted();
  const draft = options.structure(chart, request.options);
  const toWrite = partsToWrite(draft, request, options);
  const later = new Set([...finished, ...toWrite.map(({ template }) => template)].map(({ id }) => id));
  for (const section of draft.sections) if (!later.has(section.id)) yield { kind: "section", section };
  if (toWrite.length === 0) return { engine: byModel(finished) ? "model" : "template", droppedSentences: 0 };

  yield { kind: "step", step: "writing" };
  const result = yield* writeAll(toWrite, {
    request,
    draft,
    disclosure: createDisclosure(chart, request.options.timeZone),
    models: [options.provider, ...(options.fallbacks ?? [])],
    governor: options.governor?.(request) ?? unlimited,
    onRefused: options.onRefused ?? "template",
  });
  yield { kind: "step", step: "verifying" };
  signal.throwIfAborted();
  return result;
}

/** An engine that falls back by itself: it throws only when `signal` aborts, or for a fault of our own. */
export function createModelGenerator(options: ModelGeneratorOptions): SummaryGenerator {
  return { engine: "model", generate: (request) => generate(request, options) };
}
