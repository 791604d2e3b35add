/** Another CDS client of the sandbox hospital, with an issuer, key and way of sending chart data of its own. */
import type { CdsClient, CdsClientOptions } from "../../sandbox/cds-client/client.ts";
import { createCdsClient } from "../../sandbox/cds-client/client.ts";
import type { CdsSigningKey } from "../../sandbox/cds-client/signing-key.ts";
import { createSigningKey } from "../../sandbox/cds-client/signing-key.ts";
import type { WholeApp } from "./whole-app.ts";

/** Who signs: its `issuer` belongs into the tenant's list before the adapter starts. */
export interface HospitalIssuer {
  readonly iss: string;
  readonly key: CdsSigningKey;
  /** As the tenant's configuration takes it; the keys stand in it, so nothing is fetched. */
  readonly issuer: object;
}

/** Stands in every token; the keys are configured, so it is compared and never fetched. */
const jku = "https://keys.invalid/jwks.json";

export async function hospitalIssuer(iss: string): Promise<HospitalIssuer> {
  const key = await createSigningKey(iss);
  return { iss, key, issuer: { iss, jku, jwks: key.jwks } };
}

export interface HospitalClientOptions {
  readonly prefetch?: NonNullable<CdsClientOptions["prefetch"]>;
  /** Scopes of the token that goes along with a hook; absent: none goes along. */
  readonly hookScopes?: readonly string[];
  /** Told of each such token. */
  readonly onToken?: (token: string) => void;
}

const HOOK_TOKEN_SECONDS = 300;

export function hospitalClient(
  { sandbox, url }: WholeApp,
  { iss, key }: HospitalIssuer,
  options: HospitalClientOptions = {},
): CdsClient {
  const { prefetch = "all", hookScopes, onToken } = options;
  const { ehr } = sandbox;
  const authorize: CdsClientOptions["authorize"] = ({ patientId: patient, userId: fhirUser }) => {
    const scopes = [...(hookScopes ?? [])];
    const token = ehr.mintToken({ clientId: "handover", scopes, patient, fhirUser }, HOOK_TOKEN_SECONDS);
    onToken?.(token);
    const scope = scopes.join(" ");
    const subject = "handover";
    return { access_token: token, token_type: "Bearer", expires_in: HOOK_TOKEN_SECONDS, scope, subject, patient };
  };
  return createCdsClient({
    issuer: iss,
    jku,
    key,
    fhirServer: ehr.fhirBaseUrl,
    serviceBase: url,
    prefetchToken: () => ehr.mintToken({ clientId: "sandbox-cds-client", scopes: ["system/*.rs"] }, 60),
    revoke: ehr.revokeToken,
    prefetch,
    ...(hookScopes === undefined ? {} : { authorize }),
  });
}
