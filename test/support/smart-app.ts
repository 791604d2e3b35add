/** A SMART app as a scripted HTTP client, walking a launch step by step so that a test can get any step wrong. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { JWK } from "jose";
import type { SandboxEhr } from "../../sandbox/ehr.ts";
import { valueAt } from "./sandbox-ehr.ts";

export const redirectUri = "http://127.0.0.1:9/callback";

/** Query of an authorisation request; undefined leaves a parameter out. */
export type AuthorizeParams = Readonly<Record<string, string | undefined>>;

/** A parsed OAuth answer. */
export interface OAuthAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly at: (path: string) => unknown;
}

const verifier = randomBytes(48).toString("base64url");

/** A correct request for an EHR launch, with the given parts changed. */
export function authorizeParams(ehr: SandboxEhr, over: AuthorizeParams): AuthorizeParams {
  return {
    response_type: "code",
    client_id: "app",
    redirect_uri: redirectUri,
    scope: "launch openid fhirUser offline_access patient/*.rs",
    state: randomUUID(),
    aud: ehr.fhirBaseUrl,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...over,
  };
}

/** Follows the request to its redirect and returns the redirect's parameters, or the status when there was none. */
export async function authorize(
  ehr: SandboxEhr,
  over: AuthorizeParams,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; params: URLSearchParams; headers: Headers }> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(authorizeParams(ehr, over)))
    if (value !== undefined) query.set(name, value);
  const response = await fetch(`${ehr.url}/auth/authorize?${query.toString()}`, { redirect: "manual", headers });
  const location = response.headers.get("location");
  const { search = "", hash = "" } = location === null ? {} : new URL(location);
  // Errors of flows that answer in the fragment come back there.
  return { status: response.status, params: new URLSearchParams(search || hash.slice(1)), headers: response.headers };
}

/** Posts a form to an endpoint of the authorisation server. */
export async function post(
  url: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<OAuthAnswer> {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(form), headers });
  const text = await response.text();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, at: (path) => valueAt(body, path) };
}

/** Exchanges a code as the public client `app`; undefined leaves a parameter out. */
export function redeem(
  ehr: SandboxEhr,
  code: string,
  over: Readonly<Record<string, string | undefined>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<OAuthAnswer> {
  const form = {
    grant_type: "authorization_code",
    client_id: "app",
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...over,
  };
  const sent = Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return post(`${ehr.url}/auth/token`, Object.fromEntries(sent), headers);
}

/** Walks a whole launch. */
export async function launch(ehr: SandboxEhr, handle: string, over: AuthorizeParams = {}): Promise<OAuthAnswer> {
  const { params } = await authorize(ehr, { launch: handle, ...over });
  return redeem(ehr, params.get("code") ?? "");
}

/** A key pair of a confidential client. */
export interface ClientKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  /** Signs a client assertion that is correct but for what is overridden; `undefined` removes a claim. */
  assertion(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Makes a key for the client; `audience` is the token endpoint. */
export async function clientKey(alg: "ES384" | "RS384", clientId: string, audience: string): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const kid = randomUUID();
  return {
    kid,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" },
    assertion: (claims, header = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        iss: clientId,
        sub: clientId,
        aud: audience,
        iat: now,
        exp: now + 240,
        jti: randomUUID(),
        ...claims,
      };
      return new SignJWT(payload).setProtectedHeader({ alg, kid, typ: "JWT", ...header }).sign(privateKey);
    },
  };
}

/** Publishes a key set over HTTP and counts how often it is fetched. */
export async function publishKeys(
  keys: () => readonly JWK[],
): Promise<{ url: string; fetches: () => number; close: () => Promise<void> }> {
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: keys() }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    fetches: () => fetches,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
