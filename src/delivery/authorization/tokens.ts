/** Access tokens for endpoints that want one (OAuth 2 client credentials, SMART Backend Services): kept, and asked for once at a time. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Authorization } from "../../core/delivery/access.ts";

/** Shaped like `fetch`, with a tenant's egress rules inside. Redirects are never followed. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

export interface TokenDependencies {
  /** Undefined for a tenant that is not served. */
  readonly fetch: (tenant: string) => Fetch | undefined;
  /** RFC 7523: signed by our own key, which the published key set of the adapter holds. */
  readonly signAssertion: (input: {
    readonly clientId: string;
    readonly tokenEndpoint: string;
    readonly alg: "ES384" | "RS384";
  }) => Promise<string>;
  /** SMART discovery; without a base of its own, that of the tenant's EHR. */
  readonly smartTokenEndpoint: (tenant: string, fhirBaseUrl: string | undefined) => Promise<string>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type TokenAuthorization = Extract<Authorization, { type: "oauth2" | "smart-backend" }>;

export interface Tokens {
  /**
   * @param refused a token that the endpoint would not take: another one is asked for
   * @throws TokenFailure, or AdapterError where discovery failed or the egress wall refused
   */
  get(tenant: string, authorization: TokenAuthorization, timeoutMs: number, refused?: string): Promise<string>;
}

/** Why there is no token, in a fixed word: what the other side wrote is not repeated. */
export class TokenFailure extends Error {
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** RFC 6749, section 5.1. */
const tokenAnswer = z.looseObject({
  access_token: z.string().min(1).max(16_384),
  token_type: z.string().regex(/^bearer$/iu),
  expires_in: z.coerce.number().positive().max(31_536_000).optional(),
});

/** Taken out of use this long before it ends, so that it does not end on its way. */
const skewMs = 15_000;
const defaultLifetimeSeconds = 300;

interface Held {
  readonly token: string;
  readonly untilMs: number;
}

interface TokenRequest {
  readonly url: string;
  readonly form: Readonly<Record<string, string | undefined>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** RFC 6749, section 2.3.1: both halves are form-encoded first. */
function basic(id: string, secret: string): string {
  const formEncoded = (value: string): string => new URLSearchParams({ v: value }).toString().slice(2);
  return `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString("base64")}`;
}

function sharedSecretRequest(authorization: Extract<Authorization, { type: "oauth2" }>): TokenRequest {
  const { tokenUrl: url, clientId, clientSecret, scopes: scope, audience, clientAuth } = authorization;
  const form = { grant_type: "client_credentials", scope, audience };
  return clientAuth === "basic"
    ? { url, form, headers: { authorization: basic(clientId, clientSecret) } }
    : { url, form: { ...form, client_id: clientId, client_secret: clientSecret }, headers: {} };
}

export function createTokens(deps: TokenDependencies): Tokens {
  const held = new Map<string, Held>();
  const flights = new Map<string, Promise<string>>();

  async function smartRequest(
    tenant: string,
    { clientId, scopes: scope, alg, ...where }: Extract<Authorization, { type: "smart-backend" }>,
  ): Promise<TokenRequest> {
    const url = where.tokenUrl ?? (await deps.smartTokenEndpoint(tenant, where.fhirBaseUrl));
    const form = {
      grant_type: "client_credentials",
      scope,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await deps.signAssertion({ clientId, tokenEndpoint: url, alg }),
    };
    return { url, form, headers: {} };
  }

  async function ask(tenant: string, authorization: TokenAuthorization, timeoutMs: number): Promise<Held> {
    const fetch = deps.fetch(tenant);
    if (fetch === undefined) throw new TokenFailure("tenant_not_served");
    const request =
      authorization.type === "oauth2" ? sharedSecretRequest(authorization) : await smartRequest(tenant, authorization);
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(request.form)) if (value !== undefined) form.set(name, value);
    const response = await fetch(request.url, {
      method: "POST",
      headers: { ...request.headers, "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: form.toString(),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new TokenFailure(`token_endpoint_${response.status}`);
    }
    const parsed = tokenAnswer.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) throw new TokenFailure("token_answer_malformed");
    const { access_token: token, expires_in: seconds = defaultLifetimeSeconds } = parsed.data;
    return { token, untilMs: deps.now() + seconds * 1000 - Math.min(skewMs, seconds * 500) };
  }

  function forgetOld(): void {
    for (const [key, { untilMs }] of held) if (untilMs <= deps.now()) held.delete(key);
  }

  async function fly(key: string, asking: Promise<Held>): Promise<string> {
    try {
      const got = await asking;
      forgetOld();
      held.set(key, got);
      return got.token;
    } finally {
      flights.delete(key);
    }
  }

  return {
    async get(tenant, authorization, timeoutMs, refused) {
      // By content: a changed secret is another key, and endpoints of one tenant with the same client share a token.
      const key = createHash("sha256")
        .update(JSON.stringify([tenant, authorization]))
        .digest("base64");
      const known = held.get(key);
      if (known !== undefined && known.token !== refused && known.untilMs > deps.now()) return known.token;
      const flight = flights.get(key) ?? fly(key, ask(tenant, authorization, timeoutMs));
      flights.set(key, flight);
      return flight;
    },
  };
}
