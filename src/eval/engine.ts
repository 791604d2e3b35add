/** One draft by one engine, with what it took. */
import type { Chart } from "../core/chart/chart.ts";
import type { Section } from "../core/summary/summary.ts";
import { inReadingOrder } from "../core/summary/sections.ts";
import type {
  GenerationEvent,
  GenerationOptions,
  GenerationResult,
  SummaryGenerator,
} from "../generation/summary-generator.ts";

export interface Draft {
  readonly sections: readonly Section[];
  readonly result: GenerationResult;
  /** Milliseconds until the first section or word was there. */
  readonly firstTextMs: number;
  readonly totalMs: number;
}

const showsText = ({ kind }: GenerationEvent): boolean => kind === "section" || kind === "delta";

/** Runs an engine over a chart to its end. `startedAtMs` is when the chart was in hand, by `performance.now()`. */
export async function writeDraft(
  generator: SummaryGenerator,
  chart: Chart,
  options: GenerationOptions,
  startedAtMs: number,
): Promise<Draft> {
  const sections: Section[] = [];
  let firstTextMs: number | undefined;
  const events = generator.generate({
    chart,
    options,
    finished: [],
    signal: new AbortController().signal,
    requestId: "evaluation",
  });
  for (;;) {
    const next = await events.next();
    const atMs = performance.now() - startedAtMs;
    if (next.done === true)
      return {
        sections: inReadingOrder(sections),
        result: next.value,
        firstTextMs: firstTextMs ?? atMs,
        totalMs: atMs,
      };
    if (showsText(next.value)) firstTextMs ??= atMs;
    if (next.value.kind === "section") sections.push(next.value.section);
  }
}
