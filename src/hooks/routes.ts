/** Routes of CDS Hooks: discovery, invocation, feedback. */
import type { Request, RequestHandler, Response, Router } from "express";
import express from "express";
import type { Audit } from "../audit/audit.ts";
import { derived } from "../config/derived.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import { parseTraceParent } from "../core/trace/trace-parent.ts";
import { annotate } from "../http/annotations.ts";
import { admitAtMost } from "../http/admission.ts";
import { jsonBody } from "../http/body.ts";
import { guardMethods } from "../http/method-guard.ts";
import { createTenantPlaces } from "../http/tenant-places.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { cors, restrictOrigin } from "./routes/cors.ts";
import { discoveryOf } from "./discovery.ts";
import type { ClientCertificate } from "./caller.ts";
import type { FeedbackDeps } from "./feedback.ts";
import { createFeedback } from "./feedback.ts";
import type { InvokeDeps, InvokeResult } from "./invoke.ts";
import { createInvoke } from "./invoke.ts";
import type { CdsService } from "./service.ts";

export interface HookRoutesDeps extends Omit<InvokeDeps, "places">, FeedbackDeps {
  readonly certificateOf: (carrier: {
    readonly header: (name: string) => string | undefined;
    readonly remoteAddress: string | undefined;
  }) => ClientCertificate;
  readonly services: readonly CdsService[];
  /** Those that are served now. */
  readonly tenants: () => readonly TenantConfig[];
  readonly audit: Audit;
  readonly metrics: Metrics;
  /** Of the places below; default: two thirds where there are several tenants, else all. */
  readonly mostPerTenant?: number;
}

/** At some 8 ms of work each, the last of them still leaves within the budget of 500 ms. */
const MOST_IN_HAND = 40;
const MOST_OF_ONE_TENANT = 27;
/** A prefetch can be a whole chart. */
const HOOK_BYTES = 20 * 1024 * 1024;
const FEEDBACK_BYTES = 256 * 1024;

const arrivals = new WeakMap<Request, number>();

/** Before the body is read: reading it is part of the time that the EHR waits. */
const stampArrival: RequestHandler = (request, _response, next) => {
  arrivals.set(request, performance.now());
  next();
};

const spentMs = (request: Request): number => performance.now() - (arrivals.get(request) ?? performance.now());

export function createHookRoutes(deps: HookRoutesDeps): Router {
  const services = new Map(deps.services.map((service) => [service.id, service]));
  const discovery = JSON.stringify(discoveryOf(deps.services));
  const origins = derived(deps.tenants, (tenants) => new Set(tenants.flatMap(({ ehr }) => ehr.cdsHooks.corsOrigins)));
  const share = (): number => (deps.tenants().length > 1 ? MOST_OF_ONE_TENANT : MOST_IN_HAND);
  const invoke = createInvoke({ ...deps, places: createTenantPlaces(() => deps.mostPerTenant ?? share()) });
  const acceptFeedback = createFeedback(deps);
  const serviceOf = (request: Request): CdsService => {
    const found = services.get(String(request.params["id"]));
    if (found === undefined) throw new AdapterError("not_found");
    return found;
  };
  /** Unknown services are told before anything is read. */
  const known: RequestHandler = (request, _response, next) => {
    serviceOf(request);
    next();
  };
  const invokeService = async (request: Request, response: Response): Promise<void> => {
    const input = {
      service: serviceOf(request),
      authorization: request.get("authorization"),
      certificate: certificateOf(deps, request),
      body: request.body as unknown,
      traceParent: parseTraceParent(request.get("traceparent")),
      spentMs: spentMs(request),
      onIssuer: noteIssuer(response),
    };
    const result = await invoke(input);
    restrictOrigin(response, request.get("origin"), result.call.tenant.ehr.cdsHooks.corsOrigins);
    response.json(result.response);
    noteAnswer(deps, response, result, input.service.id, spentMs(request));
  };
  const feedback = async (request: Request, response: Response): Promise<void> => {
    const { tenant, stored } = await acceptFeedback({
      service: serviceOf(request),
      authorization: request.get("authorization"),
      certificate: certificateOf(deps, request),
      body: request.body as unknown,
      onIssuer: noteIssuer(response),
    });
    annotate(response, { tenant, count: stored });
    response.status(200).end();
  };

  const router = express.Router({ caseSensitive: true });
  router.use("/cds-services", stampArrival, cors(origins));
  router.get(
    "/cds-services",
    (_request, response) => void response.set("content-type", "application/json; charset=utf-8").end(discovery),
  );
  router.post(
    "/cds-services/:id",
    known,
    admitAtMost(MOST_IN_HAND),
    ...jsonBody({ limitBytes: HOOK_BYTES }),
    (request, response) => invokeService(request, response),
  );
  router.post("/cds-services/:id/feedback", known, ...jsonBody({ limitBytes: FEEDBACK_BYTES }), (request, response) =>
    feedback(request, response),
  );
  return guardMethods(router);
}

function certificateOf(deps: HookRoutesDeps, request: Request): ClientCertificate {
  const { remoteAddress } = request.socket;
  return deps.certificateOf({ header: (name) => request.get(name), remoteAddress });
}

function noteIssuer(response: Response): (tenant: string, issuer: string) => void {
  return (tenant, issuer) => annotate(response, { tenant, issuer });
}

/** After the answer is out: the wide event, the metric, and an audit row where a card showed how a patient's summary stands. */
function noteAnswer(
  deps: HookRoutesDeps,
  response: Response,
  { call, state, job, encounter }: InvokeResult,
  service: string,
  durationMs: number,
): void {
  const tenant = call.tenant.id;
  annotate(response, { tenant, service, hook: call.hook, hookInstance: call.hookInstance, card: state, job });
  deps.metrics.hook({ tenant, hook: call.hook, card: state }, durationMs / 1000);
  if (state === "none" || state === "late" || state === "away") return;
  const about = {
    patient: call.patient,
    ...(encounter === undefined ? {} : { encounter }),
    ...(job === undefined ? {} : { job }),
  };
  deps.audit
    .record({
      tenant,
      action: "hook.invoke",
      outcome: "success",
      actor: { ...call.actor, display: call.userId },
      reason: state,
      ...about,
    })
    .catch(deps.onLate);
}
