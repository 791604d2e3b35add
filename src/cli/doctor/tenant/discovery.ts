/** Does the EHR's SMART configuration name what our launch and our Backend Services need (SMART 2.2, section 8)? */
import { z } from "zod";
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import { requestedScopes } from "../../../core/smart/default-scopes.ts";
import type { Check } from "../check.ts";
import { broken, held, notLookedAt, noted } from "../check.ts";
import type { Answer, Examination } from "./examination.ts";
import { fhirBaseOf } from "./examination.ts";
import { shown, unreachable } from "./fault.ts";
import type { Metadata } from "./metadata.ts";
import { oauthEndpointOf } from "./metadata.ts";
import type { Target } from "./targets.ts";

const NAME = "discovery";
const list = z.array(z.string()).optional();

const documentSchema = z.looseObject({
  issuer: z.string().optional(),
  jwks_uri: z.string().optional(),
  authorization_endpoint: z.string().optional(),
  token_endpoint: z.string().optional(),
  grant_types_supported: list,
  capabilities: list,
  code_challenge_methods_supported: list,
  token_endpoint_auth_methods_supported: list,
  token_endpoint_auth_signing_alg_values_supported: list,
});
type SmartDocument = z.infer<typeof documentSchema>;

export interface Discovery {
  readonly answer?: Answer;
  readonly document?: SmartDocument;
  /** Absolute; undefined where none is named that may be used. */
  readonly tokenEndpoint?: string;
  /** Why there is no document. */
  readonly fault?: Check;
}

/** Asks for the document; a failure is part of what it returns. */
export async function discover({ ask, tenant }: Examination): Promise<Discovery> {
  const what = "/.well-known/smart-configuration";
  try {
    const answer = await ask(`${fhirBaseOf(tenant)}.well-known/smart-configuration`);
    if (answer.status !== 200) return { answer, fault: refused(`${what} answered ${answer.status}`, answer.status) };
    const parsed = documentSchema.safeParse(answer.json);
    if (!parsed.success) return { answer, fault: refused(`${what} is not the JSON object of SMART 2.2`, 200) };
    const tokenEndpoint = endpointOf(parsed.data.token_endpoint, tenant);
    return { answer, document: parsed.data, ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }) };
  } catch (error) {
    return { fault: unreachable(NAME, what, error) };
  }
}

function refused(found: string, status: number): Check {
  const fix =
    status >= 300 && status < 400
      ? "Redirects are not followed: set ehr.fhirBaseUrl to the address that it leads to."
      : "Check ehr.fhirBaseUrl (it is the FHIR base, without a resource type); else ask the EHR's analyst to enable SMART discovery.";
  return broken(NAME, found, fix);
}

/** An endpoint relative to the FHIR base, over the schemes that the tenant allows. */
function endpointOf(value: string | undefined, tenant: TenantConfig): string | undefined {
  const url = value === undefined ? null : URL.parse(value, fhirBaseOf(tenant));
  const allowed = tenant.network.allowHttp ? ["https:", "http:"] : ["https:"];
  return url !== null && allowed.includes(url.protocol) ? url.href : undefined;
}

/** What the adapter will call of what the document names; the authorisation page is opened by browsers, not by us. */
export function discoveredTargets({ document }: Discovery, tenant: TenantConfig): readonly Target[] {
  const named = [
    ["token_endpoint (discovered)", document?.token_endpoint],
    ["jwks_uri (discovered)", tenant.ehr.smart === undefined ? undefined : document?.jwks_uri],
  ] as const;
  return named.flatMap(([setting, value]) => {
    const url = value === undefined ? undefined : URL.parse(value, fhirBaseOf(tenant))?.href;
    return url === undefined ? [] : [{ setting, url }];
  });
}

/** @param metadata where older servers name their endpoints: told, as the adapter works by the document only */
export async function checkDiscovery(
  { tenant }: Examination,
  { document, fault }: Discovery,
  metadata: Promise<Metadata>,
): Promise<readonly Check[]> {
  if (document === undefined) {
    if (fault === undefined) return [notLookedAt(NAME, "there is no document")];
    const token = oauthEndpointOf((await metadata).statement, "token");
    if (token === undefined) return [fault];
    const found = `${fault.found}; /metadata names ${shown(token)}, as servers before SMART 2 do`;
    return [broken(NAME, found, `${fault.fix ?? ""} The adapter works by the document alone.`)];
  }
  const faults = [...hardFaults(document, tenant), ...softFaults(document, tenant)];
  return faults.length > 0 ? faults : [held(NAME, "names all that is needed; S256; endpoints over allowed schemes")];
}

