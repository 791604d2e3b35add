/** POST /cds-services/{id}: an ordered list of checks, then the service, all inside the hook's budget. */
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import { createDatePrinter } from "../core/facts/dates.ts";
import type { TenantPlaces } from "../http/tenant-places.ts";
import type { CreateJob, Job, Jobs } from "../jobs/jobs.ts";
import type { Budget } from "./budget.ts";
import { openBudget } from "./budget.ts";
import type { CallerDeps, ClientCertificate, OnIssuer } from "./caller.ts";
import { identifyCaller } from "./caller.ts";
import type { CardMemory } from "./card-memory.ts";
import { answerProblem, toCard } from "./cards.ts";
import type { CdsRequest, CdsResponse, HookContext } from "./cds-hooks.ts";
import type { HookReader } from "./chart-source.ts";
import { chartSource, fromPrefetch } from "./chart-source.ts";
import { checkAuthorization } from "./checks/authorization.ts";
import { checkContext } from "./checks/context.ts";
import { checkFhirServer } from "./checks/fhir-server.ts";
import { checkHook } from "./checks/hook.ts";
import { checkEncounter, checkPatient } from "./checks/patient.ts";
import type { PrefetchValue } from "./checks/prefetch.ts";
import { checkPrefetch } from "./checks/prefetch.ts";
import { checkRequest } from "./checks/request.ts";
import type { LinkInput } from "./links.ts";
import { openPatientReader } from "./patient-reader.ts";
import type { CardDraft, CdsService, ChartData, HookCall, ServicePorts } from "./service.ts";
import type { Link } from "./cds-hooks.ts";

export interface InvokeDeps extends CallerDeps {
  readonly publicUrl: string;
  readonly jobs: Pick<Jobs, "cancel" | "chartArrived" | "create" | "latest" | "signedOf">;
  readonly memory: CardMemory;
  readonly links: (input: LinkInput) => Promise<Link>;
  /** The tenant's FHIR API with the hook's token, which lives no longer than the call and is kept nowhere. */
  readonly readerFor: (tenant: TenantConfig, accessToken: string, signal: AbortSignal) => HookReader;
  /** The same with our own Backend Services token; undefined where the tenant has none. */
  readonly backendReaderFor: (tenant: TenantConfig, signal: AbortSignal) => HookReader | undefined;
  readonly newId: () => string;
  readonly places: TenantPlaces;
  /** Told of work that failed or came late after its answer was out. */
  readonly onLate: (error: unknown) => void;
}

export interface InvokeInput {
  readonly service: CdsService;
  readonly authorization: string | undefined;
  readonly certificate: ClientCertificate;
  readonly body: unknown;
  /** The request's W3C trace context, parsed. */
  readonly traceParent?: string | undefined;
  /** Milliseconds since the request came. */
  readonly spentMs: number;
  readonly onIssuer: OnIssuer;
}

/** The answer, with what the request's wide event tells of it. */
export interface InvokeResult {
  readonly response: CdsResponse;
  readonly call: HookCall;
  /** The first card's state; `none` for no card, `late` and `away` for the stateless ones. */
  readonly state: string;
  readonly job?: string;
  /** The stay that the first card is about. */
  readonly encounter?: string;
}

interface CheckedRequest {
  readonly call: HookCall;
  readonly request: CdsRequest;
  readonly context: HookContext;
  readonly prefetch: ReadonlyMap<string, PrefetchValue>;
  readonly traced: Pick<CreateJob, "traceParent">;
}

/** Everything that can be told from the request alone. */
async function checkAll(deps: InvokeDeps, input: InvokeInput): Promise<CheckedRequest> {
  const { service, body } = input;
  const endpoint = `${deps.publicUrl}/cds-services/${service.id}`;
  const { tenant, actor } = await identifyCaller(deps, { ...input, endpoint });
  const request = checkRequest(body);
  const hook = checkHook(request, service);
  const context = checkContext(request, hook);
  checkFhirServer(request, tenant, deps.atBase);
  checkAuthorization(request, context);
  const prefetch = checkPatient(checkPrefetch(request, service.hooks[hook]?.prefetch ?? {}), context.patientId);
  checkEncounter(prefetch, context.encounterId);
  const { userId, patientId, encounterId } = context;
  const call: HookCall = {
    tenant,
    actor,
    hook,
    hookInstance: request.hookInstance,
    userId,
    patient: `Patient/${patientId}`,
    ...(encounterId === undefined ? {} : { encounter: `Encounter/${encounterId}` }),
  };
  const traced = input.traceParent === undefined ? {} : { traceParent: input.traceParent };
  return { call, request, context, prefetch, traced };
}

export function createInvoke(deps: InvokeDeps): (input: InvokeInput) => Promise<InvokeResult> {
  return async (input) => {
    const startedAt = performance.now();
    const checked = await checkAll(deps, input);
    const leave = deps.places.enter(checked.call.tenant.id);
    const budget = openBudget(input.spentMs + performance.now() - startedAt);
    const work = answerInFull(deps, input.service, checked, budget);
    // The place is taken for as long as there is work: what is late would else pile up behind answers that are out.
    void work.catch(() => undefined).finally(leave);
    try {
      return await answer(deps, input.service, checked.call, work, budget);
    } finally {
      budget.close();
    }
  };
}

async function answer(
  deps: InvokeDeps,
  service: CdsService,
  call: HookCall,
  work: Promise<InvokeResult>,
  budget: Budget,
): Promise<InvokeResult> {
  try {
    const result = await budget.race(work);
    if (result !== "late") return result;
    // The job may still be made: the next call of this hookInstance, or of this encounter, finds it.
    work.catch(deps.onLate);
    return blind(deps, service, call, "late");
  } catch (error) {
    if (!isAway(error)) throw error;
    deps.onLate(error);
    return blind(deps, service, call, "away");
  }
}

