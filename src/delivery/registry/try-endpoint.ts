/** Trying an endpoint out: a test event, and the challenge that shows that whoever answers there expects our events. */
import { timingSafeEqual } from "node:crypto";
import { judge } from "../../core/delivery/outcome.ts";
import { AdapterError } from "../../core/errors.ts";
import { sampleEvent } from "../../core/event/sample.ts";
import { retryPresets } from "../../core/retry/policy.ts";
import { run } from "../../db/query.ts";
import { signedRequest } from "../destinations/webhook/signed-request.ts";
import type { Exchange } from "../../core/delivery/outcome.ts";
import { exchange } from "../exchange.ts";
import { pairsOf } from "../read-endpoint.ts";
import { resume } from "./changes.ts";
import type { RegistryCaller, RegistryDeps } from "./deps.ts";
import { readOne } from "./store.ts";
import { openSecrets, webhookSettingsOf } from "./view.ts";

/** What one trial came to. It has no delivery and no place in the log: nobody relies on it. */
export interface Trial {
  /** `webhook-id` of the request. */
  readonly id: string;
  readonly ok: boolean;
  /** `http_204`, `timeout`, `blocked_address` ...; `challenge_unanswered` where a 2xx did not hold the challenge. */
  readonly code: string;
  readonly httpStatus?: number;
  readonly durationMs: number;
}

type TrialEvent = "endpoint.test" | "endpoint.verification";

/** What every message of a trial is made of. */
interface TrialOrigin {
  readonly id: string;
  readonly tenant: string;
  readonly publicUrl: string;
  readonly timeMs: number;
}

function ownEnvelope(
  type: TrialEvent,
  endpointId: string,
  { id, tenant, publicUrl, timeMs }: TrialOrigin,
  data: Readonly<Record<string, string>>,
): object {
  return {
    specversion: "1.0",
    id,
    type,
    source: `${publicUrl}/tenants/${tenant}`,
    subject: `endpoint/${endpointId}`,
    time: new Date(timeMs).toISOString(),
    dataschema: `${publicUrl}/event-types/${type}/v1`,
    datacontenttype: "application/json",
    data: { tenant, endpoint: endpointId, ...data },
  };
}

async function send(
  deps: RegistryDeps,
  { tenant }: RegistryCaller,
  endpointId: string,
  envelope: (origin: TrialOrigin) => object,
): Promise<{ readonly id: string; readonly came: Exchange }> {
  const [row] = await run(deps.pool, readOne, tenant, endpointId);
  if (row === undefined) throw new AdapterError("not_found");
  const settings = webhookSettingsOf(row);
  const post = deps.post(tenant);
  const id = `evt_${deps.randomBytes(16).toString("hex")}`;
  const nowMs = deps.now();
  const message = envelope({ id, tenant, publicUrl: deps.publicUrl, timeMs: nowMs });
  const pairs = await pairsOf(deps.pool, deps.sealer, tenant, settings);
  const endpoint = { tenant, id: endpointId, settings, secrets: openSecrets(deps.sealer, tenant, row), ...pairs };
  const request = signedRequest(endpoint, settings, { id, body: Buffer.from(JSON.stringify(message)) }, nowMs);
  if (request === undefined || post === undefined)
    throw new AdapterError("state_conflict", { message: "The endpoint has no valid secret: rotate it." });
  const { authorization } = endpoint.secrets;
  const authorized =
    authorization === undefined
      ? ({ kind: "ready", request } as const)
      : await deps.authorize(tenant, authorization, request, nowMs);
  if (authorized.kind === "unauthorized")
    return { id, came: { kind: "failure", failure: "authorization_failed", durationMs: deps.now() - nowMs } };
  return { id, came: await exchange(post, authorized.request, AbortSignal.timeout(settings.timeoutMs + 1_000)) };
}

function toTrial(id: string, came: Exchange): Trial {
  const { kind, code } = judge(came, { policy: retryPresets.short, attemptsBefore: 0, nowMs: 0, random: 0 });
  const status = came.kind === "answer" ? { httpStatus: came.status } : {};
  return { id, ok: kind === "delivered", code, ...status, durationMs: came.durationMs };
}

const testData = { message: "A test. Nothing happened to any patient." };

/**
 * Sends a message now, whatever state the endpoint is in, and tells what came of it.
 * @param type absent: `endpoint.test`; else a sample of this type, marked as one by `data.test`
 */
export async function test(deps: RegistryDeps, caller: RegistryCaller, id: string, type?: string): Promise<Trial> {
  const sent = await send(
    deps,
    caller,
    id,
    (origin) =>
      (type === undefined ? undefined : sampleEvent(type, origin)) ??
      ownEnvelope("endpoint.test", id, origin, testData),
  );
  return toTrial(sent.id, sent.came);
}

/** Whether an answer's body is JSON that holds the challenge. */
function answers(came: Exchange, challenge: string): boolean {
  const text = came.kind === "answer" ? Buffer.from(came.head ?? []).toString("utf8") : "";
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return false;
  }
  const given: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "challenge") : undefined;
  const [left, right] = [Buffer.from(String(given)), Buffer.from(challenge)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Sends `endpoint.verification` with a random challenge; an answer `{ "challenge": ... }` with the same one verifies the
 * endpoint, and what was held for it goes out.
 */
export async function verify(deps: RegistryDeps, caller: RegistryCaller, id: string): Promise<Trial> {
  const challenge = deps.randomBytes(24).toString("base64url");
  const sent = await send(deps, caller, id, (origin) =>
    ownEnvelope("endpoint.verification", id, origin, { challenge }),
  );
  const trial = toTrial(sent.id, sent.came);
  if (!trial.ok) return trial;
  if (!answers(sent.came, challenge)) return { ...trial, ok: false, code: "challenge_unanswered" };
  await resume(deps, caller, id, "verify");
  return trial;
}
