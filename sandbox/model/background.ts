/** Providers that work while nobody waits: responses in the background, and batches of messages. A test decides when they are done. */
import express from "express";
import type { Request, Response } from "express";
import { z } from "zod";
import { listen } from "../listen.ts";
import { createWatch } from "../watch.ts";
import type { Watch } from "../watch.ts";
import { writeAnswer } from "./answer.ts";
import type { ModelFault } from "./faults.ts";
import { parsePrompt } from "./request.ts";

export type BackgroundFault =
  /** Ends in its own kind of failure. */
  | "failed"
  /** Ends cut off at its limit of length. */
  | "too-long"
  /** Is kept no longer when somebody asks. */
  | "expired"
  /** Answers looks with 503, twice. */
  | "away"
  /** Names results at somebody else's address. */
  | "foreign-results";

export interface BackgroundWork {
  readonly id: string;
  /** As it was asked for. */
  readonly body: string;
  status: "running" | "done" | "cancelled" | "expired";
  looks: number;
}

export interface BackgroundModel {
  readonly baseUrl: string;
  readonly works: readonly BackgroundWork[];
  readonly until: Watch["until"];
  /** Work that is asked for from now on is done after so many looks; undefined: not until `finish`. */
  doneAfter(looks: number | undefined): void;
  /** Of the next work. */
  failNext(fault: BackgroundFault | ModelFault): void;
  finish(): void;
  clear(): void;
  close(): Promise<void>;
}

interface State {
  readonly works: (BackgroundWork & { readonly fault: string | undefined })[];
  readonly watch: Watch;
  next: string | undefined;
  doneAfter: number | undefined;
  made: number;
}

const usage = { input_tokens: 700, output_tokens: 90 };
const contentFaults: ReadonlySet<string> = new Set(["wrong-number", "malformed-json"]);

function answerTo(user: string, fault: string | undefined): string {
  const asked = parsePrompt(user);
  const content = fault !== undefined && contentFaults.has(fault) ? (fault as ModelFault) : undefined;
  return writeAnswer(asked?.facts ?? [], 1, content, undefined, asked?.task);
}

/** Speaks `/v1/responses` and `/v1/messages/batches`. */
export async function createBackgroundModel(): Promise<BackgroundModel> {
  const state: State = { works: [], watch: createWatch(), next: undefined, doneAfter: 1, made: 0 };
  const app = express();
  app.disable("x-powered-by");
  const text = express.text({ type: "application/json", limit: "20mb" });
  app.post("/v1/responses", text, (req, res) => start(state, req, res, "resp"));
  app.get("/v1/responses/:id", (req, res) => look(state, req, res, responseOf));
  app.post("/v1/responses/:id/cancel", text, (req, res) => cancel(state, req, res));
  app.post("/v1/messages/batches", text, (req, res) => start(state, req, res, "msgbatch"));
  app.get("/v1/messages/batches/:id/results", (req, res) => results(state, req, res));
  app.get("/v1/messages/batches/:id", (req, res) => look(state, req, res, batchOf));
  app.post("/v1/messages/batches/:id/cancel", text, (req, res) => cancel(state, req, res));
  const { url, close } = await listen(app);
  return {
    baseUrl: `${url}/v1`,
    works: state.works,
    until: state.watch.until,
    doneAfter: (looks) => void (state.doneAfter = looks),
    failNext: (fault) => void (state.next = fault),
    finish: () => {
      for (const work of state.works) if (work.status === "running") work.status = "done";
      state.watch.changed();
    },
    clear: () => void state.works.splice(0),
    close,
  };
}

function start(state: State, req: Request, res: Response, prefix: string): void {
  const body: unknown = req.body;
  state.made += 1;
  const id = `${prefix}_${state.made}`;
  state.works.push({ id, body: String(body), status: "running", looks: 0, fault: state.next });
  state.next = undefined;
  state.watch.changed();
  res.json({ id, object: prefix, status: "queued", processing_status: "in_progress" });
}

function found(state: State, req: Request): State["works"][number] | undefined {
  return state.works.find(({ id }) => id === req.params["id"]);
}

function look(state: State, req: Request, res: Response, render: (work: State["works"][number]) => object): void {
  const work = found(state, req);
  if (work === undefined) return void res.status(404).json({ error: { type: "not_found" } });
  work.looks += 1;
  state.watch.changed();
  if (work.fault === "away" && work.looks <= 2) return void res.status(503).json({ error: { type: "overloaded" } });
  if (work.fault === "expired" && work.looks > 1) return void res.status(410).json({ error: { type: "gone" } });
  if (work.status === "running" && state.doneAfter !== undefined && work.looks > state.doneAfter) work.status = "done";
  res.json(render(work));
}

const responseRequest = z.object({ input: z.string(), model: z.string() });

function responseOf(work: State["works"][number]): object {
  const { input, model } = responseRequest.parse(JSON.parse(work.body));
  const head = { id: work.id, object: "response", model };
  if (work.status === "running") return { ...head, status: "in_progress", output: [], usage: null };
  if (work.status === "cancelled") return { ...head, status: "cancelled", output: [] };
  if (work.fault === "failed") return { ...head, status: "failed", error: { message: input }, output: [] };
  if (work.fault === "too-long")
    return { ...head, status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, output: [] };
  const content = [{ type: "output_text", text: answerTo(input, work.fault), annotations: [] }];
  return { ...head, status: "completed", output: [{ type: "message", role: "assistant", content }], usage };
}

function batchOf(work: State["works"][number]): object {
  const ended = work.status !== "running";
  const elsewhere = work.fault === "foreign-results" ? "https://elsewhere.example/results" : null;
  return {
    id: work.id,
    type: "message_batch",
    processing_status: ended ? "ended" : "in_progress",
    results_url: ended ? elsewhere : null,
  };
}

const batchRequest = z.object({
  requests: z.array(
    z.object({
      custom_id: z.string(),
      params: z.object({ model: z.string(), messages: z.array(z.object({ content: z.string() })) }),
    }),
  ),
});

function resultOf(work: State["works"][number], user: string, model: string): object {
  if (work.status === "cancelled") return { type: "canceled" };
  if (work.fault === "failed") return { type: "errored", error: { type: "api_error", message: user } };
  const stop = work.fault === "too-long" ? "max_tokens" : "end_turn";
  const content = [{ type: "text", text: answerTo(user, work.fault) }];
  return { type: "succeeded", message: { model, content, stop_reason: stop, usage } };
}

function results(state: State, req: Request, res: Response): void {
  const work = found(state, req);
  if (work === undefined) return void res.status(404).json({ error: { type: "not_found" } });
  const { requests } = batchRequest.parse(JSON.parse(work.body));
  const stranger = { custom_id: "another", result: { type: "expired" } };
  const lines = requests.map(({ custom_id: id, params }) => ({
    custom_id: id,
    result: resultOf(work, params.messages[0]?.content ?? "", params.model),
  }));
  res.type("application/x-jsonl").send([stranger, ...lines].map((line) => JSON.stringify(line)).join("\n"));
}

function cancel(state: State, req: Request, res: Response): void {
  const work = found(state, req);
  if (work !== undefined) work.status = "cancelled";
  state.watch.changed();
  res.json({ id: req.params["id"], status: "cancelled" });
}
