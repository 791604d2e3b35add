/** What a launch needs beyond discovery: scopes that are asked for, keys that prove who launched, a frame that may show us. */
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import { requestedScopes } from "../../../core/smart/default-scopes.ts";
import { isGranted } from "../../../core/smart/granted-scopes.ts";
import type { Check } from "../check.ts";
import { broken, held, notLookedAt, noted } from "../check.ts";
import type { Discovery } from "./discovery.ts";
import type { Examination } from "./examination.ts";
import { fhirBaseOf } from "./examination.ts";
import { shown, unreachable } from "./fault.ts";
import { keyFaults, keySetSchema } from "./key-set.ts";

const NAME = "launch";

interface NeededScope {
  readonly scope: string;
  readonly asked: boolean;
  readonly loss: string;
}

export async function checkLaunch(examination: Examination, discovery: Discovery): Promise<readonly Check[]> {
  const { tenant } = examination;
  if (tenant.ehr.smart === undefined) return [];
  return [
    ...checkScopes(tenant, requestedScopes(tenant.ehr.smart.scopes, discovery.document?.capabilities ?? [])),
    ...checkFrame(tenant),
    await checkSignInKeys(examination, discovery),
  ];
}

/** What the EHR grants shows only when somebody launches; but what is not asked for never comes. */
function checkScopes({ id, ehr }: TenantConfig, scopes: string): readonly Check[] {
  const missing = neededScopes(ehr, scopes).filter(({ asked }) => !asked);
  if (missing.length === 0) return [held(NAME, "all scopes that a launch needs are asked for")];
  const found = missing.map(({ scope, loss }) => `${scope} missing: ${loss}`).join("\n");
  const list = missing.map(({ scope }) => scope).join(" ");
  return [broken(NAME, found, `Add to ehr.smart.scopes of tenant ${id}: ${list}.`)];
}

function neededScopes({ writeProfile }: TenantConfig["ehr"], scopes: string): readonly NeededScope[] {
  const names = new Set(scopes.split(/\s+/u));
  const person = "who launched is not known, and nobody can sign";
  const named = { launch: "the launch brings no patient", openid: person, fhirUser: person };
  const write = {
    scope: "user/DocumentReference.c",
    asked: isGranted(scopes, "DocumentReference", "c"),
    loss: "the signed summary cannot be written back with the signer's token",
  };
  return [
    ...Object.entries(named).map(([scope, loss]) => ({ scope, asked: names.has(scope), loss })),
    ...(writeProfile.when !== "never" && writeProfile.credential === "user" ? [write] : []),
  ];
}

/** Content-Security-Policy decides in the browser, where no log of ours tells of it. */
function checkFrame({ id, ehr }: TenantConfig): readonly Check[] {
  if (ehr.frameAncestors.length > 0) return [];
  const fix = `If the EHR shows apps in a frame, add the origin of its pages to ehr.frameAncestors of tenant ${id}.`;
  return [noted(NAME, "ehr.frameAncestors is empty: the draft opens in a window of its own, never in a frame", fix)];
}

/** The EHR signs the id_token that names the person; without its keys every launch ends before the page. */
async function checkSignInKeys({ ask, tenant }: Examination, { document }: Discovery): Promise<Check> {
  if (document === undefined) return notLookedAt(NAME, "sign-in keys: there is no discovery document");
  const url = document.jwks_uri === undefined ? undefined : URL.parse(document.jwks_uri, fhirBaseOf(tenant))?.href;
  if (url === undefined) {
    const fix = "Ask the EHR's analyst: SMART 2.2 requires it with sso-openid-connect.";
    return broken(NAME, "jwks_uri is missing from discovery: an id_token cannot be verified, and nobody can sign", fix);
  }
  try {
    const answer = await ask(url);
    const set = keySetSchema.safeParse(answer.status === 200 ? answer.json : undefined);
    const fix = "Try it with curl from this machine, and ask whoever runs the EHR's authorisation server.";
    if (!set.success) return broken(NAME, `${shown(url)} (jwks_uri) answered ${answer.status} and no key set`, fix);
    const algs = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
    const [fault] = keyFaults(set.data, algs);
    return fault === undefined
      ? held(NAME, `${shown(url)} holds the keys that id_tokens are verified by`)
      : broken(NAME, `${shown(url)} (jwks_uri) ${fault.found}`, fault.fix);
  } catch (error) {
    return unreachable(NAME, `${shown(url)} (jwks_uri)`, error);
  }
}
