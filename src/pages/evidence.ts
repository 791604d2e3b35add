/** One cited resource, read from the EHR with the user's token. Only what the job's summary cites can be asked for. */
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { PageSession } from "../smart/authorize-page.ts";
import type { PageDeps } from "./deps.ts";
import type { StoredSummary } from "../jobs/jobs.ts";
import type { Cited } from "./cited.ts";
import { AdapterError } from "../core/errors.ts";
import { maySee } from "../core/access/principal.ts";
import { languageOf } from "../core/language/language.ts";
import { wordingOf } from "../core/language/wording.ts";
import { describeCited } from "./cited.ts";
import { splitReference } from "./context.ts";

/** True where the summary, or the second look at it, names the record. */
function isCited({ sections, review }: StoredSummary, reference: string): boolean {
  const citing = [
    ...sections.flatMap(({ sentences }) => sentences),
    ...(review?.omissions ?? []),
    ...(review?.claims.doubted ?? []),
  ];
  return citing.some(({ evidence }) => evidence.some((cited) => cited.reference === reference));
}

export async function citedResource(
  deps: PageDeps,
  tenant: TenantConfig,
  session: PageSession,
  asked: { readonly job: string; readonly reference: string },
): Promise<Cited> {
  const { principal, smart } = session;
  const job = await deps.jobs.get(tenant.id, asked.job);
  if (job === undefined || !maySee(principal, job)) throw new AdapterError("not_found");
  const summary = await deps.jobs.summary(tenant.id, job.id);
  // While the draft is written there is no summary yet: the stream's own text is what the page shows then.
  if (summary === undefined || !isCited(summary, asked.reference)) throw new AdapterError("not_found");
  const { actor } = principal;
  await deps.audit.record({
    tenant: tenant.id,
    action: "evidence.read",
    outcome: "success",
    actor,
    job: job.id,
    patient: job.patient,
    encounter: job.encounter,
  });
  const token = smart === undefined ? undefined : await deps.sessions.accessToken(smart.tenant, smart.launch);
  if (token === undefined) {
    const over = "Your sign-in at the EHR has ended. Open the summary from the EHR again to see its evidence.";
    throw new AdapterError("not_found", {
      message: smart === undefined ? "The EHR cannot be asked in this session." : over,
    });
  }
  const resource = await deps.gatewayFor(tenant, token).read(...splitReference(asked.reference));
  if (resource === undefined) throw new AdapterError("not_found");
  return describeCited(resource, wordingOf(languageOf(tenant.language)));
}
