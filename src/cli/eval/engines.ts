/** The engines that an evaluation can drive: the rules, and a model behind them over real HTTP. */
import type { ScriptedModel } from "../../../sandbox/model/server.ts";
import type { RefusedPolicy } from "../../generation/model/model-generator.ts";
import { createModelGenerator } from "../../generation/model/model-generator.ts";
import { createOpenAiCompatibleProvider } from "../../generation/model/openai-compatible/openai-compatible.ts";
import { structureChart } from "../../generation/model/structure.ts";
import type { SummaryGenerator } from "../../generation/summary-generator.ts";
import { createTemplateGenerator } from "../../generation/template/template-generator.ts";

export interface EngineChoice {
  readonly engine: "template" | "model";
  /** Ends before `/chat/completions`; absent: the scripted model of the sandbox, started for this run. */
  readonly modelUrl?: string;
  readonly model?: string;
  readonly apiKey?: string;
  readonly seed: number;
  /** Default: as a tenant's. */
  readonly onRefused?: RefusedPolicy;
}

export interface OpenEngine {
  readonly generator: SummaryGenerator;
  /** Model as the report names it. */
  readonly model?: string;
  /** Called before each chart, by its number from 0. */
  readonly next: (index: number) => void;
  /** Only a scripted model can be told to obey what is planted in a chart. */
  readonly obey?: ScriptedModel["obey"];
  /** Bodies sent to the provider since the last call. */
  readonly takeBodies: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** Nobody waits in front of an evaluation, and a slow machine's model is judged for what it writes. */
const timeouts = { firstChunkTimeoutMs: 120_000, chunkTimeoutMs: 60_000, totalTimeoutMs: 600_000 };

interface Server {
  readonly obey?: ScriptedModel["obey"];
  readonly baseUrl: string;
  readonly model: string;
  readonly next: (index: number) => void;
  readonly close: () => Promise<void>;
}

/** `corrupting` takes the faults of the script in turn, a chart each; another name is the script's own. */
async function startScripted(name: string, seed: number): Promise<Server> {
  const { createScriptedModel } = await import("../../../sandbox/model/server.ts");
  const { CONTENT_FAULTS } = await import("../../../sandbox/model/faults.ts");
  const server = await createScriptedModel({ seed, chunkDelayMs: 0 });
  const corrupting = name === "corrupting";
  return {
    baseUrl: server.baseUrl,
    model: corrupting ? "scripted" : name,
    next: (index) => {
      if (corrupting) server.failAlways(CONTENT_FAULTS[index % CONTENT_FAULTS.length]);
      server.clear();
    },
    obey: (bewitched) => server.obey(bewitched),
    close: () => server.close(),
  };
}

function isHere(url: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
}

/** Whether charts of a hospital would leave the machine with this choice. */
export function leavesTheMachine({ engine, modelUrl }: EngineChoice): boolean {
  return engine === "model" && modelUrl !== undefined && !isHere(modelUrl);
}

async function openModel(choice: EngineChoice): Promise<OpenEngine> {
  const name = choice.model ?? "scripted";
  const server: Server =
    choice.modelUrl === undefined
      ? await startScripted(name, choice.seed)
      : { baseUrl: choice.modelUrl, model: name, next: () => undefined, close: async () => undefined };
  let bodies: string[] = [];
  const provider = createOpenAiCompatibleProvider({
    baseUrl: server.baseUrl,
    model: server.model,
    timeouts,
    ...(choice.apiKey === undefined ? {} : { apiKey: choice.apiKey }),
    fetch: async (input, init) => {
      if (typeof init?.body === "string") bodies.push(init.body);
      return fetch(input, { ...init, redirect: "error" });
    },
  });
  return {
    generator: createModelGenerator({
      provider,
      structure: structureChart,
      ...(choice.onRefused === undefined ? {} : { onRefused: choice.onRefused }),
    }),
    model: choice.modelUrl === undefined ? name : `${name} at ${choice.modelUrl}`,
    next: server.next,
    ...(server.obey === undefined ? {} : { obey: server.obey }),
    takeBodies: () => {
      const taken = bodies;
      bodies = [];
      return taken;
    },
    close: server.close,
  };
}

/** Opens an engine; `close` ends what was started for it. */
export async function openEngine(choice: EngineChoice): Promise<OpenEngine> {
  if (choice.engine === "model") return openModel(choice);
  return {
    generator: createTemplateGenerator(),
    next: () => undefined,
    takeBodies: () => [],
    close: async () => undefined,
  };
}
