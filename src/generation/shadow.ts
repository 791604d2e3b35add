/** Shadow mode: the computed summary is the one that everybody sees; what a model would have written is made and measured. */
import type { GenerationRequest, SummaryGenerator } from "./summary-generator.ts";

export interface ShadowRuns {
  /** Runs when there is room. What finds none, or is under way at `stop`, is lost: it is a sample, nobody waits for it. */
  start(run: (signal: AbortSignal) => Promise<void>): void;
  stop(): Promise<void>;
}

const mostAtOnce = 2;
/** Charts that may wait in memory. */
const mostWaiting = 20;

export function createShadowRuns(onError: (error: unknown) => void): ShadowRuns {
  const stopping = new AbortController();
  const waiting: ((signal: AbortSignal) => Promise<void>)[] = [];
  const running = new Set<Promise<void>>();
  const next = (): void => {
    const run = running.size < mostAtOnce ? waiting.shift() : undefined;
    if (run === undefined || stopping.signal.aborted) return;
    const one = run(stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) onError(error);
      })
      .finally(() => {
        running.delete(one);
        next();
      });
    running.add(one);
  };
  return {
    start: (run) => {
      if (waiting.length >= mostWaiting) return;
      waiting.push(run);
      next();
    },
    stop: async () => {
      stopping.abort(new Error("stopped"));
      await Promise.all(running);
    },
  };
}

async function measure(measured: SummaryGenerator, request: GenerationRequest): Promise<void> {
  // Its books keep what is to be known; the text goes nowhere.
  for await (const _event of measured.generate(request));
}

/** `shown` writes the summary. Once it is whole, `measured` writes the same for nobody. */
export function createShadowGenerator(
  shown: SummaryGenerator,
  measured: SummaryGenerator,
  runs: ShadowRuns,
): SummaryGenerator {
  return {
    engine: shown.engine,
    async *generate(request) {
      const result = yield* shown.generate(request);
      const requestId = `${request.requestId}.shadow`;
      runs.start((signal) => measure(measured, { ...request, finished: [], requestId, signal }));
      return result;
    },
  };
}
