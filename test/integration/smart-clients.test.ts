/** The three kinds of client, launched out of an EHR that checks each; and servers that take only some of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AdapterError } from "../../src/core/errors.ts";
import { defaultLaunchScopes } from "../../src/core/smart/default-scopes.ts";
import { cookieBrowser } from "../support/cookie-browser.ts";
import { launched, launchUrl, withBed } from "../support/launching.ts";
import { chartOf } from "../support/sandbox-ehr.ts";
import type { SmartBed, SmartBedOptions } from "../support/smart-bed.ts";

const charts = [chartOf("p1", 0)];

/** What authenticated us at the token endpoint. */
function proofOf(bed: SmartBed) {
  const request = bed.sent.find(({ method, url }) => method === "POST" && url.endsWith("/token"));
  const assertion = request?.form.get("client_assertion")?.split(".")[0];
  const header: unknown =
    assertion === undefined ? undefined : JSON.parse(Buffer.from(assertion, "base64url").toString());
  return {
    alg: typeof header === "object" && header !== null ? Reflect.get(header, "alg") : undefined,
    basic: request?.headers.get("authorization") ?? undefined,
    clientId: request?.form.get("client_id") ?? undefined,
  };
}

async function launchedWith(options: SmartBedOptions): Promise<ReturnType<typeof proofOf>> {
  return withBed({ charts, ...options }, async (bed) => {
    const launch = await launched(bed);
    assert.ok(await bed.sessions.accessToken("general", launch));
    return proofOf(bed);
  });
}

describe("a client launched out of the EHR", () => {
  it("that is asymmetric signs with ES384 where the server takes it, and names nothing else [smart 64, 65, 72, 320]", async () => {
    assert.deepEqual(await launchedWith({}), { alg: "ES384", basic: undefined, clientId: undefined });
  });

  it("that is asymmetric signs with RS384 where the server takes no other, and is let in [smart 64, 65, 320]", async () => {
    const { alg } = await launchedWith({ auth: { assertionAlgs: ["RS384"] } });
    assert.equal(alg, "RS384");
  });

  it("that has a secret sends it as HTTP Basic, form-encoded first: a colon or a space in it breaks nothing [smart 64, 66, 72, 345]", async () => {
    const [clientId, clientSecret] = ["hand over:app+1", "a%secret: of/the & test+~"];
    const { basic = "", ...others } = await launchedWith({ clientAuth: "client_secret", clientId, clientSecret });
    assert.deepEqual(others, { alg: undefined, clientId: undefined });
    const pair = Buffer.from(basic.replace("Basic ", ""), "base64").toString().split(":");
    assert.deepEqual(
      pair.map((part) => decodeURIComponent(part.replaceAll("+", " "))),
      [clientId, clientSecret],
    );
  });

  it("that is public names itself, proves nothing, and has PKCE [smart 13, 63, 71]", async () => {
    const proof = await launchedWith({ clientAuth: "public" });
    assert.deepEqual(proof, { alg: undefined, basic: undefined, clientId: "handover-app" });
  });

  for (const [name, options, detail] of [
    ["no assertion", { auth: { authMethods: ["client_secret_basic"] } }, /clientAuth private_key_jwt/u],
    ["no secret", { clientAuth: "client_secret", auth: { authMethods: ["private_key_jwt"] } }, /client_secret/u],
  ] as const) {
    it(`is told before the user signs in that the server takes ${name}: 502, and the log says which setting`, async () => {
      await withBed({ charts, ...options }, async (bed) => {
        const answer = await cookieBrowser().get(launchUrl(bed));
        assert.equal(answer.status, 502);
        assert.match(answer.text, /none of the ways in which this service may prove itself/u);
        const [error] = bed.errors;
        assert.ok(error instanceof AdapterError && error.code === "ehr_refused");
        assert.match(error.detail ?? "", detail);
      });
    });
  }
});

describe("an id_token", () => {
  for (const idTokenAlg of ["RS256", "ES256", "ES384"] as const) {
    it(`signed with ${idTokenAlg} tells who launched [smart 201, 218]`, async () => {
      await withBed({ charts, auth: { idTokenAlg } }, async (bed) => {
        const launch = await launched(bed);
        const actors = bed.audit.map(({ action, actor }) => [action, actor.id]);
        assert.deepEqual(actors, [["smart.launch", "Practitioner/attending-1"]], launch);
      });
    });
  }
});

describe("a server that knows scopes of version 1 only", () => {
  it("is asked in that form by default, and what it grants is understood [smart 135, 137, 141, 147]", async () => {
    const ehrScopes = "launch openid fhirUser patient/*.read user/*.read user/DocumentReference.write";
    await withBed({ charts, scopes: defaultLaunchScopes, ehrScopes, auth: { scopeVersions: [1] } }, async (bed) => {
      const browser = cookieBrowser();
      const first = await browser.get(launchUrl(bed));
      const asked = new URL(first.headers.get("location") ?? "").searchParams.get("scope")?.split(" ") ?? [];
      assert.ok(asked.includes("patient/Observation.read") && asked.includes("user/DocumentReference.write"));
      assert.ok(
        asked.every((scope) => /^[A-Za-z]+$|\.(?:read|write)$/u.test(scope)),
        asked.join(" "),
      );
      const launch = await launched(bed, browser);
      const access = await bed.sessions.access("general", launch);
      assert.ok(access?.granted?.includes("patient/Observation.read"));
      assert.equal(
        (await bed.pageSessions.find(launch, browser.cookies(bed.url)))?.principal.actor.display,
        "Dr. Marta Lindqvist",
      );
    });
  });
});
