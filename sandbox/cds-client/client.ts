/** A CDS Hooks 2.0 client: discovers services, calls their hooks with signed tokens, keeps their cards, gives feedback. */
import { randomUUID } from "node:crypto";
import { createWatch } from "../watch.ts";
import type { Watch } from "../watch.ts";
import { createInbox } from "./inbox.ts";
import type { CardInbox, InboxCard } from "./inbox.ts";
import { fillPrefetch } from "./prefetch.ts";
import type { HookContext, PrefetchOptions } from "./prefetch.ts";
import { cdsResponse, discovery, responseViolations } from "./service.ts";
import type { CdsService } from "./service.ts";
import { signHookToken } from "./signing-key.ts";
import type { CdsSigningKey } from "./signing-key.ts";

export interface CdsClientOptions {
  /** `iss` of every token: what the service's operator has on the list. */
  readonly issuer: string;
  readonly jku: string;
  readonly key: CdsSigningKey;
  readonly tenant?: string;
  readonly fhirServer: string;
  /** Base of the CDS service, without `/cds-services`. */
  readonly serviceBase: string;
  /** A token of the EHR's own, with which the client fills the prefetch. */
  readonly prefetchToken: () => string;
  /** Default: all. */
  readonly prefetch?: PrefetchOptions["keys"];
  /** What the service gets to read more with; absent: no fhirAuthorization. Revoked when the call is over. */
  readonly authorize?: (context: HookContext) => FhirAuthorization;
  readonly revoke?: (accessToken: string) => void;
  /** How long the EHR waits for a card; default 5,000. */
  readonly timeoutMs?: number;
  readonly now?: () => Date;
  readonly newId?: () => string;
}

export interface FhirAuthorization {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly scope: string;
  readonly subject: string;
  readonly patient?: string;
}

/** One call and what became of it. */
export interface HookCall {
  readonly at: string;
  readonly hook: string;
  readonly service: string;
  readonly hookInstance: string;
  readonly patientId: string;
  readonly encounterId: string | undefined;
  /** 0 when the service did not answer. */
  readonly status: number;
  readonly durationMs: number;
  readonly cards: readonly InboxCard[];
  /** SHALLs of CDS Hooks 2.0 that the answer breaks. */
  readonly violations: readonly string[];
  /** What the EHR tells its user when there is no answer to show. */
  readonly problem: string | undefined;
}

export interface CallOptions {
  /** The same instance again is the same invocation: a retry, not a second discharge. */
  readonly hookInstance?: string;
}

export interface Feedback {
  readonly outcome: "accepted" | "overridden";
  readonly reason?: { readonly code: string; readonly system?: string; readonly display?: string };
  readonly comment?: string;
}

export interface CdsClient {
  readonly jwks: CdsSigningKey["jwks"];
  readonly inbox: CardInbox;
  readonly calls: readonly HookCall[];
  readonly until: Watch["until"];
  readonly discover: () => Promise<readonly CdsService[]>;
  /** Calls every service of that hook; one HookCall each. Never rejects for what a service does. */
  readonly call: (hook: string, context: HookContext, options?: CallOptions) => Promise<readonly HookCall[]>;
  /** Sends feedback on a card of the inbox; an overridden card leaves it. Resolves with the service's status. */
  readonly feedback: (cardId: string, feedback: Feedback) => Promise<number>;
}

interface ClientState {
  readonly options: CdsClientOptions;
  readonly inbox: CardInbox;
  readonly calls: HookCall[];
  readonly watch: Watch;
  readonly now: () => Date;
  readonly newId: () => string;
}

export function createCdsClient(options: CdsClientOptions): CdsClient {
  const { now = () => new Date(), newId = randomUUID } = options;
  const state: ClientState = { options, inbox: createInbox(), calls: [], watch: createWatch(), now, newId };
  return {
    jwks: options.key.jwks,
    inbox: state.inbox,
    calls: state.calls,
    until: state.watch.until,
    discover: () => discover(state),
    call: async (hook, context, callOptions = {}) => {
      const services = (await discover(state)).filter((service) => service.hook === hook);
      return Promise.all(services.map((service) => callService(state, service, context, callOptions)));
    },
    feedback: (cardId, feedback) => sendFeedback(state, cardId, feedback),
  };
}

async function discover(state: ClientState): Promise<readonly CdsService[]> {
  const url = `${state.options.serviceBase}/cds-services`;
  const response = await fetch(url, { headers: { accept: "application/json", ...(await bearer(state, url)) } });
  if (!response.ok) throw new Error(`discovery answered ${response.status}`);
  return discovery.parse(await response.json()).services;
}

