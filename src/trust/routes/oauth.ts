/** Routes of trust: our key set and the token endpoint. */
import type { RequestHandler, Router } from "express";
import express from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { z } from "zod";
import { annotate } from "../../http/annotations.ts";
import { formBody } from "../../http/body.ts";
import { guardMethods } from "../../http/method-guard.ts";
import type { OauthTokenDeps } from "../oauth-token.ts";
import { createTokenEndpoint } from "../oauth-token.ts";
import type { SigningKeys } from "../signing-keys.ts";
import { KEY_SET_MAX_AGE_SECONDS } from "../signing-keys.ts";

const FORM_BYTES = 32_768;

/** SMART 2.2: the key set is public, needs no authentication, and says how long it may be kept. */
export function createKeySetRoutes(keys: Pick<SigningKeys, "publicKeys">): Router {
  const router = express.Router();
  router.get("/.well-known/jwks.json", async (_request, response) => {
    const body = JSON.stringify(await keys.publicKeys());
    response
      .set({
        "content-type": "application/jwk-set+json",
        "cache-control": `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`,
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
      })
      .end(body);
  });
  return guardMethods(router);
}

export function createOauthRoutes(deps: OauthTokenDeps): Router {
  const issue = createTokenEndpoint(deps);
  const router = express.Router();
  const handle: RequestHandler = (request, response) => {
    const fields =
      request.body instanceof Map ? (request.body as ReadonlyMap<string, string>) : new Map<string, string>();
    const onClient = (tenant: string, client: string): void => annotate(response, { tenant, client, issuer: client });
    return issue({ fields, remoteAddress: request.socket.remoteAddress, onClient }).then(
      (answer) => void response.json(answer),
    );
  };
  router.post("/oauth/token", ...formBody({ limitBytes: FORM_BYTES }), handle);
  return guardMethods(router);
}

const tokenForm = z.object({
  grant_type: z.literal("client_credentials"),
  client_assertion_type: z.literal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
  client_assertion: z
    .string()
    .meta({ description: "JWT of at most five minutes: iss = sub = client id, aud = this URL, jti used once." }),
  scope: z.string().optional(),
});
const tokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.int(),
  scope: z.string(),
});

export const trustPaths: ZodOpenApiPathsObject = {
  "/.well-known/jwks.json": {
    get: {
      summary: "Our public keys, to verify our client assertions.",
      responses: {
        "200": {
          description: "A JWK set.",
          content: {
            "application/jwk-set+json": {
              schema: z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) }),
            },
          },
        },
      },
    },
  },
  "/oauth/token": {
    post: {
      summary: "An access token for an API client (client_credentials, private_key_jwt).",
      requestBody: { content: { "application/x-www-form-urlencoded": { schema: tokenForm } } },
      responses: {
        "200": { description: "The token.", content: { "application/json": { schema: tokenAnswer } } },
        "400": { description: "An OAuth error." },
        "401": { description: "invalid_client." },
      },
    },
  },
};
