/** Other people's verifiers in JavaScript judge what we sign as they have to (Standard Webhooks 1.0.0). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as standardwebhooks from "standardwebhooks";
import * as svix from "svix";
import { signedVectors } from "../../scripts/verify-signatures/vectors.ts";

const libraries = { standardwebhooks, svix };

for (const [name, { Webhook, WebhookVerificationError }] of Object.entries(libraries)) {
  describe(`the verifier of npm ${name}`, () => {
    for (const vector of signedVectors(Date.now())) {
      test(`${vector.accept ? "accepts" : "refuses"}: ${vector.name}`, () => {
        const verify = (): unknown =>
          new Webhook(vector.secret).verify(Buffer.from(vector.body), { ...vector.headers });
        if (vector.accept) assert.deepEqual(verify() ?? JSON.parse(vector.body), JSON.parse(vector.body));
        else assert.throws(verify, WebhookVerificationError);
      });
    }
  });
}
