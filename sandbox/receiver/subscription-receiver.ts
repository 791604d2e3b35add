/** A rest-hook endpoint for FHIR subscription notifications, as a hospital's integration engine would offer one. */
import express from "express";
import type { Request, Response } from "express";
import { listen } from "../listen.ts";
import { createWatch } from "../watch.ts";
import type { Watch } from "../watch.ts";
import { readNotification } from "./notification.ts";
import type { NotificationContent, PayloadContent } from "./notification.ts";

export interface SubscriptionReceiverOptions {
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Header that every notification must carry, as `Subscription.channel.header` promised it (requirement 27). */
  readonly header?: { readonly name: string; readonly value: string };
  readonly payload?: PayloadContent;
}

export interface ReceivedNotification {
  readonly at: string;
  /** Path name of the endpoint it came to; one subscription should have one. */
  readonly endpoint: string;
  readonly content: NotificationContent | undefined;
  readonly violations: readonly string[];
  /** All events of it had come before: harmless, delivery is at least once. */
  readonly duplicate: boolean;
  readonly status: number;
  readonly body: string;
}

export interface SubscriptionReceiver {
  readonly url: string;
  readonly header: { readonly name: string; readonly value: string };
  readonly payload: PayloadContent;
  readonly notifications: readonly ReceivedNotification[];
  readonly until: Watch["until"];
  readonly endpointUrl: (name?: string) => string;
  /** The first notification of a type with no violation. */
  readonly untilReceived: (type: string, timeoutMs?: number) => Promise<ReceivedNotification>;
  /** Event numbers not seen below the highest that an event or a count has named (requirement 17: go and ask for them). */
  readonly missingEvents: (name?: string) => readonly number[];
  /** Answers the next `times` notifications with `status` and takes nothing. */
  readonly failNext: (status: number, times?: number) => void;
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  readonly clear: () => void;
  readonly close: () => Promise<void>;
}

interface ReceiverState {
  readonly header: { readonly name: string; readonly value: string };
  readonly payload: PayloadContent;
  readonly notifications: ReceivedNotification[];
  readonly failures: number[];
  readonly watch: Watch;
}

/** Listens; `POST /notifications/{name}` receives, `GET /notifications` shows. */
export async function createSubscriptionReceiver(
  options: SubscriptionReceiverOptions = {},
): Promise<SubscriptionReceiver> {
  const state: ReceiverState = {
    header: options.header ?? { name: "authorization", value: "Bearer sandbox-notifications" },
    payload: options.payload ?? "id-only",
    notifications: [],
    failures: [],
    watch: createWatch(),
  };
  const { url, down, up, close } = await listen(receiverApp(state), options.port, options.host);
  return {
    url,
    header: state.header,
    payload: state.payload,
    notifications: state.notifications,
    until: state.watch.until,
    endpointUrl: (name = "his") => `${url}/notifications/${name}`,
    untilReceived: (type, timeoutMs) =>
      state.watch.until(`notification ${type}`, () => state.notifications.find((n) => isSound(n, type)), timeoutMs),
    missingEvents: (name = "his") => missingEvents(state.notifications.filter((n) => n.endpoint === name)),
    failNext: (status, times = 1) => void state.failures.push(...Array.from({ length: times }, () => status)),
    down,
    up,
    clear: () => void state.notifications.splice(0),
    close,
  };
}

function receiverApp(state: ReceiverState): express.Express {
  const app = express();
  app.disable("x-powered-by");
  const body = express.text({ type: () => true, limit: "10mb" });
  app.post("/notifications/:name", body, (req, res) => receive(state, req, res));
  app.get("/notifications", (_req, res) => void res.json({ items: state.notifications }));
  return app;
}

function receive(state: ReceiverState, req: Request<{ name: string }>, res: Response): void {
  const raw: unknown = req.body;
  const body = typeof raw === "string" ? raw : "";
  const { content, violations } = readNotification(parseJson(body), state.payload);
  const all = [...headerViolations(state, req), ...violations];
  const failure = state.failures.shift();
  const status = failure ?? statusFor(state, req, all);
  const endpoint = req.params.name;
  const duplicate = content !== undefined && isDuplicate(state.notifications, endpoint, content);
  const at = new Date().toISOString();
  state.notifications.push({ at, endpoint, content, violations: all, duplicate, status, body });
  res.status(status);
  if (status === 400) res.type("application/fhir+json").send(JSON.stringify(outcome(all)));
  else res.end();
  state.watch.changed();
}

function headerViolations(state: ReceiverState, req: Request): readonly string[] {
  const violations: string[] = [];
  if (req.get(state.header.name) !== state.header.value) violations.push(`27: header ${state.header.name} is missing`);
  if (!(req.get("content-type") ?? "").startsWith("application/fhir+json")) {
    violations.push("26: the content type is not the channel's payload");
  }
  return violations;
}

function statusFor(state: ReceiverState, req: Request, violations: readonly string[]): number {
  if (req.get(state.header.name) !== state.header.value) return 401;
  return violations.length === 0 ? 200 : 400;
}

function outcome(violations: readonly string[]): object {
  const issue = violations.map((diagnostics) => ({ severity: "error", code: "invalid", diagnostics }));
  return { resourceType: "OperationOutcome", issue };
}

function isSound(notification: ReceivedNotification, type: string): boolean {
  return notification.status === 200 && notification.content?.type === type;
}

function isDuplicate(
  earlier: readonly ReceivedNotification[],
  endpoint: string,
  content: NotificationContent,
): boolean {
  const seen = seenEvents(earlier.filter((notification) => notification.endpoint === endpoint));
  return content.events.length > 0 && content.events.every(({ number }) => seen.has(number));
}

function seenEvents(notifications: readonly ReceivedNotification[]): ReadonlySet<number> {
  const taken = notifications.filter(({ status }) => status === 200);
  return new Set(taken.flatMap(({ content }) => content?.events.map(({ number }) => number) ?? []));
}

/** A heartbeat's count tells of events whose notification never came: the gap is found without another event. */
function missingEvents(notifications: readonly ReceivedNotification[]): readonly number[] {
  const seen = seenEvents(notifications);
  const taken = notifications.filter(({ status }) => status === 200);
  const counted = taken.map(({ content }) => content?.eventsSinceStart ?? 0);
  const highest = Math.max(0, ...seen, ...counted);
  return Array.from({ length: highest }, (_, index) => index + 1).filter((number) => !seen.has(number));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
