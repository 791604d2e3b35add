/** The public keys that verify a tenant's webhooks (`v1a`), for receivers: public, and cached as long as it says. */
import type { RequestHandler, Router } from "express";
import express from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { z } from "zod";
import { AdapterError } from "../../core/errors.ts";
import type { PublicSigningJwk } from "../../core/signature/keys.ts";
import { guardMethods } from "../../http/method-guard.ts";

/** Shorter than any overlap that is worth the name: a receiver that keeps to it never meets a key that it cannot know. */
const MAX_AGE_SECONDS = 300;

export interface WebhookKeySets {
  /** Undefined for a tenant that is not served. */
  of(tenant: string): Promise<{ readonly keys: readonly PublicSigningJwk[] } | undefined>;
}

/** Where a tenant's set stands. */
export function webhookKeySetUrl(publicUrl: string, tenant: string): string {
  return `${publicUrl}/.well-known/webhook-keys/${tenant}.json`;
}

export function createWebhookKeySetRoutes(sets: WebhookKeySets): Router {
  const router = express.Router();
  const answer: RequestHandler<{ file: string }> = async ({ params }, response) => {
    const tenant = /^(.{1,128})\.json$/u.exec(params.file)?.[1];
    const set = tenant === undefined ? undefined : await sets.of(tenant);
    if (set === undefined) throw new AdapterError("not_found");
    response
      .set({
        "content-type": "application/jwk-set+json",
        "cache-control": `public, max-age=${MAX_AGE_SECONDS}`,
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
      })
      .end(JSON.stringify(set));
  };
  router.get("/.well-known/webhook-keys/:file", answer);
  return guardMethods(router);
}

export const webhookKeySetPaths: ZodOpenApiPathsObject = {
  "/.well-known/webhook-keys/{tenant}.json": {
    get: {
      summary: "The public ed25519 keys that verify a tenant's webhooks (`v1a`).",
      requestParams: { path: z.object({ tenant: z.string() }) },
      responses: {
        "200": {
          description: "A JWK set; empty while nothing is signed so.",
          content: {
            "application/jwk-set+json": {
              schema: z.object({ keys: z.array(z.looseObject({ kty: z.literal("OKP"), kid: z.string() })) }),
            },
          },
        },
        "404": { description: "No such tenant." },
      },
    },
  },
};
