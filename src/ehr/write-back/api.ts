/** The API of documents on their way into the EHR: where each stands, another try, and what would be sent. */
import { z } from "zod";
import type { Audit } from "../../audit/audit.ts";
import type { Principal } from "../../core/access/principal.ts";
import { maySee, requireSystem } from "../../core/access/principal.ts";
import { AdapterError } from "../../core/errors.ts";
import type { ApiRoute } from "../../http/api/api-route.ts";
import { defineRoute } from "../../http/api/api-route.ts";
import { json, problems } from "../../http/api/responses.ts";
import type { Job, Jobs } from "../../jobs/jobs.ts";
import { issueSchema } from "../outcome-issues.ts";
import type { WriteDescription } from "./describe.ts";
import type { WriteDesk } from "./desk.ts";
import { listStates } from "./desk.ts";

export interface WriteDeskApi {
  readonly desk: WriteDesk;
  readonly jobs: Pick<Jobs, "get">;
  readonly audit: Audit;
  /** What would be sent of a job's newest version; of a sample of nobody where no job is named. */
  readonly describe: (tenant: string, job?: Job) => Promise<WriteDescription>;
}

const uncached = { "Cache-Control": "no-store" };

const write = z
  .object({
    job: z.string(),
    version: z.int(),
    docStatus: z.string(),
    state: z.enum(["due", "retrying", "waiting-for-launch", "written", "rejected", "superseded"]),
    attempts: z.int(),
    reference: z.string().optional().meta({ description: "Of the document in the EHR." }),
    nextAttemptAt: z.iso.datetime().optional(),
    waitsFor: z.string().optional().meta({ description: "Whose launch it waits for." }),
    updatedAt: z.iso.datetime(),
    problem: z
      .object({
        code: z.string(),
        status: z.int().optional().meta({ description: "HTTP status of the EHR's answer." }),
        means: z.string(),
        fix: z.string(),
        issues: z.array(issueSchema).meta({ description: "What the EHR says: may speak of the patient." }),
      })
      .optional(),
  })
  .meta({ id: "DocumentWrite" });

const described = z
  .object({
    profile: z.object({
      basedOn: z.string(),
      about: z.string(),
      settings: z.array(
        z.object({
          name: z.string(),
          value: z.unknown(),
          from: z.enum(["tenant", "built-in", "jurisdiction"]),
          why: z.string().optional(),
        }),
      ),
    }),
    document: z.object({ sample: z.boolean(), version: z.int(), docStatus: z.string() }),
    notes: z.array(z.string()),
    requests: z.array(
      z.object({
        method: z.string(),
        url: z.string(),
        headers: z.record(z.string(), z.string()),
        body: z.unknown().optional(),
        answer: z.enum(["real", "assumed"]).meta({ description: "Whether the EHR was asked, or taken to answer so." }),
        why: z.string(),
      }),
    ),
  })
  .meta({ id: "WriteDescription" });

const queued = z.object({ queued: z.int() }).meta({ id: "QueuedWrites" });

async function jobOf({ jobs }: WriteDeskApi, principal: Principal, id = ""): Promise<Job> {
  const job = /^[A-Za-z0-9_-]{1,64}$/u.test(id) ? await jobs.get(principal.tenant, id) : undefined;
  if (job === undefined || !maySee(principal, job)) throw new AdapterError("not_found");
  return job;
}

function ofJobRoute(api: WriteDeskApi): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/jobs/{id}/documents",
    scope: "jobs:read",
    operationId: "readDocumentWrites",
    summary: "Where the job's documents stand on their way into the EHR, what the EHR said, and what mends it.",
    responses: {
      "200": json("One a version and status, the oldest first.", z.object({ items: z.array(write) })),
      ...problems(401, 403, 404, 429, 503),
    },
    async handle({ principal, params }) {
      const { tenant, id } = await jobOf(api, principal, params["id"]);
      return { status: 200, headers: uncached, json: { items: await api.desk.ofJob(tenant, id) } };
    },
  });
}

function retryRoute(api: WriteDeskApi): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/jobs/{id}/documents/retry",
    scope: "jobs:write",
    operationId: "retryDocumentWrites",
    summary: "Try again now what the EHR refused, or what waits for its next try; no document comes twice for it.",
    responses: { "202": json("How many are tried.", queued), ...problems(401, 403, 404, 429, 503) },
    async handle({ principal, params }) {
      const { id } = await jobOf(api, principal, params["id"]);
      return { status: 202, json: { queued: await api.desk.retry(principal, id) } };
    },
  });
}

function describeJobRoute(api: WriteDeskApi): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/jobs/{id}/documents/preview",
    scope: "jobs:read",
    operationId: "describeDocumentWrite",
    summary:
      "Every request that the newest version's write makes of the EHR, as it would be sent, and why. Nothing is written.",
    responses: { "200": json("In order.", described), ...problems(401, 403, 404, 409, 413, 429, 503) },
    async handle({ principal, params }) {
      requireSystem(principal);
      const job = await jobOf(api, principal, params["id"]);
      const description = await api.describe(job.tenant, job);
      const { actor } = principal;
      const { tenant, id, patient, encounter } = job;
      await api.audit.record({
        tenant,
        action: "summary.read",
        outcome: "success",
        actor,
        job: id,
        patient,
        encounter,
      });
      return { status: 200, headers: uncached, json: description };
    },
  });
}

function describeRoute(api: WriteDeskApi): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/write-profile",
    scope: "jobs:read",
    operationId: "readWriteProfile",
    summary:
      "How documents go into this hospital's EHR: each setting, whence it is and why, and the requests for a sample of nobody.",
    responses: { "200": json("Settings and requests.", described), ...problems(401, 403, 413, 429, 503) },
    async handle({ principal }) {
      requireSystem(principal);
      return { status: 200, headers: uncached, json: await api.describe(principal.tenant) };
    },
  });
}

const listQuery = z.strictObject({
  state: z.enum(listStates).optional().meta({ description: "Default: `rejected` and `open`." }),
  before: z.iso.datetime({ offset: true }).optional().meta({ description: "`next` of the page before." }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

function listRoute(api: WriteDeskApi): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/documents",
    scope: "jobs:read",
    operationId: "listDocumentWrites",
    summary: "Documents of all jobs on their way into the EHR, the newest change first.",
    query: listQuery,
    responses: {
      "200": json("A page.", z.object({ items: z.array(write), next: z.string().nullable() })),
      ...problems(400, 401, 403, 429, 503),
    },
    async handle({ principal, query: { state, before, limit } }) {
      requireSystem(principal);
      const page = before === undefined ? { limit } : { before, limit };
      const states = state === undefined ? (["rejected", "open"] as const) : [state];
      const { items, next } = await api.desk.list(principal.tenant, states, page);
      return { status: 200, headers: uncached, json: { items: [...items], next } };
    },
  });
}

function retryAllRoute(api: WriteDeskApi): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/documents/retry",
    scope: "jobs:write",
    operationId: "retryAllDocumentWrites",
    summary: "Try again now everything that the EHR refused: once the cause is mended.",
    responses: { "202": json("How many are tried.", queued), ...problems(401, 403, 429, 503) },
    async handle({ principal }) {
      requireSystem(principal);
      return { status: 202, json: { queued: await api.desk.retry(principal) } };
    },
  });
}

/** All of them; `createApiRouter` serves them. */
export function writeDeskRoutes(api: WriteDeskApi): readonly ApiRoute[] {
  return [ofJobRoute, retryRoute, describeJobRoute, listRoute, retryAllRoute, describeRoute].map((route) => route(api));
}
