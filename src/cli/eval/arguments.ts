/** The command line of `handover eval`. */
import { parseArgs } from "node:util";
import type { ChartSource } from "./charts.ts";
import type { EngineChoice } from "./engines.ts";

export const evalUsage = `Usage: handover eval DIR [options]
       handover eval --synthetic N [--seed S] [options]
       handover eval --compare A B [DIR | --synthetic N] [options]

Evaluates every inpatient stay in every chart Bundle (.json, .json.gz) under DIR (or in one file), or N synthetic charts with planted facts.
Discharge summaries are taken out before the rules see a chart, and serve as the reference; <chart>.truth.json beside a
chart says what is true of it. Nothing leaves this machine, unless --model-url names a server elsewhere.

  --engine NAME      template (default) or model
  --model-url URL    OpenAI-compatible server, up to /v1; without it a scripted model is started for the run.
                     The key, if it wants one, stands in HANDOVER_EVAL_MODEL_KEY
  --model NAME       model of that server; of the scripted one: scripted, corrupting, or scripted:FAULT
  --ask-again        the model is asked once more for what the gate refused (generation.onRefused)
  --seed S           of the synthetic charts and of what is made false (default 1)
  --keep FOLDER      write the synthetic charts and their truths there
  --compare A B      two engines, or two reports saved with --out, side by side
  --html FILE        the report as a page by itself; with charts of a hospital it holds PHI
  --out FILE         the whole report as JSON, with sentences and evidence; the same holds for it
  --json             one JSON object: { charts, metrics: [ { name, value, threshold, ok } ], ... }
  --show             also print the summaries

Exit code: 0 all thresholds met, 1 one is not, 2 a chart cannot be read or the call is wrong.
`;

export interface EvalRequest {
  /** Absent only where two saved reports are compared. */
  readonly source?: ChartSource;
  readonly engine: EngineChoice;
  readonly compare?: readonly [string, string];
  readonly html?: string;
  readonly out?: string;
  readonly json: boolean;
  readonly show: boolean;
}

const options = {
  engine: { type: "string" },
  "model-url": { type: "string" },
  "ask-again": { type: "boolean" },
  model: { type: "string" },
  synthetic: { type: "string" },
  seed: { type: "string" },
  keep: { type: "string" },
  compare: { type: "boolean" },
  html: { type: "string" },
  out: { type: "string" },
  json: { type: "boolean" },
  show: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`--${name} wants a whole number, not "${text}"`);
  return value;
}

function engineNamed(name: string | undefined): EngineChoice["engine"] {
  if (name === undefined || name === "template") return "template";
  if (name === "model") return "model";
  throw new TypeError(`there is no engine "${name}"; there are template and model`);
}

interface Given {
  readonly folder: string | undefined;
  readonly synthetic: string | undefined;
  readonly keep: string | undefined;
  readonly seed: number;
}

function sourceOf({ folder, synthetic, keep, seed }: Given): ChartSource | undefined {
  if (folder !== undefined && synthetic !== undefined) throw new TypeError("a folder or --synthetic, not both");
  if (folder !== undefined) return { kind: "folder", folder };
  if (synthetic === undefined) return undefined;
  return {
    kind: "synthetic",
    count: wholeNumber("synthetic", synthetic),
    seed,
    ...(keep === undefined ? {} : { keep }),
  };
}

function compared(wanted: boolean | undefined, positionals: string[]): readonly [string, string] | undefined {
  if (wanted !== true) return undefined;
  const [left, right] = positionals.splice(0, 2);
  if (left === undefined || right === undefined) throw new TypeError("--compare wants two engines or two reports");
  return [left, right];
}

/** The request; "help" where that was asked for. Throws TypeError with the usage for a wrong call. */
export function parseEval(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): EvalRequest | "help" {
  try {
    return parse(argv, env);
  } catch (error) {
    throw new TypeError(`${error instanceof Error ? error.message : String(error)}\n\n${evalUsage}`, { cause: error });
  }
}

function parse(argv: readonly string[], env: NodeJS.ProcessEnv): EvalRequest | "help" {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options });
  if (values.help === true) return "help";
  const compare = compared(values.compare, positionals);
  const [folder, ...rest] = positionals;
  if (rest.length > 0) throw new TypeError(`too many folders: ${rest.join(", ")}`);
  const seed = wholeNumber("seed", values.seed ?? "1");
  const source = sourceOf({ folder, synthetic: values.synthetic, keep: values.keep, seed });
  const runsNone = compare?.every((name) => name !== "template" && name !== "model") === true;
  if (source === undefined && !runsNone) throw new TypeError("name a folder, or --synthetic N");
  const apiKey = env["HANDOVER_EVAL_MODEL_KEY"];
  return {
    ...(source === undefined ? {} : { source }),
    ...(compare === undefined ? {} : { compare }),
    engine: {
      engine: engineNamed(values.engine),
      seed,
      ...(values["model-url"] === undefined ? {} : { modelUrl: values["model-url"] }),
      ...(values.model === undefined ? {} : { model: values.model }),
      ...(apiKey === undefined ? {} : { apiKey }),
      onRefused: values["ask-again"] === true ? "ask-again" : "template",
    },
    ...(values.html === undefined ? {} : { html: values.html }),
    ...(values.out === undefined ? {} : { out: values.out }),
    json: values.json === true,
    show: values.show === true,
  };
}
