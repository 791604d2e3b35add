/** POST /v1/jobs: asks for a summary outside a hook. */
import { createHash } from "node:crypto";
import type { FhirResource } from "fhir/r4.js";
import type { CreateJob, Job } from "../jobs/jobs.ts";
import type { Principal } from "../core/access/principal.ts";
import type { PollingDeps, PollingTenant } from "./deps.ts";
import type { CreateJobBody, SubjectName } from "./schemas.ts";
import { z } from "zod";
import { AdapterError } from "../core/errors.ts";
import { parseTraceParent } from "../core/trace/trace-parent.ts";
import { defineRoute } from "../http/api/api-route.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import { jobEtag, jobUrl, retryAfter, toJobAnswer } from "./answers.ts";
import { checkCallback } from "./callback.ts";
import { createJobBody, jobAnswer } from "./schemas.ts";
import { json, problems } from "../http/api/responses.ts";

const idempotencyKey = /^[\x20-\x7e]{1,255}$/u;

/** The reference that a name stands for; throws 400 where the EHR knows no such identifier. */
export async function resolveSubject(
  deps: Pick<PollingDeps, "findByIdentifier">,
  tenant: string,
  type: "Patient" | "Encounter",
  name: SubjectName,
): Promise<string | undefined> {
  return "reference" in name ? name.reference : deps.findByIdentifier(tenant, type, name.identifier);
}

async function requireSubject(
  deps: Pick<PollingDeps, "findByIdentifier">,
  tenant: string,
  at: "patient" | "encounter",
  name: SubjectName,
): Promise<string> {
  const found = await resolveSubject(deps, tenant, at === "patient" ? "Patient" : "Encounter", name);
  if (found !== undefined) return found;
  throw new AdapterError("parameter_invalid", {
    at: `${at}.identifier`,
    message: "The EHR knows nothing by this identifier.",
  });
}

/** A session asks for its own patient only: the launch decides, not the page. */
function checkSession({ session }: Principal, patient: string, encounter: string): void {
  if (session === undefined) return;
  const same = session.patient === patient && (session.encounter === undefined || session.encounter === encounter);
  if (!same)
    throw new AdapterError("forbidden", { message: "This session was opened for another patient or encounter." });
}

/** The chart given with the request; it must hold the patient and the encounter it is about. */
function snapshotOf(body: CreateJobBody, patient: string, encounter: string): CreateJob["snapshot"] {
  if (body.chart === undefined) return undefined;
  const resources = body.chart.entry.flatMap((entry) =>
    entry.resource === undefined ? [] : [entry.resource as unknown as FhirResource],
  );
  const named = new Set(resources.map((resource) => `${resource.resourceType}/${resource.id ?? ""}`));
  for (const reference of [patient, encounter]) {
    if (!named.has(reference))
      throw new AdapterError("prefetch_unavailable", {
        at: "chart",
        message: `The chart lacks ${reference.split("/")[0] ?? ""} named in the request.`,
      });
  }
  return { kind: "bundle", resources };
}

/** Keys of different clients never meet; the digest tells a repeat from a reuse. */
export function keyOf(principal: Principal, header: string | undefined, said: unknown): CreateJob["key"] {
  if (header === undefined) return undefined;
  if (!idempotencyKey.test(header)) throw new AdapterError("parameter_invalid", { at: "Idempotency-Key" });
  const digest = createHash("sha256").update(JSON.stringify(said)).digest("hex");
  return { kind: "idempotency", value: `${principal.actor.kind}:${principal.actor.id}:${header}`, digest };
}

/** Where the chart will come from: with the request, by system access, or by a launch; where from none, 412. */
export function mustWait(tenant: PollingTenant, snapshot: CreateJob["snapshot"]): boolean {
  if (snapshot !== undefined || tenant.hasSystemAccess) return false;
  if (tenant.hasSmart) return true;
  throw new AdapterError("prefetch_unavailable", {
    at: "chart",
    message: "Nothing can bring this chart: send it, or register system or SMART access.",
  });
}

export interface PlannedJob {
  readonly settings: PollingTenant;
  /** Relative references. */
  readonly patient: string;
  readonly encounter: string;
}

/** Whose job it is. Throws 409 where the tenant wants no new ones, 400 for an identifier that the EHR does not know. */
export async function planJob(
  deps: Pick<PollingDeps, "findByIdentifier" | "tenant">,
  tenant: string,
  named: { readonly patient: SubjectName; readonly encounter: SubjectName },
): Promise<PlannedJob> {
  const settings = await deps.tenant(tenant);
  if (!settings.enabled)
    throw new AdapterError("state_conflict", { message: "New summaries are switched off for this tenant." });
  const patient = await requireSubject(deps, tenant, "patient", named.patient);
  const encounter = await requireSubject(deps, tenant, "encounter", named.encounter);
  return { settings, patient, encounter };
}

async function toCreateJob(
  deps: PollingDeps,
  principal: Principal,
  body: CreateJobBody,
  { key, traceParent }: { readonly key: string | undefined; readonly traceParent: string | undefined },
): Promise<CreateJob> {
  const { settings, patient, encounter } = await planJob(deps, principal.tenant, body);
  checkSession(principal, patient, encounter);
  const snapshot = snapshotOf(body, patient, encounter);
  const callbackUrl = body.callback === undefined ? undefined : checkCallback(body.callback.url, settings.endpointUrls);
  const repeat = keyOf(principal, key, body);
  return {
    tenant: principal.tenant,
    patient,
    encounter,
    documentType: body.documentType,
    trigger: principal.session === undefined || principal.session.kind === "ehr-token" ? "api" : "page",
    actor: principal.actor,
    waitForLaunch: mustWait(settings, snapshot),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
    ...(repeat === undefined ? {} : { key: repeat }),
    ...(traceParent === undefined ? {} : { traceParent }),
  };
}

/** Asks for a summary, or joins the one being written. Idempotency-Key and traceparent are read from the headers. */
export async function requestJob(
  deps: PollingDeps,
  principal: Principal,
  body: CreateJobBody,
  header: (name: string) => string | undefined,
): Promise<{ readonly job: Job; readonly created: boolean }> {
  const traceParent = parseTraceParent(header("traceparent"));
  return deps.jobs.create(await toCreateJob(deps, principal, body, { key: header("idempotency-key"), traceParent }));
}

/** A chart travels with the request. */
export const maxChartBytes = 20 * 1024 * 1024;

export function createJobRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/jobs",
    scope: "jobs:write",
    operationId: "createJob",
    summary: "Ask for a discharge summary, or join the one being written.",
    body: createJobBody,
    maxBodyBytes: maxChartBytes,
    requestHeaders: z.object({ "Idempotency-Key": z.string().max(255).optional() }),
    responses: {
      "200": json("An open job of this encounter was joined.", jobAnswer),
      "202": json("A new job was made.", jobAnswer),
      ...problems(400, 401, 403, 409, 412, 413, 415, 422, 429, 503),
    },
    async handle({ principal, body, header }) {
      const { job, created } = await requestJob(deps, principal, body, header);
      return {
        status: created ? 202 : 200,
        headers: { Location: jobUrl(deps.publicUrl, job.id), ETag: jobEtag(job), ...retryAfter(job) },
        json: toJobAnswer(job, deps.publicUrl),
      };
    },
  });
}