async function bearer(state: ClientState, audience: string): Promise<Record<string, string>> {
  const { issuer, jku, key, tenant } = state.options;
  const optional = tenant === undefined ? {} : { tenant };
  const claims = { issuer, jku, audience, jti: state.newId(), now: state.now(), ...optional };
  return { authorization: `Bearer ${await signHookToken(key, claims)}` };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function callService(
  state: ClientState,
  service: CdsService,
  context: HookContext,
  callOptions: CallOptions,
): Promise<HookCall> {
  const hookInstance = callOptions.hookInstance ?? state.newId();
  const started = state.now();
  const answer = await post(state, service, context, hookInstance);
  const parsed = answer.status === 200 ? cdsResponse.safeParse(answer.body) : undefined;
  const head = { service: service.id, hook: service.hook, hookInstance, at: started.toISOString() };
  const about = { patientId: context.patientId, encounterId: context.encounterId, userId: context.userId };
  const cards = parsed?.success
    ? parsed.data.cards.map((card): InboxCard => ({ ...head, ...about, id: card.uuid ?? state.newId(), card }))
    : [];
  if (parsed?.success) state.inbox.replace(service.id, context.patientId, cards);
  const durationMs = state.now().getTime() - started.getTime();
  const violations = answer.status === 200 ? responseViolations(answer.body) : [];
  const problem = parsed?.success ? undefined : problemOf(answer);
  const call: HookCall = { ...head, ...about, status: answer.status, durationMs, cards, violations, problem };
  state.calls.push(call);
  state.watch.changed();
  return call;
}

/** Fills, signs and sends. A service that is silent or slow is no reason for the EHR to fail: status 0. */
async function post(
  state: ClientState,
  service: CdsService,
  context: HookContext,
  hookInstance: string,
): Promise<Answer> {
  const { options } = state;
  const url = `${options.serviceBase}/cds-services/${service.id}`;
  const fhirAuthorization = options.authorize?.(context);
  try {
    const body = await hookRequest(state, service, context, { hookInstance, fhirAuthorization });
    return await postJson(url, body, await bearer(state, url), options.timeoutMs ?? 5000);
  } catch {
    return { status: 0, body: undefined };
  } finally {
    // Best practice: the token lives as long as the call. A service that keeps it for later must fail here.
    if (fhirAuthorization !== undefined) options.revoke?.(fhirAuthorization.access_token);
  }
}

async function hookRequest(
  state: ClientState,
  service: CdsService,
  context: HookContext,
  call: { readonly hookInstance: string; readonly fhirAuthorization: FhirAuthorization | undefined },
): Promise<object> {
  const { fhirServer, prefetchToken, prefetch: keys = "all" } = state.options;
  const prefetch = await fillPrefetch(service.prefetch ?? {}, context, { fhirServer, token: prefetchToken(), keys });
  return {
    hook: service.hook,
    hookInstance: call.hookInstance,
    fhirServer,
    ...(call.fhirAuthorization === undefined ? {} : { fhirAuthorization: call.fhirAuthorization }),
    context,
    ...(Object.keys(prefetch).length === 0 ? {} : { prefetch }),
  };
}

async function postJson(
  url: string,
  body: object,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  return { status: response.status, body: parseJson(text) };
}

function problemOf({ status, body }: Answer): string {
  if (status === 0) return "The summary service did not answer in time.";
  if (status === 412) return `The summary service needs more of the chart: ${diagnosticsOf(body)}`;
  return `The summary service answered ${status}.`;
}

function diagnosticsOf(body: unknown): string {
  const text = /"(?:diagnostics|text)":"((?:[^"\\]|\\.)*)"/u.exec(JSON.stringify(body) ?? "")?.[1];
  return text ?? "it did not say what.";
}

async function sendFeedback(state: ClientState, cardId: string, feedback: Feedback): Promise<number> {
  const held = state.inbox.find(cardId);
  if (held?.card.uuid === undefined) return 0;
  const url = `${state.options.serviceBase}/cds-services/${held.service}/feedback`;
  const item = feedbackItem(held.card.uuid, feedback, state.now());
  const body = { feedback: [item] };
  const answer = await postJson(url, body, await bearer(state, url), state.options.timeoutMs ?? 5000);
  if (answer.status === 200 && feedback.outcome === "overridden") state.inbox.dismiss(cardId);
  return answer.status;
}

/** cds-fb-2 and cds-fb-3: an override has a reason, a comment, or neither element at all. */
function feedbackItem(card: string, { outcome, reason, comment }: Feedback, now: Date): object {
  const said = {
    ...(reason === undefined ? {} : { reason }),
    ...(comment === undefined || comment === "" ? {} : { userComment: comment }),
  };
  const overrideReason = outcome === "overridden" && Object.keys(said).length > 0 ? { overrideReason: said } : {};
  return { card, outcome, outcomeTimestamp: now.toISOString(), ...overrideReason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
