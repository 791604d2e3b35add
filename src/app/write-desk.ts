/** Documents on their way into the EHR, wired for people: the desk, and the trial that shows what would be sent. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { jurisdictionOf } from "../config/jurisdictions.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import type { WriteDescription } from "../ehr/write-back/describe.ts";
import { describedProfile, describedRequests } from "../ehr/write-back/describe.ts";
import { createWriteDesk } from "../ehr/write-back/desk.ts";
import { fileDocument } from "../ehr/write-back/file-document.ts";
import { isOwed } from "../ehr/write-back/owe-documents.ts";
import { createTrialEhr } from "../ehr/write-back/trial-ehr.ts";
import { putIntoEhr } from "../ehr/write-back/write-owed.ts";
import { writeDeskRoutes } from "../ehr/write-back/api.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import { openApiPaths } from "../http/api/api-route.ts";
import type { Job } from "../jobs/jobs.ts";
import type { Foundation } from "./foundation.ts";
import type { Renderings } from "./renderings.ts";
import { documentSource, owedOf } from "./renderings.ts";
import { sampleInput } from "./sample-document.ts";
import type { TenantClients } from "./tenant-clients.ts";
import { requireClients } from "./tenant-clients.ts";

export interface WriteDeskPart {
  readonly routes: readonly ApiRoute[];
  readonly paths: ZodOpenApiPathsObject;
}

export function createWriteDeskPart(foundation: Foundation, renderings: Renderings): WriteDeskPart {
  const { database, sealer, audit, jobs, clients } = foundation;
  const routes = writeDeskRoutes({
    desk: createWriteDesk({ db: database.http, sealer, audit }),
    jobs,
    audit,
    describe: async (tenant, job) => {
      const own = requireClients(clients, tenant);
      return job === undefined ? describeSample(foundation, own) : describeJob(foundation, renderings, own, job);
    },
  });
  return { routes, paths: openApiPaths(routes) };
}

const baseOf = ({ ehr }: TenantConfig): string => ehr.fhirBaseUrl.replace(/\/+$/u, "");

const credentialOf = ({ ehr }: TenantConfig): string =>
  ehr.writeProfile.credential === "system" ? "the adapter's own token, not shown" : "the signer's token, not shown";

function descriptionOf(
  tenant: TenantConfig,
  document: WriteDescription["document"],
  notes: readonly string[],
  requests: Parameters<typeof describedRequests>[0],
): WriteDescription {
  const { writeProfile } = tenant.ehr;
  return {
    profile: describedProfile(writeProfile, jurisdictionOf(tenant).documentType.code),
    document,
    notes,
    requests: describedRequests(requests, baseOf(tenant), writeProfile),
  };
}

/** A signed summary of nobody; the EHR is not asked. */
async function describeSample({ config, outgoing }: Foundation, own: TenantClients): Promise<WriteDescription> {
  const { tenant } = own;
  const { writeProfile } = tenant.ehr;
  const input = sampleInput(tenant, config.publicUrl, "final", new Date());
  const trial = createTrialEhr(baseOf(tenant), credentialOf(tenant));
  const document = await owedOf(outgoing, input, writeProfile);
  if (document !== undefined) await fileDocument(own.trialGateway(trial.fetch), document, writeProfile);
  const notes = [
    "A sample of nobody, signed: made-up sentences, references that lead nowhere. The EHR was asked for its CapabilityStatement only.",
    ...(writeProfile.when === "never" ? ["Nothing is filed: writeProfile.when is never."] : []),
  ];
  return descriptionOf(tenant, { sample: true, version: 1, docStatus: "final" }, notes, trial.requests);
}

/** The newest version's write, against an EHR that is read and not written. */
async function describeJob(
  { config, database, jobs }: Foundation,
  renderings: Renderings,
  own: TenantClients,
  job: Job,
): Promise<WriteDescription> {
  const { tenant } = own;
  const { writeProfile: profile } = tenant.ehr;
  const summary = await jobs.summary(job.tenant, job.id);
  if (summary === undefined) throw new AdapterError("not_found", { message: "There is no draft yet." });
  const { version, docStatus } = summary;
  const document = { sample: false, version, docStatus };
  const drafted = docStatus === "preliminary";
  if (!isOwed(drafted ? "summary.ready" : "summary.signed", profile.when))
    return descriptionOf(tenant, document, [notOwed(profile.when, drafted)], []);
  const trial = createTrialEhr(baseOf(tenant), credentialOf(tenant), own.trialRead);
  const write = { tenant: job.tenant, job: job.id, version, doc_status: docStatus };
  const deps = {
    database,
    identifierSystem: (id: string) => documentSource(config.publicUrl, id),
    render: (...call: Parameters<Renderings["owedDocument"]>) => renderings.owedDocument(...call),
  };
  const way = { gateway: own.trialGateway(trial.fetch), profile, encounter: summary.encounter };
  const filed = await putIntoEhr(deps, write, way);
  const notes = [
    ...(own.trialRead === undefined
      ? ["There is no token of our own to read with: the EHR's answers are assumed."]
      : []),
    ...(filed !== undefined && trial.requests.every(({ answer }) => answer === "real")
      ? ["The EHR holds it already: nothing more would be sent."]
      : []),
    ...(filed === undefined ? ["Nothing is owed: the profile takes no drafts, or there is no document to mark."] : []),
  ];
  return descriptionOf(tenant, document, notes, trial.requests);
}

function notOwed(when: string, drafted: boolean): string {
  return when === "never" || !drafted
    ? "Nothing is filed: writeProfile.when is never."
    : "A draft is not filed: writeProfile.when is signed. GET /v1/write-profile shows what a signed one would be.";
}
