/** Puts onto a request what authorises it, beside its signature. */
import type { Authorization } from "../../core/delivery/access.ts";
import { AdapterError } from "../../core/errors.ts";
import { awsHeaders } from "../../core/signature/aws-sigv4.ts";
import type { PreparedRequest } from "../exchange.ts";
import type { Tokens } from "./tokens.ts";
import { TokenFailure } from "./tokens.ts";

/** What came of it. `renew`: the endpoint answered 401, and a new token may help; once. */
export type Authorized =
  | { readonly kind: "ready"; readonly request: PreparedRequest; readonly renew?: () => Promise<Authorized> }
  | { readonly kind: "unauthorized" };

export type Authorize = (
  tenant: string,
  authorization: Authorization,
  request: PreparedRequest,
  nowMs: number,
) => Promise<Authorized>;

function withHeaders(request: PreparedRequest, headers: Readonly<Record<string, string>>): PreparedRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}

/** Signed: what says what the body is and what we sign ourselves. Whatever a proxy may touch is left out. */
function awsRequest(
  request: PreparedRequest,
  credentials: Extract<Authorization, { type: "aws-sigv4" }>,
  nowMs: number,
): PreparedRequest {
  const { url, body, headers } = request;
  const signed = Object.entries(headers).filter(([name]) => /^(?:content-type$|webhook-)/u.test(name));
  const added = awsHeaders({ method: "POST", url, body, headers: Object.fromEntries(signed) }, credentials, nowMs);
  return withHeaders(request, added);
}

/** A fixed word for the log: which of the ways to a token failed. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof TokenFailure) return thrown.reason;
  return thrown instanceof AdapterError ? thrown.code : "token_endpoint_unreachable";
}

/**
 * @param tokens where access tokens come from
 * @param onFailed told why there was none
 */
export function createAuthorize(tokens: Tokens, onFailed: (tenant: string, reason: string) => void): Authorize {
  async function bearer(
    tenant: string,
    authorization: Extract<Authorization, { type: "oauth2" | "smart-backend" }>,
    request: PreparedRequest,
    refused?: string,
  ): Promise<Authorized> {
    try {
      const token = await tokens.get(tenant, authorization, request.timeoutMs, refused);
      const ready = { kind: "ready", request: withHeaders(request, { authorization: `Bearer ${token}` }) } as const;
      if (refused !== undefined) return ready;
      return { ...ready, renew: async () => bearer(tenant, authorization, request, token) };
    } catch (thrown) {
      onFailed(tenant, reasonOf(thrown));
      return { kind: "unauthorized" };
    }
  }

  return async (tenant, authorization, request, nowMs) => {
    switch (authorization.type) {
      case "bearer":
        return { kind: "ready", request: withHeaders(request, { authorization: `Bearer ${authorization.token}` }) };
      case "basic": {
        const { username, password } = authorization;
        const encoded = Buffer.from(`${username}:${password}`).toString("base64");
        return { kind: "ready", request: withHeaders(request, { authorization: `Basic ${encoded}` }) };
      }
      case "aws-sigv4":
        return { kind: "ready", request: awsRequest(request, authorization, nowMs) };
      default:
        return bearer(tenant, authorization, request);
    }
  };
}
