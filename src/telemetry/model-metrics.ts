/** Calls of language models in Prometheus. Labels are what settings name and codes: never a word of a request or an answer. */
import type { Registry } from "prom-client";
import { Counter, Histogram } from "prom-client";

export interface ModelCallFigures {
  readonly tenant: string;
  /** As the settings name it. */
  readonly model: string;
  readonly part: string;
  readonly mode: "shown" | "shadow";
  /** `written`, `nothing-stood`, `cancelled`, or an error code. */
  readonly outcome: string;
  readonly cached: boolean;
  readonly seconds: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  readonly stood: number;
  readonly dropped: number;
}

export interface ModelMetrics {
  /** One for each call that has ended. */
  call(figures: ModelCallFigures): void;
}

export function createModelMetrics(registry: Registry): ModelMetrics {
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
    new Counter({ name, help, labelNames, registers });
  const calls = counter("handover_model_calls_total", "Calls of language models, by how they ended.", [
    "tenant",
    "model",
    "part",
    "mode",
    "outcome",
    "cached",
  ]);
  const tokens = counter(
    "handover_model_tokens_total",
    "Tokens, counted or estimated; answers from before cost none.",
    ["tenant", "model", "direction"],
  );
  const cost = counter("handover_model_cost_total", "Cost by the models' prices, in the tenant's currency.", [
    "tenant",
    "model",
  ]);
  const sentences = counter("handover_model_sentences_total", "Sentences that models wrote, by what the gate said.", [
    "tenant",
    "model",
    "verdict",
  ]);
  const seconds = new Histogram({
    name: "handover_model_call_seconds",
    help: "Time of a call that was made, its wait for a place included.",
    labelNames: ["tenant", "model"],
    buckets: [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 600, 3600],
    registers,
  });
  return {
    call: ({ tenant, model, part, mode, outcome, cached, ...figures }) => {
      calls.inc({ tenant, model, part, mode, outcome, cached: String(cached) });
      sentences.inc({ tenant, model, verdict: "stood" }, figures.stood);
      sentences.inc({ tenant, model, verdict: "refused" }, figures.dropped);
      if (cached) return;
      tokens.inc({ tenant, model, direction: "in" }, figures.inputTokens);
      tokens.inc({ tenant, model, direction: "out" }, figures.outputTokens);
      cost.inc({ tenant, model }, figures.cost);
      seconds.observe({ tenant, model }, figures.seconds);
    },
  };
}
