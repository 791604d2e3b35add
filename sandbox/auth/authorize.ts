import { errors } from "oidc-provider";
import type { Grant, KoaContextWithOIDC } from "oidc-provider";
import type { GrantRecords } from "./grants.ts";
import type { LaunchContext, LaunchRegistry } from "./launch.ts";
import { grantScopes, identityAndLaunchScopes, parseScope } from "./scopes.ts";

/** What the authorise step decides by. */
export interface AuthorizePolicy {
  readonly fhirBaseUrl: string;
  readonly launches: LaunchRegistry;
  readonly grants: GrantRecords;
  /** Registered scopes of a client. */
  registered(clientId: string): readonly string[];
  /** Context of a launch from outside the EHR, for the user named by `login_hint`; undefined when none can be offered. */
  standalone(loginHint: string | undefined): LaunchContext | undefined;
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
    launch: (ctx, value) => {
      const { clientId } = clientOf(ctx);
      const asked = scopesOf(ctx);
      const context = value === undefined ? standaloneContext(ctx, asked, policy) : contexts.redeem(value, clientId);
      if (!context) throw new errors.InvalidRequest("launch is unknown, expired or another client's");
      narrowScopes(ctx, asked, policy.registered(clientId));
      ctx.oidc.session?.loginAccount({ accountId: context.fhirUser, transient: true });
      launchOf.set(ctx, context);
    },
  };
}

/** The context each request was found to belong to, from the check above until its grant is made. */
const launchOf = new WeakMap<KoaContextWithOIDC, LaunchContext>();

function standaloneContext(
  ctx: KoaContextWithOIDC,
  asked: string[],
  policy: AuthorizePolicy,
): LaunchContext | undefined {
  if (asked.includes("launch")) throw new errors.InvalidRequest("the scope launch needs the launch parameter");
  const hint = ctx.oidc.params?.["login_hint"];
  const context = policy.standalone(typeof hint === "string" ? hint : undefined);
  if (!context) throw new errors.AccessDenied("there is no user to sign in");
  // Context comes only to those who asked for it (SMART, section 3.0.3.2).
  const { patient, encounter, ...rest } = context;
  return {
    ...rest,
    ...(patient && asked.includes("launch/patient") && { patient }),
    ...(encounter && asked.includes("launch/encounter") && { encounter }),
  };
}

function narrowScopes(ctx: KoaContextWithOIDC, asked: string[], registered: readonly string[]): void {
  const granted = grantScopes(asked, registered).filter((scope) => parseScope(scope)?.level !== "system");
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
