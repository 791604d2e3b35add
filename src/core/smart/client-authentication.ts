/** How we authenticate at a token endpoint: what the tenant agreed on, in a form that the server says it takes. */

/** Algorithms that our keys sign client assertions with. */
export type AssertionAlgorithm = "ES384" | "RS384";

/** The tenant's setting `clientAuth`. */
export type ClientKind = "private_key_jwt" | "client_secret" | "public";

export type ClientAuthentication =
  | { readonly method: "none" }
  | { readonly method: "client_secret_basic" }
  | { readonly method: "private_key_jwt"; readonly alg: AssertionAlgorithm };

/** What discovery says; a member is absent where it says nothing. */
export interface OfferedAuthentication {
  /** `token_endpoint_auth_methods_supported` */
  readonly methods?: readonly string[] | undefined;
  /** `token_endpoint_auth_signing_alg_values_supported` */
  readonly algs?: readonly string[] | undefined;
  readonly capabilities: readonly string[];
}

/** The smaller signature first; SMART 2.2 obliges servers to know both. */
const preferred: readonly AssertionAlgorithm[] = ["ES384", "RS384"];

/** The algorithm for a client assertion; undefined where the server names some and none is ours. */
export function assertionAlgorithm(offered: readonly string[] | undefined): AssertionAlgorithm | undefined {
  return offered === undefined ? preferred[0] : preferred.find((alg) => offered.includes(alg));
}

/**
 * A method counts as offered unless the server lists methods without it and does not name its capability either: both
 * members are optional, and EHRs keep one of them up to date at best.
 */
function offers(offered: OfferedAuthentication, method: string, capability: string): boolean {
  return offered.methods === undefined || offered.methods.includes(method) || offered.capabilities.includes(capability);
}

/**
 * What to do at this server. Undefined where it takes nothing that the tenant agreed on. A public client is never refused
 * here: `none` is missing from the lists of most servers that serve public clients (SMART 2.2's own example, too).
 */
export function chooseAuthentication(
  kind: ClientKind,
  offered: OfferedAuthentication,
): ClientAuthentication | undefined {
  if (kind === "public") return { method: "none" };
  if (kind === "client_secret") {
    const basic = offers(offered, "client_secret_basic", "client-confidential-symmetric");
    return basic ? { method: "client_secret_basic" } : undefined;
  }
  const alg = assertionAlgorithm(offered.algs);
  const signed = offers(offered, "private_key_jwt", "client-confidential-asymmetric");
  return signed && alg !== undefined ? { method: "private_key_jwt", alg } : undefined;
}
