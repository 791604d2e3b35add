/** AWS Signature Version 4 against the signatures that AWS publishes: its test suite, and the examples of its documentation. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AwsRequest } from "../../src/core/signature/aws-sigv4.ts";
import { awsHeaders } from "../../src/core/signature/aws-sigv4.ts";

const suite = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
  service: "service",
};
const timeMs = Date.UTC(2015, 7, 30, 12, 36, 0);
const root = "https://example.amazonaws.com/";

const signatureOf = (headers: Readonly<Record<string, string>>): string =>
  /Signature=([0-9a-f]{64})$/u.exec(headers["authorization"] ?? "")?.[1] ?? "";
const request = (changes: Partial<AwsRequest> = {}): AwsRequest => ({
  method: "GET",
  url: root,
  headers: {},
  body: "",
  ...changes,
});

const cases: readonly (readonly [name: string, given: AwsRequest, signature: string])[] = [
  ["get-vanilla", request(), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  [
    "get-vanilla-query-order-key-case",
    request({ url: `${root}?Param2=value2&Param1=value1` }),
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  ["post-vanilla", request({ method: "POST" }), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  [
    "post-x-www-form-urlencoded",
    request({
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "Param1=value1",
    }),
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  ],
];

describe("AWS Signature Version 4", () => {
  for (const [name, given, signature] of cases) {
    test(`the test suite's ${name}`, () => {
      const headers = awsHeaders(given, suite, timeMs);
      assert.equal(signatureOf(headers), signature);
      assert.equal(headers["x-amz-date"], "20150830T123600Z");
    });
  }

  test("the documentation's ListUsers", () => {
    const url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
    const headers = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };
    const signed = awsHeaders(request({ url, headers }), { ...suite, service: "iam" }, timeMs);
    assert.equal(
      signed["authorization"],
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    );
  });

  test("the documentation's GET of an object in S3", () => {
    const credentials = { ...suite, accessKeyId: "AKIAIOSFODNN7EXAMPLE", service: "s3" };
    const given = request({
      url: "https://examplebucket.s3.amazonaws.com/test.txt",
      headers: { Range: "bytes=0-9" },
    });
    const signed = awsHeaders(
      given,
      { ...credentials, secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
      Date.UTC(2013, 4, 24),
    );
    assert.equal(signatureOf(signed), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    assert.equal(signed["x-amz-content-sha256"], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  test("temporary credentials show their session token, and it is signed", () => {
    const signed = awsHeaders(request({ method: "POST" }), { ...suite, sessionToken: "session" }, timeMs);
    assert.equal(signed["x-amz-security-token"], "session");
    assert.match(signed["authorization"] ?? "", /SignedHeaders=host;x-amz-date;x-amz-security-token/u);
  });

  test("another body, another path or another header is another signature", () => {
    const signatures = [
      request({ method: "POST" }),
      request({ method: "POST", body: "x" }),
      request({ method: "POST", url: `${root}a` }),
      request({ method: "POST", headers: { "content-type": "text/plain" } }),
    ].map((given) => signatureOf(awsHeaders(given, suite, timeMs)));
    assert.equal(new Set(signatures).size, 4);
  });
});
