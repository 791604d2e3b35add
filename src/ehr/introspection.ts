/** Token introspection at the EHR (RFC 7662; SMART 2.2 "Token Introspection"): asks what a token that somebody showed us is good for. */
import { z } from "zod";
import type { IntrospectedToken } from "../core/access/ehr-token.ts";
import { AdapterError } from "../core/errors.ts";
import { callEhr, readBody } from "./call.ts";
import type { Fetch } from "./fetch.ts";

export interface IntrospectionDeps {
  readonly fetch: Fetch;
  /** Where to ask; undefined where the EHR's discovery names no such endpoint. */
  readonly endpoint: () => Promise<string | undefined>;
  /** What proves to the EHR that we may ask, given the proof that it has just refused. */
  readonly authenticate: (refused?: IntrospectionProof) => Promise<IntrospectionProof>;
}

export interface IntrospectionProof {
  /** Of the header Authorization. */
  readonly authorization?: string;
  /** Besides the token, in the form. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** @throws AdapterError introspection_unavailable where the EHR gives no usable answer, whatever the reason */
export type Introspect = (token: string) => Promise<IntrospectedToken>;

const TIMEOUT_MS = 5_000;
const short = z.string().max(2_048);
/** Some servers write a member that they have nothing for as null. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

const members = z.discriminatedUnion("active", [
  z.object({ active: z.literal(false) }),
  z.looseObject({
    active: z.literal(true),
    client_id: short.optional(),
    scope: z.string().max(16_384).optional(),
    exp: z.number().positive().optional(),
    aud: z.union([short, z.array(short).max(20)]).optional(),
    cnf: z.unknown().optional(),
    patient: short.optional(),
    encounter: short.optional(),
    fhirUser: z.unknown().optional(),
  }),
]);
const answer = z.preprocess(withoutNulls, members);

/** Returns the question. The token goes to this one endpoint and nowhere else. */
export function createIntrospection(deps: IntrospectionDeps): Introspect {
  return async (token) => {
    try {
      return await ask(deps, token);
    } catch (cause) {
      if (cause instanceof AdapterError && cause.code === "introspection_unavailable") throw cause;
      throw unavailable(cause instanceof AdapterError ? (cause.detail ?? cause.code) : "no usable answer", cause);
    }
  };
}

async function ask({ fetch, endpoint, authenticate }: IntrospectionDeps, token: string): Promise<IntrospectedToken> {
  const url = await endpoint();
  if (url === undefined) throw unavailable("the EHR's discovery names no introspection_endpoint");
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const attempt = async (proof: IntrospectionProof): Promise<Response> =>
    callEhr(fetch, url, { ...question(token, proof), signal });
  const proof = await authenticate();
  let response = await attempt(proof);
  if (response.status === 401) response = await attempt(await authenticate(proof));
  const text = await readBody(response, signal);
  if (response.status !== 200) throw unavailable(`the introspection endpoint answered ${response.status}`);
  const parsed = answer.safeParse(JSON.parse(text));
  if (!parsed.success) throw unavailable("the introspection endpoint's answer is not RFC 7662's");
  return parsed.data;
}

function question(token: string, { authorization, fields }: IntrospectionProof) {
  return {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: new URLSearchParams({ token, token_type_hint: "access_token", ...fields }).toString(),
  };
}

/** Without the cause's own text, which may quote an answer. */
function unavailable(detail: string, cause?: unknown): AdapterError {
  return new AdapterError("introspection_unavailable", {
    detail,
    ...(cause instanceof AdapterError ? { cause } : {}),
  });
}

/** HTTP Basic by id and secret, each form-encoded first (RFC 6749, 2.3.1). */
export function basicProof(clientId: string, secret: string): IntrospectionProof {
  const encode = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2);
  const pair = Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString("base64");
  return { authorization: `Basic ${pair}` };
}

/** A signed assertion in the form (RFC 7523, 2.2). */
export function assertionProof(clientId: string, assertion: string): IntrospectionProof {
  return {
    fields: {
      client_id: clientId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    },
  };
}
