/**
 * POST /fhir/Encounter/{id}/$discharge-summary: asks for the summary of a stay the FHIR way, at once or by the asynchronous pattern
 * (R4 "Asynchronous Request Patterns"; the answer is wrapped as R5's async bundle says). Defined in fhir-profiles.
 */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { z } from "zod";
import type { Principal } from "../../core/access/principal.ts";
import type { ErrorCode } from "../../core/errors.ts";
import { AdapterError } from "../../core/errors.ts";
import { errorTable } from "../../core/error-table.ts";
import { isOpen } from "../../core/job/status.ts";
import { parseOr400 } from "../../core/request-shape.ts";
import type { FhirAnswer, FhirCall, FhirRoute } from "../../http/fhir/fhir-route.ts";
import type { Job } from "../../jobs/jobs.ts";
import { retryAfter } from "../answers.ts";
import { maxChartBytes, requestJob } from "../create-job.ts";
import { auditEntry, findJob } from "../job-access.ts";
import { createJobBody } from "../schemas.ts";
import { servedOf } from "./document.ts";
import type { FhirJobDeps } from "./fhir-routes.ts";

/** A client that asked for no asynchronous answer waits no longer than proxies on the way do. */
const SYNCHRONOUS_MS = 25_000;
const KEPT_MS = 24 * 3600 * 1000;

const parameters = z.strictObject({
  resourceType: z.literal("Parameters"),
  id: z.string().optional(),
  meta: z.unknown().optional(),
  parameter: z
    .array(
      z.discriminatedUnion("name", [
        z.strictObject({ name: z.literal("patient"), valueReference: z.looseObject({ reference: z.string() }) }),
        z.strictObject({ name: z.literal("chart"), resource: z.looseObject({ resourceType: z.literal("Bundle") }) }),
      ]),
    )
    .max(2)
    .default([]),
});

/** The request in the job API's own words, which checks the rest. */
async function toBody(deps: FhirJobDeps, { tenant }: Principal, encounter: string, body: unknown) {
  const said = body === undefined ? [] : parseOr400(parameters, body, "Parameters").parameter;
  const given = said.flatMap((parameter) =>
    parameter.name === "patient" ? [parameter.valueReference.reference] : [],
  )[0];
  const chart = said.flatMap((parameter) => (parameter.name === "chart" ? [parameter.resource] : []))[0];
  const { ehrBase } = deps.focusContext(tenant);
  const patient = given?.replace(`${ehrBase}/`, "") ?? (await deps.patientOf(tenant, encounter));
  if (patient === undefined) {
    throw new AdapterError("parameter_missing", {
      at: "patient",
      message: "Whose stay this is cannot be read from the EHR: give the parameter patient.",
    });
  }
  const named = { patient: { reference: patient }, encounter: { reference: encounter } };
  return parseOr400(createJobBody, { ...named, ...(chart === undefined ? {} : { chart }) }, "Parameters");
}

const statusUrl = ({ publicUrl }: FhirJobDeps, job: Job): string => `${publicUrl}/fhir/async-status/${job.id}`;

function failureOf({ error }: Job): AdapterError {
  const isKnown = error !== undefined && Object.hasOwn(errorTable, error);
  return new AdapterError(isKnown ? (error as ErrorCode) : "internal", {
    message: "The summary could not be written.",
  });
}

/** The job's outcome as an answer: the document, or the error that ended it. Throws where it failed or was cancelled. */
async function outcomeOf(deps: FhirJobDeps, principal: Principal, job: Job): Promise<Bundle> {
  if (job.status === "failed") throw failureOf(job);
  // Cancelled: who deleted the request asks for nothing any more (R5, async bundle: 404).
  if (job.status === "cancelled") throw new AdapterError("not_found");
  const document = await servedOf(deps, job);
  if (document === undefined) throw new AdapterError("not_found", { message: "The draft was discarded." });
  await deps.audit.record(auditEntry(principal, job, "summary.read"));
  return document.bundle;
}

