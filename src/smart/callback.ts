/** The second leg: from the EHR's code to a session of ours and the page. */
import type { Job } from "../jobs/jobs.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { SmartDeps } from "./deps.ts";
import type { Redirect } from "./launch.ts";
import type { SmartSessions } from "./sessions.ts";
import type { TokenResponse } from "./token-exchange.ts";
import type { KnownUser } from "./user.ts";
import { AdapterError } from "../core/errors.ts";
import { absoluteTimeoutMs } from "../core/smart/session-life.ts";
import { parseFhirUser } from "../core/smart/fhir-user.ts";
import type { CookieValue } from "./cookies.ts";
import { clearCookie, pruneCookies, readCookie, setCookie } from "./cookies.ts";
import { cookieIdOf } from "./secrets.ts";
import { redirectUriOf, resumeLaunch } from "./launch.ts";
import { createTokenClient } from "./token-exchange.ts";
import { knowUser } from "./user.ts";

/** The job that the card's link named. Another patient's is a refusal: the page must never open on the wrong chart. */
async function jobNamed(deps: SmartDeps, tenant: string, tokens: TokenResponse): Promise<Job | undefined> {
  const id = tokens.appContext;
  if (id === undefined || !/^[A-Za-z0-9_-]{1,64}$/u.test(id)) return undefined;
  const job = await deps.jobs.get(tenant, id);
  if (job === undefined) return undefined;
  const samePatient = tokens.patient === undefined || job.patient === `Patient/${tokens.patient}`;
  // A signed summary is also read at a later visit, when its results have come; everything else belongs to the open stay.
  const signed = job.summary?.docStatus === "final" || job.summary?.docStatus === "amended";
  const sameEncounter = signed || tokens.encounter === undefined || job.encounter === `Encounter/${tokens.encounter}`;
  if (samePatient && sameEncounter) return job;
  throw new AdapterError("wrong_patient", {
    message: "The card belongs to another patient or encounter than the EHR has open.",
    detail: "smart.app-context",
  });
}

/** The patient that the EHR has open, and the stay of the job that the card named; without a job, the open one. */
function stayOf(tokens: TokenResponse, job: Job | undefined): { patient: string; encounter?: string } {
  const patient = tokens.patient === undefined ? job?.patient : `Patient/${tokens.patient}`;
  if (patient === undefined)
    throw new AdapterError("ehr_refused", {
      message: "The EHR named no patient for this launch.",
      detail: "smart.no-patient",
    });
  const open = tokens.encounter === undefined ? undefined : `Encounter/${tokens.encounter}`;
  const encounter = job?.encounter ?? open;
  return { patient, ...(encounter === undefined ? {} : { encounter }) };
}

async function userOf(deps: SmartDeps, tenant: TenantConfig, accessToken: string, claim: unknown): Promise<KnownUser> {
  const user = parseFhirUser(claim, tenant.ehr.fhirBaseUrl);
  const now = new Date(deps.now()).toISOString();
  return knowUser(user, deps.gatewayFor(tenant, accessToken), tenant.ehr.smart?.signerRoles ?? [], now);
}

/** A session of ours, as it is handed to the browser that launched it: by a cookie, or to its tab. */
export interface OpenedSession {
  readonly launch: string;
  readonly tenant: string;
  readonly secret: string;
}

/** Ends a launch whose browser sends its cookies. Returns where it goes next and the cookies it takes along. */
export async function completeLaunch(
  deps: SmartDeps,
  sessions: SmartSessions,
  callback: URLSearchParams,
  cookieHeader: string | undefined,
): Promise<Redirect> {
  const id = cookieIdOf(callback.get("state") ?? "");
  const opened = await openSession(deps, sessions, callback, readCookie(cookieHeader, "launch", id));
  return {
    location: `${deps.publicUrl}/app/${opened.launch}/`,
    cookies: [
      clearCookie("launch", id),
      ...pruneCookies(cookieHeader, "session"),
      setCookie("session", opened.launch, opened, absoluteTimeoutMs / 1000),
    ],
  };
}

/** From the EHR's code to a session. `proof` shows that the browser is the one that began the launch. */
export async function openSession(
  deps: SmartDeps,
  sessions: SmartSessions,
  callback: URLSearchParams,
  proof: CookieValue | undefined,
): Promise<OpenedSession> {
  const state = callback.get("state") ?? "";
  const { tenant, server, nonce, verifier } = await resumeLaunch(deps, state, proof);
  const settings = tenant.ehr.smart;
  if (settings === undefined) throw new AdapterError("state_conflict");
  const client = createTokenClient(deps, tenant, settings, server, redirectUriOf(deps));
  const { response: tokens, fhirUser } = await client.exchange(callback, { state, nonce, verifier });
  const job = await jobNamed(deps, tenant.id, tokens);
  const stay = stayOf(tokens, job);
  const user = await userOf(deps, tenant, tokens.access_token, fhirUser);
  const { launch, secret } = await sessions.create({
    tenant,
    tokens,
    user,
    ...stay,
    ...(job === undefined ? {} : { job: job.id }),
  });
  await deps.audit.record({
    tenant: tenant.id,
    action: "smart.launch",
    outcome: "success",
    actor: {
      kind: "practitioner",
      id: user.reference,
      ...(user.display === undefined ? {} : { display: user.display }),
    },
    ...stay,
    ...(job === undefined ? {} : { job: job.id }),
  });
  return { launch, tenant: tenant.id, secret };
}
