/** A hospital's webhook endpoint: verifies with the public library, takes each message once, keeps what it saw. */
import express from "express";
import type { Request, Response } from "express";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { z } from "zod";
import { listen } from "../listen.ts";
import { createWatch } from "../watch.ts";
import type { Watch } from "../watch.ts";
import { actOut, webhookFault } from "./webhook-faults.ts";
import type { WebhookFault } from "./webhook-faults.ts";
import { bodyIdDiffers, changedBodies, missingSequences, newMessage, sha256Hex } from "./webhook-inbox.ts";
import type { WebhookAttempt, WebhookMessage } from "./webhook-inbox.ts";

export interface WebhookReceiverOptions {
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** `whsec_...`; several while a secret is being rotated. */
  readonly secrets: readonly string[];
}

export interface WebhookReceiver {
  readonly url: string;
  /** Every message, of every endpoint name, in order of first arrival. */
  readonly inbox: readonly WebhookMessage[];
  readonly until: Watch["until"];
  /** Where to deliver; each name is an endpoint of its own with the same secrets. */
  readonly endpointUrl: (name?: string) => string;
  /** The verified messages of an event type, waiting for the first. */
  readonly untilReceived: (type: string, timeoutMs?: number) => Promise<WebhookMessage>;
  readonly missingSequences: (name?: string) => readonly number[];
  readonly changedBodies: () => readonly string[];
  readonly setSecrets: (secrets: readonly string[]) => void;
  /** This fault for the next `times` attempts (at this endpoint name, when given). */
  readonly failNext: (fault: WebhookFault, times?: number, name?: string) => void;
  /** Forgets all faults still due. */
  readonly recover: () => void;
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  readonly clear: () => void;
  readonly close: () => Promise<void>;
}

interface DueFault {
  readonly fault: WebhookFault;
  readonly name: string | undefined;
  times: number;
}

interface ReceiverState {
  verifiers: readonly Webhook[];
  readonly messages: WebhookMessage[];
  readonly faults: DueFault[];
  readonly watch: Watch;
}

/** Listens; `POST /webhooks/{name}` receives, `GET /inbox` shows, `POST /faults` breaks it on purpose. */
export async function createWebhookReceiver(options: WebhookReceiverOptions): Promise<WebhookReceiver> {
  const verifiers = options.secrets.map((secret) => new Webhook(secret));
  const state: ReceiverState = { verifiers, messages: [], faults: [], watch: createWatch() };
  const { url, down, up, close } = await listen(receiverApp(state), options.port, options.host);
  return {
    url,
    inbox: state.messages,
    until: state.watch.until,
    endpointUrl: (name = "his") => `${url}/webhooks/${name}`,
    untilReceived: (type, timeoutMs) =>
      state.watch.until(`webhook ${type}`, () => state.messages.find((m) => m.type === type && m.verified), timeoutMs),
    missingSequences: (name = "his") => missingSequences(state.messages.filter((m) => m.endpoint === name)),
    changedBodies: () => changedBodies(state.messages),
    setSecrets: (secrets) => {
      state.verifiers = secrets.map((secret) => new Webhook(secret));
    },
    failNext: (fault, times = 1, name) => void state.faults.push({ fault, times, name }),
    recover: () => void state.faults.splice(0),
    down,
    up,
    clear: () => void state.messages.splice(0),
    close,
  };
}

const faultOrder = z.object({ fault: webhookFault, times: z.int().min(1).default(1), name: z.string().optional() });

function receiverApp(state: ReceiverState): express.Express {
  const app = express();
  app.disable("x-powered-by");
  // The signature covers the bytes as they came: whatever the content type, nothing may parse them first.
  app.post("/webhooks/:name", express.raw({ type: () => true, limit: "10mb" }), (req, res) => receive(state, req, res));
  app.get("/inbox", (_req, res) => void res.json({ items: state.messages }));
  app.delete("/inbox", (_req, res) => {
    state.messages.splice(0);
    res.status(204).end();
  });
  app.post("/faults", express.json(), (req, res) => {
    const order = faultOrder.safeParse(req.body);
    if (order.success) state.faults.push({ ...order.data, name: order.data.name });
    res.status(order.success ? 204 : 400).end();
  });
  return app;
}

function receive(state: ReceiverState, req: Request<{ name: string }>, res: Response): void {
  const bytes = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  const body = bytes.toString("utf8");
  const id = req.get("webhook-id") ?? "";
  const fault = takeFault(state, req.params.name);
  const reason = verify(state, bytes, req) ?? (bodyIdDiffers(id, body) ? "webhook-id is not the body's id" : undefined);
  const message = findOrAdd(state, req.params.name, id, body);
  const takes = reason === undefined && (fault === undefined || fault.kind === "lost-answer");
  const attempt = record(message, req, bytes, { reason, fault, duplicate: takes && message.processedAt !== undefined });
  if (takes) take(message, body);
  res.once("finish", () => settle(state, attempt, res.statusCode));
  if (fault !== undefined) actOut(res, fault);
  else res.status(reason === undefined ? 204 : 401).end();
  state.watch.changed();
}

function takeFault(state: ReceiverState, name: string): WebhookFault | undefined {
  const due = state.faults.find((candidate) => candidate.name === undefined || candidate.name === name);
  if (due === undefined) return undefined;
  due.times -= 1;
  if (due.times === 0) state.faults.splice(state.faults.indexOf(due), 1);
  return due.fault;
}

/** Why no secret verifies it; undefined when one does. */
function verify(state: ReceiverState, bytes: Buffer, req: Request): string | undefined {
  let reason = "the receiver has no secret";
  for (const verifier of state.verifiers) {
    try {
      // The body's JSON is not this check's business: a message of broken JSON can still be signed.
      verifier.verify(bytes, plainHeaders(req), { jsonParse: false });
      return undefined;
    } catch (error) {
      reason = error instanceof WebhookVerificationError ? error.message : String(error);
    }
  }
  return reason;
}

function findOrAdd(state: ReceiverState, endpoint: string, id: string, body: string): WebhookMessage {
  const known = state.messages.find((message) => message.endpoint === endpoint && message.id === id);
  if (known !== undefined) return known;
  const message = newMessage(endpoint, id, body);
  state.messages.push(message);
  return message;
}

interface AttemptFindings {
  readonly reason: string | undefined;
  readonly fault: WebhookFault | undefined;
  readonly duplicate: boolean;
}

function record(message: WebhookMessage, req: Request, bytes: Buffer, findings: AttemptFindings): WebhookAttempt {
  const attempt: WebhookAttempt = {
    at: new Date().toISOString(),
    verified: findings.reason === undefined,
    reason: findings.reason,
    status: undefined,
    fault: findings.fault?.kind,
    duplicate: findings.duplicate,
    bodySha256: sha256Hex(bytes),
    headers: plainHeaders(req),
  };
  message.attempts.push(attempt);
  message.verified ||= attempt.verified;
  return attempt;
}

function take(message: WebhookMessage, body: string): void {
  if (message.processedAt !== undefined) return;
  message.processedAt = new Date().toISOString();
  message.body = body;
}

function settle(state: ReceiverState, attempt: WebhookAttempt, status: number): void {
  attempt.status = status;
  state.watch.changed();
}

function plainHeaders(req: Request): Record<string, string> {
  return Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
}
