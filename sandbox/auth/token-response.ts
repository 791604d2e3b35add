import type { KoaContextWithOIDC } from "oidc-provider";
import type { GrantRecords } from "./grants.ts";
import { launchParameters } from "./launch.ts";

/**
 * Adds to token and introspection responses what SMART wants in them and the library leaves out: the launch context, and
 * `openid`, `fhirUser`, `launch`, `offline_access` in `scope`.
 */
export function completeTokenResponse(ctx: KoaContextWithOIDC, grants: GrantRecords, styleUrl: string): void {
  const { route } = ctx.oidc;
  if (route !== "token" && route !== "introspection") return;
  // RFC 6749, section 5.1; the library sends Cache-Control only.
  ctx.set("Pragma", "no-cache");
  const body: unknown = ctx.body;
  if (ctx.status !== 200 || typeof body !== "object" || body === null) return;
  const { AccessToken, RefreshToken } = ctx.oidc.entities;
  const record = grants.of(AccessToken?.grantId ?? RefreshToken?.grantId);
  if (!record) return;
  const resourceScope = "scope" in body && typeof body.scope === "string" ? body.scope : "";
  const scope = [...identityScopes(ctx, record.identityScopes), ...resourceScope.split(" ")].filter(Boolean);
  ctx.body = {
    ...body,
    ...(route === "token" && launchParameters(record.context, styleUrl)),
    scope: [...new Set(scope)].join(" "),
  };
}

/** A refresh that asks for less gets less. */
function identityScopes(ctx: KoaContextWithOIDC, granted: readonly string[]): readonly string[] {
  const asked = ctx.oidc.params?.["scope"];
  if (ctx.oidc.route !== "token" || typeof asked !== "string") return granted;
  return granted.filter((scope) => asked.split(" ").includes(scope));
}
