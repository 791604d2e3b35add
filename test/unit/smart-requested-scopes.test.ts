/** Scopes in the form that a server understands (SMART 2.2, permission-v1 and permission-v2). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  chartTypes,
  defaultLaunchScopes,
  defaultSystemScopes,
  fileTypes,
  requestedScopes,
  standaloneScopes,
} from "../../src/core/smart/default-scopes.ts";
import { isGranted } from "../../src/core/smart/granted-scopes.ts";

const version1 = ["launch-ehr", "permission-v1"];

describe("the scopes of a request", () => {
  for (const capabilities of [[], ["permission-v2"], ["permission-v1", "permission-v2"]]) {
    it(`are of version 2 where the server says ${capabilities.join(" and ") || "nothing"}`, () => {
      assert.equal(requestedScopes(defaultLaunchScopes, capabilities), defaultLaunchScopes);
      assert.equal(requestedScopes(defaultSystemScopes, capabilities), defaultSystemScopes);
    });
  }

  it("are of version 1 where the server knows that only: .read and .write, no query, no wildcard", () => {
    for (const defaults of [defaultLaunchScopes, defaultSystemScopes]) {
      const resources = requestedScopes(defaults, version1)
        .split(" ")
        .filter((scope) => scope.includes("/"));
      for (const scope of resources) assert.match(scope, /^(?:patient|user|system)\/[A-Z][A-Za-z]+\.(?:read|write)$/u);
    }
  });

  it("of version 1 let us do what those of version 2 do, and write nothing but documents", () => {
    for (const defaults of [defaultLaunchScopes, defaultSystemScopes]) {
      const asked = requestedScopes(defaults, version1);
      for (const type of chartTypes)
        for (const right of ["r", "s"] as const) assert.ok(isGranted(asked, type, right), type);
      for (const type of fileTypes) assert.ok(isGranted(asked, type, "r"), type);
      for (const right of ["c", "u"] as const) assert.ok(isGranted(asked, "DocumentReference", right));
      const written = asked.split(" ").filter((scope) => scope.endsWith(".write"));
      assert.deepEqual(
        written.map((scope) => scope.split("/")[1]),
        ["DocumentReference.write"],
      );
    }
    assert.match(requestedScopes(defaultLaunchScopes, version1), /^launch openid fhirUser /u);
  });

  it("that a tenant wrote itself are sent as written, at any server", () => {
    const own = "launch openid fhirUser patient/*.rs online_access";
    assert.equal(requestedScopes(own, version1), own);
  });

  it("of a standalone launch name the context and leave the EHR's own launch out", () => {
    const asked = standaloneScopes("launch launch/patient openid patient/*.rs");
    assert.equal(asked, "launch/patient launch/encounter openid patient/*.rs");
  });
});