/** What the adapter cannot work without. */
function hardFaults(document: SmartDocument, tenant: TenantConfig): readonly Check[] {
  const { smart, backendServices } = tenant.ehr;
  const needed = [
    ...(smart === undefined && backendServices === undefined ? [] : (["token_endpoint"] as const)),
    ...(smart === undefined ? [] : (["authorization_endpoint"] as const)),
  ];
  const endpoints = needed.flatMap((member) => {
    if (document[member] === undefined)
      return [broken(NAME, `${member} is missing`, "Ask the EHR's analyst: SMART 2.2 requires it.")];
    if (endpointOf(document[member], tenant) !== undefined) return [];
    const fix = "Have the EHR publish an https address; plain http needs network.allowHttp and environment `test`.";
    return [broken(NAME, `${member} is not an https address`, fix)];
  });
  const methods = document.code_challenge_methods_supported ?? [];
  if (smart === undefined || methods.includes("S256")) return endpoints;
  const fix = "Ask the EHR's analyst to enable PKCE with S256: without it no launch is begun.";
  return [...endpoints, broken(NAME, "code_challenge_methods_supported does not name S256", fix)];
}

interface Wish {
  readonly member: "capabilities" | "grant_types_supported" | "token_endpoint_auth_signing_alg_values_supported";
  readonly values: readonly string[];
  readonly loss: string;
}

const clientCapability = {
  private_key_jwt: "client-confidential-asymmetric",
  client_secret: "client-confidential-symmetric",
  public: "client-public",
} as const;

function wishesOf({ smart, backendServices }: TenantConfig["ehr"], capabilities: readonly string[]): readonly Wish[] {
  const capability = (value: string, loss: string): Wish => ({ member: "capabilities", values: [value], loss });
  const launch = smart && [
    capability("launch-ehr", "the card's link cannot open the draft inside the EHR"),
    capability("sso-openid-connect", "who launched is not known, and nobody can sign"),
    capability(clientCapability[smart.clientAuth], `ehr.smart.clientAuth ${smart.clientAuth} may be refused`),
    capability("context-ehr-patient", "a launch may not say which patient is open"),
    capability("context-ehr-encounter", "a launch may not say which stay is open"),
    ...scopesVersion(smart.scopes, capabilities).map((loss) => capability("permission-v2", loss)),
  ];
  const backend = backendServices && [
    {
      member: "grant_types_supported" as const,
      values: ["client_credentials"],
      loss: "Backend Services may not be enabled: no draft before somebody launches",
    },
    {
      member: "token_endpoint_auth_signing_alg_values_supported" as const,
      values: [backendServices.alg],
      loss: `our ${backendServices.alg} assertion may be refused: change ehr.backendServices.alg`,
    },
  ];
  return [...(launch ?? []), ...(backend ?? [])];
}

/** Scopes that a tenant did not write itself are asked for in the version that the server knows. */
function scopesVersion(scopes: string, capabilities: readonly string[]): readonly string[] {
  if (requestedScopes(scopes, capabilities) !== scopes || !/\.[cruds]+\b/u.test(scopes)) return [];
  return ["scopes of the form .rs may be refused: leave ehr.smart.scopes out, or write them in the form .read"];
}

/** What is not said may be there all the same: many servers list less than they offer. */
function softFaults(document: SmartDocument, { ehr }: TenantConfig): readonly Check[] {
  const missing = wishesOf(ehr, document.capabilities ?? []).flatMap(({ member, values, loss }) => {
    const offered = document[member];
    // Algorithms need not be listed at all (SMART 2.2, section 8: optional).
    if (offered === undefined && member.endsWith("values_supported")) return [];
    return values.filter((value) => offered?.includes(value) !== true).map((value) => `${value}: ${loss}`);
  });
  const plain = document.code_challenge_methods_supported?.includes("plain") === true;
  const lines = [
    ...missing,
    ...(plain ? ["plain is offered as a code challenge: forbidden by SMART 2.2, and not used by us"] : []),
  ];
  if (lines.length === 0) return [];
  const fix = "Ask the EHR's analyst whether it is offered although it is not listed.";
  return [noted(NAME, `not listed by the EHR:\n${lines.join("\n")}`, fix)];
}
