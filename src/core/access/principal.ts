/** Who calls, and what that caller may see and do. Rules only; how a caller is recognised stands in trust/ and smart/. */
import { AdapterError } from "../errors.ts";

/** A browser session of one launch: it reaches the jobs of its own patient and encounter, and nothing else. */
export interface SessionAccess {
  /** Id of the launch, as in `/app/{launch}/`, or what an EHR's token is remembered by. Not a credential. */
  readonly launch: string;
  /** `ehr-token`: no page, but an app of the EHR that calls with the token of its own launch. */
  readonly kind: "smart" | "ticket" | "ehr-token";
  readonly patient: string;
  readonly encounter?: string;
  /** A ticket opens one job. */
  readonly job?: string;
  /** True for a practitioner whose role the tenant lets sign. */
  readonly maySign: boolean;
}

export interface Principal {
  readonly tenant: string;
  readonly actor: {
    readonly kind: "practitioner" | "api-client" | "ehr" | "ticket" | "system";
    /** FHIR reference, client id or issuer. */
    readonly id: string;
    readonly display?: string;
  };
  readonly scopes: ReadonlySet<string>;
  readonly session?: SessionAccess;
}

/** Throws 403 when the caller lacks the scope. */
export function requireScope(principal: Principal, scope: string): void {
  if (!principal.scopes.has(scope)) throw new AdapterError("forbidden", { message: `This needs the scope ${scope}.` });
}

/** What speaks of every patient of the tenant is for systems only, whatever scopes a browser's session holds. Throws 403. */
export function requireSystem({ session }: Principal): void {
  if (session !== undefined) throw new AdapterError("forbidden", { message: "This is for systems." });
}

/** Whether the caller may know of this job at all; where not, the answer is the same as for an unknown id. */
export function maySee(
  principal: Principal,
  job: { readonly tenant: string; readonly id: string; readonly patient: string; readonly encounter: string },
): boolean {
  if (job.tenant !== principal.tenant) return false;
  const session = principal.session;
  if (session === undefined) return true;
  if (session.job !== undefined) return session.job === job.id;
  return job.patient === session.patient && (session.encounter === undefined || job.encounter === session.encounter);
}

/** Signing, amending and retracting need a named human with a signer role: never an API client, never a ticket. */
export function requireSigner(principal: Principal): void {
  const { actor, session } = principal;
  if (actor.kind === "practitioner" && session?.kind === "smart" && session.maySign) return;
  throw new AdapterError("forbidden", {
    message: "Only a practitioner with a signer role may do that, in a SMART session.",
  });
}
