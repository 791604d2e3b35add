/** What the page tells its reader about missing rights at the EHR. */
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { PageSession } from "../smart/authorize-page.ts";
import type { PageDeps } from "./deps.ts";
import { languageOf } from "../core/language/language.ts";
import { wordingOf } from "../core/language/wording.ts";
import { sessionLimits } from "../core/smart/session-limits.ts";

/** Sentences for the page; none for tickets, which read nothing from the EHR. */
export async function limitsOf(deps: PageDeps, tenant: TenantConfig, session: PageSession): Promise<readonly string[]> {
  const { smart, principal } = session;
  if (smart === undefined) return [];
  const access = await deps.sessions.access(smart.tenant, smart.launch);
  if (access === undefined) return [];
  const { when, credential } = tenant.ehr.writeProfile;
  const facts = {
    ...access,
    knownUser: principal.scopes.has("jobs:write"),
    maySign: principal.session?.maySign === true,
    needsRole: (tenant.ehr.smart?.signerRoles ?? []).length > 0,
    systemReads: deps.hasSystemAccess(tenant.id),
    filesAsUser: when !== "never" && credential === "user",
  };
  return sessionLimits(facts, wordingOf(languageOf(tenant.language)));
}
