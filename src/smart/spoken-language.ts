/** In which language a launch speaks to the person before it, as early as anything is known of their hospital. */
import type { SmartDeps } from "./deps.ts";
import { sameBase } from "../core/smart/fhir-user.ts";
import { languageForStranger } from "../core/language/language.ts";
import { parseProof, readCookie } from "./cookies.ts";
import { cookieIdOf } from "./secrets.ts";

/** What a request shows of whose launch it is; nothing of it has been judged yet. */
export interface LaunchTraces {
  /** Of its query. */
  readonly iss: unknown;
  readonly state: unknown;
  readonly cookie: string | undefined;
  /** Its body, in which the finishing page's script brings the proof. */
  readonly body: unknown;
  /** Languages that the browser asks for, the best first. */
  readonly accepted: readonly string[];
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const proofIn = (body: unknown): string =>
  typeof body === "object" && body !== null && "proof" in body ? textOf(body.proof) : "";

/**
 * The hospital's language: by its EHR's `iss`, by what this browser kept of the launch, else a stranger's.
 * @returns a BCP 47 tag
 */
export function spokenLanguage({ tenants }: Pick<SmartDeps, "tenants">, traces: LaunchTraces): string {
  const iss = textOf(traces.iss);
  const kept = readCookie(traces.cookie, "launch", cookieIdOf(textOf(traces.state)));
  const proof = kept ?? parseProof(proofIn(traces.body));
  const all = tenants();
  const tenant = all.find(
    ({ id, ehr }) => id === proof?.tenant || (ehr.smart !== undefined && iss !== "" && sameBase(ehr.fhirBaseUrl, iss)),
  );
  const tags = all.map(({ language }) => language);
  return tenant?.language ?? languageForStranger(tags, traces.accepted);
}
