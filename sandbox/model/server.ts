/** A model that follows a script: an OpenAI-compatible server whose answers, faults and timing a test decides. */
import express from "express";
import type { Request, Response } from "express";
import { listen } from "../listen.ts";
import { createWatch } from "../watch.ts";
import type { Watch } from "../watch.ts";
import { answerCompletion } from "./complete.ts";
import type { Bewitched } from "./complete.ts";
import { MODEL_FAULTS, MODEL_NAME, readModelName } from "./faults.ts";
import type { ModelFault } from "./faults.ts";
import { countOutcomes } from "./record.ts";
import type { ModelCounts, ModelRequestRecord } from "./record.ts";
import { invalidRequest, refusalFor, REFUSALS, sendRefusal } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { chatRequest } from "./request.ts";

export interface ScriptedModelOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly seed?: number;
  /** Pause behind each chunk of about eight characters. */
  readonly chunkDelayMs?: number;
  /** Faults of the next requests, one each, in order; later requests are healthy. A model's name goes before them. */
  readonly faults?: readonly ModelFault[];
  /** When set, a request must carry it as Bearer. */
  readonly apiKey?: string;
}

export interface ScriptedModel {
  readonly url: string;
  /** What an OpenAI-compatible client takes as its base URL: ends in `/v1`. */
  readonly baseUrl: string;
  readonly requests: readonly ModelRequestRecord[];
  readonly until: Watch["until"];
  counts(): ModelCounts;
  /** Queues faults for the next requests. */
  failNext(...faults: ModelFault[]): void;
  /** This fault on every request from now on that has none of its own; undefined ends it. */
  failAlways(fault: ModelFault | undefined): void;
  /** From now on the model obeys this planted text; undefined breaks the spell. */
  obey(bewitched: Bewitched | undefined): void;
  clear(): void;
  close(): Promise<void>;
}

/** Listens and answers `POST /v1/chat/completions` and `GET /v1/models`. */
export async function createScriptedModel(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
  const state: ModelState = {
    seed: options.seed ?? 1,
    chunkDelayMs: options.chunkDelayMs ?? 15,
    apiKey: options.apiKey,
    queued: [...(options.faults ?? [])],
    always: undefined,
    spell: undefined,
    requests: [],
    watch: createWatch(),
  };
  const listener = await listen(modelApp(state), options.port, options.host);
  return {
    url: listener.url,
    baseUrl: `${listener.url}/v1`,
    requests: state.requests,
    until: state.watch.until,
    counts: () => countOutcomes(state.requests),
    failNext: (...faults) => void state.queued.push(...faults),
    failAlways: (fault) => {
      state.always = fault;
    },
    obey: (bewitched) => {
      state.spell = bewitched;
    },
    clear: () => void state.requests.splice(0),
    close: listener.close,
  };
}

interface ModelState {
  readonly seed: number;
  readonly chunkDelayMs: number;
  readonly apiKey: string | undefined;
  readonly queued: ModelFault[];
  always: ModelFault | undefined;
  spell: Bewitched | undefined;
  readonly requests: ModelRequestRecord[];
  readonly watch: Watch;
}

function modelApp(state: ModelState): express.Express {
  const app = express();
  app.disable("x-powered-by");
  app.get("/v1/models", (_req, res) => {
    const ids = [MODEL_NAME, ...MODEL_FAULTS.map((fault) => `${MODEL_NAME}:${fault}`)];
    res.json({ object: "list", data: ids.map((id) => ({ id, object: "model", created: 0, owned_by: "sandbox" })) });
  });
  app.post("/v1/chat/completions", express.text({ type: "application/json", limit: "20mb" }), (req, res) =>
    handleCompletion(state, req, res),
  );
  return app;
}

async function handleCompletion(state: ModelState, req: Request, res: Response): Promise<void> {
  const body: unknown = req.body;
  const text = typeof body === "string" ? body : "";
  const parsed = chatRequest.safeParse(parseJson(text));
  const named = parsed.success ? readModelName(parsed.data.model) : undefined;
  const fault = named?.fault ?? state.queued.shift() ?? state.always;
  const record = open(state, req, text, parsed.success ? parsed.data.model : "", fault);
  const refusal = authProblem(state, req) ?? shapeProblem(parsed.success, named) ?? undefined;
  const reason = refusal ?? (parsed.success ? refusalFor(parsed.data, fault) : undefined);
  if (reason !== undefined || !parsed.success) {
    sendRefusal(res, reason ?? invalidRequest("the body is no chat completion request"));
    settle(state, record, "refused", res.statusCode);
    return;
  }
  const { seed, chunkDelayMs, spell } = state;
  const outcome = await answerCompletion(res, parsed.data, { seed, chunkDelayMs, fault, spell, index: record.index });
  settle(state, record, outcome, res.statusCode);
}

function authProblem(state: ModelState, req: Request): Refusal | undefined {
  const wanted = state.apiKey === undefined ? undefined : `Bearer ${state.apiKey}`;
  return wanted === undefined || req.get("authorization") === wanted ? undefined : REFUSALS.unauthorized;
}

function shapeProblem(parsed: boolean, named: object | undefined): Refusal | undefined {
  if (!parsed) return invalidRequest("the body is no chat completion request");
  return named === undefined ? REFUSALS.noSuchModel : undefined;
}

function open(
  state: ModelState,
  req: Request,
  body: string,
  model: string,
  fault: ModelFault | undefined,
): ModelRequestRecord {
  const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
  const index = state.requests.length;
  const at = new Date().toISOString();
  const record: ModelRequestRecord = {
    index,
    at,
    body,
    headers,
    model,
    fault,
    outcome: "open",
    status: 0,
    durationMs: undefined,
  };
  state.requests.push(record);
  state.watch.changed();
  return record;
}

function settle(
  state: ModelState,
  record: ModelRequestRecord,
  outcome: ModelRequestRecord["outcome"],
  status: number,
): void {
  record.outcome = outcome;
  record.status = status;
  record.durationMs = Date.now() - Date.parse(record.at);
  state.watch.changed();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
