/** The summary of a job: read it in any rendering, and the clinician's acts on it. */
import { z } from "zod";
import type { Job, StoredSummary } from "../jobs/jobs.ts";
import type { AuditAction } from "../audit/audit.ts";
import type { Principal } from "../core/access/principal.ts";
import type { ApiAnswer, ApiRoute } from "../http/api/api-route.ts";
import type { PollingDeps, SummaryMediaType } from "./deps.ts";
import { requireSigner } from "../core/access/principal.ts";
import { negotiate } from "../http/accept.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { jobEtag, summaryEtag, toJobAnswer, toSummaryAnswer } from "./answers.ts";
import { audited, auditEntry, findJob, findSummary } from "./job-access.ts";
import { matchesEtag } from "./read-jobs.ts";
import { checkedSources } from "./source-routes.ts";
import { json, problems } from "../http/api/responses.ts";
import { amendBody, editBody, jobAnswer, reasonBody, signAnswer, signBody, summaryAnswer } from "./schemas.ts";

const ifMatch = z.object({ "If-Match": z.string().meta({ description: "ETag of the version that was read." }) });

/** A strong ETag names bytes, so each rendering has its own; the JSON form's is the one If-Match takes. */
const tagSuffix: Record<SummaryMediaType, string> = {
  "application/fhir+json": "fhir",
  "text/markdown": "md",
  "text/plain": "txt",
  "application/pdf": "pdf",
  "application/cda+xml": "cda",
};

const contentType = (type: SummaryMediaType): string => (type === "application/pdf" ? type : `${type}; charset=utf-8`);

