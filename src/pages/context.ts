/** What the page is told about its session: whose chart, who looks, which job. */
import type { FhirResource } from "fhir/r4.js";
import type { StayKind } from "../core/stay/stay-kind.ts";
import { jurisdictionOf } from "../config/jurisdictions.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { PageSession } from "../smart/authorize-page.ts";
import type { PageDeps } from "./deps.ts";
import { idleTimeoutMs } from "../core/smart/session-life.ts";
import { languageOf } from "../core/language/language.ts";
import { wordingOf } from "../core/language/wording.ts";
import { stayKindOf } from "../core/stay/stay-kind.ts";
import { sectionHeading, sectionsOfKind } from "../core/summary/sections.ts";
import { limitsOf } from "./limits.ts";
import { encounterBanner, patientBanner } from "./banner.ts";

/** The ticket sessions of trust/ last this long, and nothing extends them. */
const ticketSeconds = 900;

/** Patient and stay by the user's own token. An EHR that does not answer leaves the banner with references, not without. */
async function readStay(
  deps: PageDeps,
  tenant: TenantConfig,
  session: PageSession,
): Promise<(FhirResource | undefined)[]> {
  const { smart } = session;
  if (smart === undefined) return [];
  try {
    const token = await deps.sessions.accessToken(smart.tenant, smart.launch);
    if (token === undefined) return [];
    const gateway = deps.gatewayFor(tenant, token);
    const references = [smart.patient, ...(smart.encounter === undefined ? [] : [smart.encounter])];
    return await Promise.all(references.map((reference) => gateway.read(...splitReference(reference))));
  } catch (error) {
    deps.onError?.(error);
    return [];
  }
}

export function splitReference(reference: string): [type: string, id: string] {
  const [type = "", id = ""] = reference.split("/");
  return [type, id];
}

/** The job the launch named, else the newest of the stay. */
async function jobOf(deps: PageDeps, tenant: string, { principal, smart }: PageSession): Promise<string | undefined> {
  const { session } = principal;
  if (session?.job !== undefined) return session.job;
  if (smart?.job !== undefined) return smart.job;
  if (session?.encounter === undefined) return undefined;
  const latest = await deps.jobs.latest(tenant, session.encounter, "discharge-summary");
  return latest?.patient === session.patient ? latest.id : undefined;
}

/** What will be written, as it will stand there: the hospital's own titles and order included. */
function headingsOf(tenant: TenantConfig, kind: StayKind) {
  const { style } = tenant.generation;
  const [jurisdiction, language] = [jurisdictionOf(tenant), languageOf(tenant.language)];
  const first = (style?.order ?? []).filter((id) => sectionsOfKind(kind).includes(id));
  return [...first, ...sectionsOfKind(kind).filter((id) => !first.includes(id))].map((id) => ({
    id,
    title: style?.titles[id] ?? sectionHeading(id, jurisdiction, language, kind).title,
  }));
}

/** The answer of `/app/{launch}/context`; the page's script declares the same shape. */
export async function pageContext(
  deps: PageDeps,
  tenant: TenantConfig,
  session: PageSession,
): Promise<Record<string, unknown>> {
  const { principal, smart, csrfToken } = session;
  const [[patient, encounter], job] = await Promise.all([
    readStay(deps, tenant, session),
    jobOf(deps, tenant.id, session),
  ]);
  // After the reads above: they refresh the token, or find out that the EHR will not.
  const limits = await limitsOf(deps, tenant, session);
  // Where the stay cannot be read, its draft shows in its own time what sections it has.
  const kind =
    patient?.resourceType === "Patient" && encounter?.resourceType === "Encounter"
      ? stayKindOf({ patient, encounter })
      : "ordinary";
  const words = wordingOf(languageOf(tenant.language));
  const mayEdit = principal.scopes.has("jobs:write");
  return {
    launch: principal.session?.launch,
    csrf: csrfToken,
    kind: principal.session?.kind,
    hospital: tenant.name,
    timeZone: tenant.timeZone,
    user: {
      display: principal.actor.display ?? (mayEdit ? principal.actor.id : words.text("banner.readingOnly")),
      maySign: principal.session?.maySign === true,
      mayEdit,
    },
    patient: patientBanner(patient, words),
    encounter: encounterBanner(encounter, words),
    patientReference: principal.session?.patient,
    encounterReference: principal.session?.encounter,
    needPatientBanner: smart?.needPatientBanner ?? true,
    job,
    sections: headingsOf(tenant, kind),
    filesDocuments: tenant.ehr.writeProfile.when !== "never",
    limits,
    idleSeconds: smart === undefined ? ticketSeconds : idleTimeoutMs / 1000,
  };
}
