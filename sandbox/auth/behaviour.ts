/** How one authorisation server differs from the next: what it announces is what it does. */
export interface AuthBehaviour {
  /** Algorithms of client assertions that are taken. */
  readonly assertionAlgs: readonly ("ES384" | "RS384")[];
  /** Client authentication at the token endpoint, beside public clients. */
  readonly authMethods: readonly ("private_key_jwt" | "client_secret_basic")[];
  /** Forms of resource scopes that are understood; a scope in another form is granted to nobody. */
  readonly scopeVersions: readonly (1 | 2)[];
  /** Takes authorization requests by POST too (capability `authorize-post`). */
  readonly authorizePost: boolean;
  /** Gives a new refresh token with every refresh; the old one, used again, ends the whole grant. Always so for public clients. */
  readonly rotateRefreshTokens: boolean;
  readonly idTokenAlg: "RS256" | "ES256" | "ES384";
  /** Offers RFC 7009. */
  readonly revocation: boolean;
}

/** An EHR that offers everything it may, but for the POST that few have. */
export const defaultBehaviour: AuthBehaviour = {
  assertionAlgs: ["ES384", "RS384"],
  authMethods: ["private_key_jwt", "client_secret_basic"],
  scopeVersions: [1, 2],
  authorizePost: false,
  rotateRefreshTokens: false,
  idTokenAlg: "RS256",
  revocation: true,
};
