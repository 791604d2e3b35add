/** Scopes of SMART App Launch 2.2, section 3.0.2: granting never widens. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { grantScopes, parseScope } from "../../sandbox/auth/scopes.ts";

const level = fc.constantFrom("patient", "user", "system");
const type = fc.constantFrom("*", "Patient", "Observation", "DocumentReference");
const letters = fc.subarray(["c", "r", "u", "d", "s"], { minLength: 1 }).map((subset) => subset.join(""));
const suffix = fc.oneof(letters, fc.constantFrom("read", "write", "*"));
const query = fc.constantFrom("", "?category=clinical-note", "?status=final");
const scope = fc.tuple(level, type, suffix, query).map(([l, t, s, q]) => `${l}/${t}.${s}${q}`);
const scopes = fc.array(scope, { maxLength: 5 });

/** Whether some scope of the list lets do this to a resource that meets `met` and no other query. */
function allows(
  list: readonly string[],
  at: string,
  resource: string,
  letter: string,
  met: string | undefined,
): boolean {
  return list.some((text) => {
    const parsed = parseScope(text);
    if (!parsed) return false;
    return (
      parsed.level === at &&
      (parsed.type === "*" || parsed.type === resource) &&
      parsed.interactions.some((one) => one === letter) &&
      (parsed.query === undefined || parsed.query === met)
    );
  });
}

const probe = fc.tuple(
  level,
  fc.constantFrom("Patient", "Observation", "DocumentReference", "Encounter"),
  fc.constantFrom("c", "r", "u", "d", "s"),
  fc.constantFrom(undefined, "category=clinical-note", "status=final"),
);

describe("granting scopes", () => {
  it("allows exactly what was both asked and registered, for a resource that meets at most one query", () => {
    fc.assert(
      fc.property(scopes, scopes, probe, (asked, registered, [at, resource, letter, met]) => {
        const granted = grantScopes(asked, registered);
        const both = allows(asked, at, resource, letter, met) && allows(registered, at, resource, letter, met);
        assert.equal(allows(granted, at, resource, letter, met), both);
      }),
    );
  });

  it("keeps the names of what is granted whole, and drops launch scopes that are not registered", () => {
    assert.deepEqual(grantScopes(["patient/*.read", "launch", "openid"], ["patient/*.rs", "launch"]), [
      "patient/*.read",
      "launch",
    ]);
  });

  it("reads no scope out of what is none", () => {
    for (const text of [
      "patient/*.dus",
      "patient/*.",
      "patient/patient.r",
      "launch/patient",
      "user/*.rs?",
      "admin/*.r",
    ]) {
      assert.equal(parseScope(text), undefined, text);
    }
  });
});
