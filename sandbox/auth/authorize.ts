import { errors } from "oidc-provider";
import type { Grant, KoaContextWithOIDC } from "oidc-provider";
import type { GrantRecords } from "./grants.ts";
import type { AuthBehaviour } from "./behaviour.ts";
import type { LaunchContext, LaunchRegistry } from "./launch.ts";
import type { LaunchDesk, Wanted } from "./picker.ts";
import { pickerPage, pickParameters, readPick, userOf } from "./picker.ts";
import { grantScopes, identityAndLaunchScopes, parseScope } from "./scopes.ts";

/** What the authorise step decides by. */
export interface AuthorizePolicy {
  readonly fhirBaseUrl: string;
  readonly launches: LaunchRegistry;
  readonly grants: GrantRecords;
  /** Registered scopes of a client. */
  registered(clientId: string): readonly string[];
  readonly behaviour: AuthBehaviour;
  /** For launches from outside the EHR; without it they are refused. */
  readonly desk: LaunchDesk | undefined;
}

type Validator = (ctx: KoaContextWithOIDC, value: string | undefined) => void;

/**
 * The checks of a SMART authorisation request that OAuth does not know, in order. They run before the library looks for a
 * user, so the last one can log in whom the launch names: no form and no cookie, which a framed app could not keep.
 */
export function authorizeChecks(policy: AuthorizePolicy): Record<string, Validator> {
  const contexts = policy.launches;
  return {
    aud: (_ctx, value) => {
      if (value?.replace(/\/$/u, "") !== policy.fhirBaseUrl)
        throw new errors.InvalidRequest("aud must be the FHIR base URL");
    },
    state: (_ctx, value) => {
      if (!value) throw new errors.InvalidRequest("state is required");
    },
    // Known, so that they reach the check below.
    ...Object.fromEntries(pickParameters.map((name) => [name, () => undefined])),
    launch: (ctx, value) => {
      const { clientId } = clientOf(ctx);
      narrowScopes(ctx, policy, clientId);
      const context = value === undefined ? standaloneContext(ctx, policy) : contexts.redeem(value, clientId);
      if (context === "to be picked") return;
      if (!context) throw new errors.InvalidRequest("launch is unknown, expired or another client's");
      ctx.oidc.session?.loginAccount({ accountId: context.fhirUser, transient: true });
      launchOf.set(ctx, withinScopes(context, scopesOf(ctx)));
    },
  };
}

/** The context each request was found to belong to, from the check above until its grant is made. */
const launchOf = new WeakMap<KoaContextWithOIDC, LaunchContext>();
/** The page that a request is answered with instead, since nothing was picked yet. */
const pageOf = new WeakMap<KoaContextWithOIDC, string>();

/** Answers with the picker where a request needs it. To be called when the library has done its part. */
export function showPicker(ctx: KoaContextWithOIDC): void {
  const page = pageOf.get(ctx);
  if (page === undefined) return;
  ctx.status = 200;
  ctx.remove("Location");
  ctx.set({ "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
  ctx.type = "html";
  ctx.body = page;
}

/** Context comes only to those who asked for it (SMART 2.2, scopes and launch context). */
function withinScopes({ patient, encounter, ...rest }: LaunchContext, scopes: readonly string[]): LaunchContext {
  const wanted = wantedBy(scopes);
  const whole = scopes.includes("launch");
  return {
    ...rest,
    ...(patient && (whole || wanted.patient) && { patient }),
    ...(encounter && (whole || wanted.encounter) && { encounter }),
  };
}

function wantedBy(scopes: readonly string[]): Wanted {
  return { patient: scopes.includes("launch/patient"), encounter: scopes.includes("launch/encounter") };
}

/** Signs in whom the request or the page names; what the app wants to know of a patient is picked on the page. */
function standaloneContext(
  ctx: KoaContextWithOIDC,
  { desk }: AuthorizePolicy,
): LaunchContext | "to be picked" | undefined {
  const scopes = scopesOf(ctx);
  if (scopes.includes("launch")) throw new errors.InvalidRequest("the scope launch needs the launch parameter");
  const parameters = textParameters(ctx);
  const fhirUser = desk && userOf(desk, parameters["picked_user"] ?? parameters["login_hint"]);
  if (desk === undefined || fhirUser === undefined) throw new errors.AccessDenied("there is no user to sign in");
  const wanted = wantedBy(scopes);
  if (!wanted.patient && !wanted.encounter) return { fhirUser };
  const { picked, picked_user: _user, ...request } = parameters;
  if (picked !== undefined) {
    const context = readPick(desk, fhirUser, picked, wanted);
    if (context === undefined) throw new errors.AccessDenied("there is no such patient or stay");
    return context;
  }
  pageOf.set(ctx, pickerPage(desk, { ...request, scope: scopes.join(" ") }, wanted));
  return "to be picked";
}

function textParameters(ctx: KoaContextWithOIDC): Record<string, string> {
  const pairs = Object.entries(ctx.oidc.params ?? {});
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}

function narrowScopes(ctx: KoaContextWithOIDC, policy: AuthorizePolicy, clientId: string): void {
  const asked = scopesOf(ctx);
  const granted = grantScopes(asked, policy.registered(clientId), policy.behaviour.scopeVersions).filter(
    (scope) => parseScope(scope)?.level !== "system",
  );
  if (granted.length === 0) throw new errors.InvalidScope("none of the scopes can be granted", asked.join(" "));
  // Later steps read the request's own scope; narrowed names would be lost there.
  if (ctx.oidc.params) ctx.oidc.params["scope"] = granted.join(" ");
}

function clientOf(ctx: KoaContextWithOIDC): { clientId: string } {
  const { client } = ctx.oidc;
  if (!client) throw new errors.InvalidRequest("unknown client");
  return client;
}

/** Scope names of a request. */
export function scopesOf(ctx: KoaContextWithOIDC): string[] {
  const scope = ctx.oidc.params?.["scope"];
  return typeof scope === "string" ? scope.split(" ").filter(Boolean) : [];
}

/**
 * Makes a new grant for every launch. The library would look for the last one in the browser's session, and a second
 * launch, for another patient, would meet the first one's tokens.
 */
export async function grantForLaunch(ctx: KoaContextWithOIDC, policy: AuthorizePolicy): Promise<Grant | undefined> {
  const context = launchOf.get(ctx);
  if (!context) return undefined;
  const grant = new ctx.oidc.provider.Grant({ accountId: context.fhirUser, clientId: clientOf(ctx).clientId });
  const scopes = scopesOf(ctx);
  const identityScopes = identityAndLaunchScopes.filter((scope) => scopes.includes(scope));
  grant.addOIDCScope(identityScopes.join(" "));
  grant.addResourceScope(policy.fhirBaseUrl, scopes.filter((scope) => parseScope(scope) !== undefined).join(" "));
  policy.grants.remember(await grant.save(), { context, identityScopes });
  return grant;
}
