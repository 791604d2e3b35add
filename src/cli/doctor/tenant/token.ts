/** Does the EHR give us a Backend Services token? It is used at the EHR's own FHIR base only, and never shown. */
import { z } from "zod";
import { backendRequest, tokenAnswer, tokenRequest } from "../../../ehr/backend-services.ts";
import type { Check } from "../check.ts";
import { broken, held, notLookedAt } from "../check.ts";
import type { Discovery } from "./discovery.ts";
import type { Answer, Examination } from "./examination.ts";
import { shown, unreachable } from "./fault.ts";

const NAME = "token";

export interface TokenFinding {
  readonly check: Check;
  readonly answer?: Answer;
  /** `scope`: where the EHR leaves it out, what was asked for is granted (RFC 6749, 5.1). */
  readonly token?: { readonly accessToken: string; readonly scope: string };
}

/** Asks for a token with all configured scopes, in the version that the server knows. Undefined where Backend Services are not configured. */
export async function obtainToken(
  { tenant, ask, ownKeys, publicUrl }: Examination,
  { tokenEndpoint, document }: Discovery,
): Promise<TokenFinding | undefined> {
  const settings = tenant.ehr.backendServices;
  if (settings === undefined) return undefined;
  if (tokenEndpoint === undefined)
    return { check: notLookedAt(NAME, `discovery ${document === undefined ? "failed" : "names no usable endpoint"}`) };
  const keys = await ownKeys().catch(() => undefined);
  if (keys === undefined) {
    const fix =
      "Run `handover doctor` for the database and the master key; the first start of the adapter makes the keys.";
    return { check: broken(NAME, "our signing keys could not be read from the database", fix) };
  }
  const { clientId } = settings;
  const assertionAlgs = document?.token_endpoint_auth_signing_alg_values_supported;
  const { alg, scopes } = backendRequest(settings, {
    ...(assertionAlgs === undefined ? {} : { assertionAlgs }),
    capabilities: document?.capabilities ?? [],
  });
  const assertion = await keys.sign({ clientId, tokenEndpoint, alg });
  try {
    const answer = await ask(tokenEndpoint, tokenRequest(scopes, assertion));
    return judge(answer, scopes, `client ${clientId}, ${alg}`, `${publicUrl}/.well-known/jwks.json`);
  } catch (error) {
    return { check: unreachable(NAME, shown(tokenEndpoint), error) };
  }
}

function judge(answer: Answer, asked: string, who: string, jwksUrl: string): TokenFinding {
  const parsed = answer.status === 200 ? tokenAnswer.safeParse(answer.json) : undefined;
  if (parsed?.success === true) {
    const { access_token: accessToken, scope, expires_in: seconds } = parsed.data;
    const life = seconds === undefined ? "" : `, for ${seconds} s`;
    return { check: held(NAME, `granted to ${who}${life}`), answer, token: { accessToken, scope: scope ?? asked } };
  }
  if (parsed !== undefined)
    return { check: broken(NAME, "the token endpoint's answer holds no Bearer token", askVendor), answer };
  const { error = "", said } = errorOf(answer.json);
  const code = error === "" ? "" : `, ${error}`;
  const fix = Object.hasOwn(remedies, error) ? remedies[error]?.replace("JWKS", jwksUrl) : undefined;
  const found = `refused to ${who}: ${answer.status}${code}${said === undefined ? "" : `: “${said}”`}`;
  return {
    check: broken(NAME, found, fix ?? (answer.status >= 500 ? askVendor : (remedies["invalid_client"] ?? ""))),
    answer,
  };
}

const askVendor = "Try again; if it stays, it is for whoever runs the EHR's authorisation server.";

const remedies: Readonly<Record<string, string>> = {
  invalid_client:
    "Check that the client id is registered at this very EHR (test or production), that JWKS is registered as its key set and can be reached from the EHR, and the line `clock`. After a new registration some EHRs take an hour.",
  invalid_scope: "Have the scopes of `--registration` granted to the client, or shorten ehr.backendServices.scopes.",
  unauthorized_client: "The client is known, and may not use client_credentials: have Backend Services enabled for it.",
  unsupported_grant_type: "The server does not offer client_credentials: ask for SMART Backend Services to be enabled.",
  invalid_request: "Ask the EHR's analyst what its log says of this request; the proxy between may have changed it.",
};

const errorBody = z.looseObject({ error: z.string(), error_description: z.string().optional() });

/** The EHR's own words are for people, in a bounded form; an assertion that is echoed in them is cut out. */
function errorOf(json: unknown): { error?: string; said?: string } {
  const parsed = errorBody.safeParse(json);
  if (!parsed.success) return {};
  const error = parsed.data.error.replaceAll(/[^\w.-]/gu, "").slice(0, 40);
  const said = parsed.data.error_description
    ?.replaceAll(/[\w-]{16,}\.[\w-]{16,}\.[\w-]*/gu, "[token]")
    .replaceAll(/[^\x20-\x7e]/gu, " ")
    .slice(0, 200);
  return { error, ...(said === undefined ? {} : { said }) };
}