const away: ReadonlySet<string> = new Set([
  "database_unavailable",
  "ehr_timeout",
  "ehr_failed",
  "ehr_refused",
  "ehr_token_refused",
]);

/** The caller is verified, and what failed is on our side or the EHR's: a smaller card is truer than an error page. */
function isAway(error: unknown): boolean {
  return error instanceof AdapterError && away.has(error.code);
}

/** Needs nothing but the request. Its cards are not remembered: there is nowhere to. */
function blind(deps: InvokeDeps, service: CdsService, call: HookCall, state: "late" | "away"): InvokeResult {
  const cards = service
    .answerBlind(call.hook, call.tenant)
    .map((draft) => toCard(draft, deps.newId(), service, deps.publicUrl));
  return { response: { cards }, call, state };
}

async function answerInFull(
  deps: InvokeDeps,
  service: CdsService,
  checked: CheckedRequest,
  budget: Budget,
): Promise<InvokeResult> {
  const { call } = checked;
  await deps.memory.rememberCall(call);
  const answered = await service.answer(call, portsOf(deps, service, checked, budget));
  const { cards: drafts, ...besides } = "cards" in answered ? answered : { cards: answered };
  const shown = drafts.map((draft): CardDraft & { uuid: string } => ({ ...draft, uuid: deps.newId() }));
  const response = { ...besides, cards: shown.map((draft) => toCard(draft, draft.uuid, service, deps.publicUrl)) };
  const problem = answerProblem(response, call.tenant.ehr.cdsHooks.systemActions);
  if (problem !== undefined) {
    // A client would throw the whole answer away: a smaller one is worth more, and the log tells whose fault it is.
    deps.onLate(new Error(`the service ${service.id} made an answer that is not CDS Hooks: ${problem}`));
    return blind(deps, service, call, "away");
  }
  await deps.memory.rememberCards(service.id, call, shown);
  const [first] = shown;
  const encounter = first?.encounter ?? call.encounter;
  return {
    response,
    call,
    state: first?.state ?? "none",
    ...(first?.job === undefined ? {} : { job: first.job }),
    ...(encounter === undefined ? {} : { encounter }),
  };
}

function portsOf(deps: InvokeDeps, service: CdsService, checked: CheckedRequest, budget: Budget): ServicePorts {
  const { request, context, prefetch, call, traced } = checked;
  const { tenant } = call;
  const { patientId, encounterId = "" } = context;
  const token = request.fhirAuthorization?.access_token;
  const openReader = token === undefined ? undefined : () => deps.readerFor(tenant, token, budget.readSignal);
  return {
    latest: async ({ encounter }) =>
      ownJob(deps, await deps.jobs.latest(tenant.id, encounter, "discharge-summary"), call),
    signedSummaries: () => deps.jobs.signedOf(tenant.id, call.patient),
    create: (input) => deps.jobs.create({ ...input, ...traced }),
    bringChart: (job) => bringChart(deps, call, job, fromPrefetch(prefetch, service.hooks[call.hook]?.prefetch ?? {})),
    overridden: (stay, job) => deps.memory.overridden(service.id, stay, job),
    putAside: (encounters) => deps.memory.putAside(service.id, call, encounters),
    prefetched: fromPrefetch(prefetch, service.hooks[call.hook]?.prefetch ?? {}),
    reader: () => {
      const reader = openReader?.() ?? deps.backendReaderFor(tenant, budget.readSignal);
      return reader === undefined ? undefined : openPatientReader(reader, patientId, budget.readSignal);
    },
    chartSource: () =>
      chartSource({
        tenant,
        templates: service.hooks["encounter-discharge"]?.prefetch ?? {},
        onMissing: service.hooks["encounter-discharge"]?.onMissing ?? {},
        values: { userId: call.userId, patientId, encounterId, today: dayIn(tenant.timeZone) },
        prefetch,
        openReader,
        signal: budget.readSignal,
      }),
    link: (stay, label, purpose, job, chart) => deps.links({ call: stay, label, purpose, job, chart }),
  };
}

/** A prefetch that lacks nothing is enough for a job that waits for its chart. */
async function bringChart(deps: InvokeDeps, call: HookCall, job: Job, chart: ChartData): Promise<Job> {
  if (chart.resources.length === 0) return job;
  const { tenant, actor } = call;
  return deps.jobs.chartArrived({
    tenant: tenant.id,
    job: job.id,
    resources: chart.resources,
    gaps: chart.gaps,
    whole: chart.gaps.length === 0,
    source: "hook",
    actor,
  });
}

/** The hospital's calendar day, `2026-03-17`. */
function dayIn(timeZone: string): string {
  return createDatePrinter(timeZone).day(new Date().toISOString()) ?? "";
}

/**
 * An encounter has one patient: a call that says otherwise must not learn of the job (attack list 23). A job that still waits
 * for its chart has only somebody's word for its patient: it gives way to the EHR's, or a typo would keep the card away.
 */
async function ownJob(deps: InvokeDeps, job: Job | undefined, call: HookCall): Promise<Job | undefined> {
  if (job === undefined || job.patient === call.patient) return job;
  if (job.status === "waiting") {
    await deps.jobs.cancel(call.tenant.id, job.id, call.actor);
    return undefined;
  }
  throw new AdapterError("parameter_invalid", {
    at: "context.patientId",
    message: "This encounter belongs to another patient.",
  });
}