async function untilOver(deps: FhirJobDeps, principal: Principal, job: Job, signal: AbortSignal): Promise<Job> {
  return deps.waiters.poll({
    topic: "job",
    key: `${job.tenant}/${job.id}`,
    user: `${principal.tenant}/${principal.actor.id}`,
    waitMs: SYNCHRONOUS_MS,
    signal,
    read: async () => (await deps.jobs.get(job.tenant, job.id)) ?? job,
    isNews: ({ status }) => !isOpen(status),
  });
}

async function ask(deps: FhirJobDeps, call: FhirCall): Promise<FhirAnswer> {
  const { principal, id, body, header, signal } = call;
  const { job } = await requestJob(deps, principal, await toBody(deps, principal, `Encounter/${id}`, body), header);
  if (header("prefer")?.includes("respond-async") === true)
    return { status: 202, headers: { "Content-Location": statusUrl(deps, job), ...retryAfter(job) } };
  const over = isOpen(job.status) ? await untilOver(deps, principal, job, signal) : job;
  if (isOpen(over.status)) {
    throw new AdapterError("overloaded", {
      message: "The summary is still being written: ask again with Prefer: respond-async.",
    });
  }
  return { status: 200, resource: await outcomeOf(deps, principal, over) };
}

/** At most 100 characters, as the pattern asks. */
function progressOf({ status, progress }: Job): string {
  if (status === "waiting") return "waiting for access to the chart";
  return `${progress.step} (${progress.index} of ${progress.of})`;
}

/** R5's async bundle: one response for the one request. */
function batchResponse(resource: FhirResource): Bundle<FhirResource> {
  return { resourceType: "Bundle", type: "batch-response", entry: [{ resource, response: { status: "200 OK" } }] };
}

/** Until when the status surely answers; documents are kept for longer than that. */
const expires = (): Record<string, string> => ({ Expires: new Date(Date.now() + KEPT_MS).toUTCString() });

async function statusOf(deps: FhirJobDeps, { principal, id }: FhirCall): Promise<FhirAnswer> {
  deps.pace.require(`${principal.tenant}/${principal.actor.id}/${id}`);
  const job = await findJob(deps.jobs, principal, id);
  if (isOpen(job.status)) return { status: 202, headers: { "X-Progress": progressOf(job), ...retryAfter(job) } };
  return { status: 200, resource: batchResponse(await outcomeOf(deps, principal, job)), headers: expires() };
}

async function withdraw(deps: FhirJobDeps, { principal, id }: FhirCall): Promise<FhirAnswer> {
  const job = await findJob(deps.jobs, principal, id);
  if (isOpen(job.status)) await deps.jobs.cancel(job.tenant, job.id, principal.actor);
  return { status: 202 };
}

const document = { type: "Bundle", right: "r" } as const;

/** The operation and its status. */
export function dischargeSummaryRoutes(deps: FhirJobDeps): readonly FhirRoute[] {
  const definition = `${deps.publicUrl}/fhir/OperationDefinition/discharge-summary`;
  const status = "/fhir/async-status/:id";
  return [
    {
      method: "post",
      path: "/fhir/Encounter/:id/$discharge-summary",
      scope: "jobs:write",
      // The job is a Task, and what comes of it is the document.
      needs: [{ type: "Task", right: "c" }, document],
      maxBodyBytes: maxChartBytes,
      bodyOptional: true,
      capability: { type: "Encounter", operation: { name: "discharge-summary", definition } },
      handle: (call) => ask(deps, call),
    },
    {
      method: "get",
      path: status,
      needs: [{ type: "Task", right: "r" }, document],
      handle: (call) => statusOf(deps, call),
    },
    {
      method: "delete",
      path: status,
      scope: "jobs:write",
      needs: [{ type: "Task", right: "u" }],
      handle: (call) => withdraw(deps, call),
    },
  ];
}