export function readSummaryRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/jobs/{id}/summary",
    scope: "jobs:read",
    operationId: "readSummary",
    summary: "The summary: sections with evidence, a FHIR document, Markdown, plain text, PDF/A or C-CDA.",
    responses: {
      "200": {
        description: "The newest version.",
        content: {
          "application/json": { schema: summaryAnswer },
          "application/fhir+json": { schema: z.looseObject({ resourceType: z.literal("Bundle") }) },
          "text/markdown": { schema: z.string() },
          "text/plain": { schema: z.string() },
          "application/pdf": { schema: z.string().meta({ format: "binary" }) },
          "application/cda+xml": { schema: z.string() },
        },
      },
      "304": { description: "Nothing has changed since the ETag given." },
      ...problems(401, 403, 404, 406, 429, 503),
    },
    async handle({ principal, params, header }) {
      const job = await findJob(deps.jobs, principal, params["id"]);
      const type = negotiate(header("accept"), [
        "application/json",
        "application/fhir+json",
        "text/markdown",
        "text/plain",
        "application/pdf",
        "application/cda+xml",
      ]);
      const summary = await findSummary(deps.jobs, job);
      await deps.audit.record(auditEntry(principal, job, "summary.read"));
      const etag =
        type === "application/json"
          ? summaryEtag(summary)
          : summaryEtag(summary).replace(/"$/u, `-${tagSuffix[type]}"`);
      const headers = { ETag: etag, Vary: "Accept" };
      if (matchesEtag(header("if-none-match"), etag)) return { status: 304, headers };
      if (type === "application/json") return { status: 200, headers, json: toSummaryAnswer(summary) };
      return {
        status: 200,
        headers,
        body: { type: contentType(type), content: await deps.render(job.tenant, summary, type) },
      };
    },
  });
}

const changed = (summary: StoredSummary): ApiAnswer => ({
  status: 200,
  headers: { ETag: summaryEtag(summary) },
  json: toSummaryAnswer(summary),
});

const actProblems = problems(400, 401, 403, 404, 409, 412, 415, 428, 429, 503);

/** The caller's job, after the check that this caller may act; a refused act stands in the audit log. */
async function jobToAct(
  deps: PollingDeps,
  principal: Principal,
  id: string | undefined,
  action: AuditAction,
  check: (principal: Principal) => void,
): Promise<Job> {
  const job = await findJob(deps.jobs, principal, id);
  await audited(deps.audit, auditEntry(principal, job, action), () => check(principal));
  return job;
}

function editRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "patch",
    path: "/v1/jobs/{id}/summary",
    scope: "jobs:write",
    operationId: "editSummary",
    summary:
      "Replace the text of sections, or add what the review found missing. Sentences left as they were keep their evidence.",
    body: editBody,
    requestHeaders: ifMatch,
    responses: { "200": json("The new version, with its ETag.", summaryAnswer), ...actProblems },
    async handle({ principal, params, body, header }) {
      const job = await findJob(deps.jobs, principal, params["id"]);
      const { sections, add } = body;
      return changed(await deps.jobs.edit(job.tenant, job.id, header("if-match"), sections, principal.actor, add));
    },
  });
}

function signRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/jobs/{id}/summary/sign",
    scope: "jobs:write",
    operationId: "signSummary",
    summary: "Sign the version read. Needs a practitioner with a signer role in a SMART session.",
    body: signBody,
    requestHeaders: ifMatch,
    responses: { "200": json("The signature.", signAnswer), ...actProblems },
    async handle({ principal, params, body, header }) {
      const job = await jobToAct(deps, principal, params["id"], "summary.sign", requireSigner);
      const { attestation, acknowledged } = body;
      const sources = await checkedSources(deps, principal, job, acknowledged);
      const ifMatch = header("if-match");
      const signed = await deps.jobs.sign(job.tenant, job.id, ifMatch, attestation, principal.actor, sources);
      const { version, docStatus, sha256, signedBy, signedAt } = signed;
      return {
        status: 200,
        headers: { ETag: summaryEtag(signed) },
        json: { version, docStatus, sha256, signedBy, signedAt },
      };
    },
  });
}

function amendRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/jobs/{id}/summary/amend",
    scope: "jobs:write",
    operationId: "amendSummary",
    summary: "Change a signed summary: a new version that says why.",
    body: amendBody,
    requestHeaders: ifMatch,
    responses: { "200": json("The amended version.", summaryAnswer), ...actProblems },
    async handle({ principal, params, body, header }) {
      const job = await jobToAct(deps, principal, params["id"], "summary.amend", requireSigner);
      const { reason, sections, attestation, acknowledged } = body;
      const sources = await checkedSources(deps, principal, job, acknowledged);
      const more = { attestation, sources };
      const { tenant, id } = job;
      return changed(await deps.jobs.amend(tenant, id, header("if-match"), reason, sections, principal.actor, more));
    },
  });
}

function retractRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/jobs/{id}/summary/retract",
    scope: "jobs:write",
    operationId: "retractSummary",
    summary: "Mark a signed summary as entered in error.",
    body: reasonBody,
    requestHeaders: ifMatch,
    responses: { "200": json("The retracted summary.", summaryAnswer), ...actProblems },
    async handle({ principal, params, body, header }) {
      const job = await jobToAct(deps, principal, params["id"], "summary.retract", requireSigner);
      return changed(await deps.jobs.retract(job.tenant, job.id, header("if-match"), body.reason, principal.actor));
    },
  });
}

function discardRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/jobs/{id}/summary/discard",
    scope: "jobs:write",
    operationId: "discardSummary",
    summary: "Throw an unsigned draft away.",
    body: reasonBody,
    requestHeaders: ifMatch,
    responses: { "200": json("The discarded draft.", summaryAnswer), ...actProblems },
    async handle({ principal, params, body, header }) {
      const job = await findJob(deps.jobs, principal, params["id"]);
      return changed(await deps.jobs.discard(job.tenant, job.id, header("if-match"), body.reason, principal.actor));
    },
  });
}

function cancelRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/jobs/{id}/cancel",
    scope: "jobs:write",
    operationId: "cancelJob",
    summary: "Stop a job; the running step and the model are told.",
    responses: { "200": json("The job.", jobAnswer), ...problems(401, 403, 404, 409, 429, 503) },
    async handle({ principal, params }) {
      const found = await findJob(deps.jobs, principal, params["id"]);
      const job = await deps.jobs.cancel(found.tenant, found.id, principal.actor);
      return { status: 200, headers: { ETag: jobEtag(job) }, json: toJobAnswer(job, deps.publicUrl) };
    },
  });
}

/** What a person does to a draft or a signed summary. */
export function actRoutes(deps: PollingDeps): ApiRoute[] {
  return [editRoute, signRoute, amendRoute, retractRoute, discardRoute, cancelRoute].map((route) => route(deps));
}
