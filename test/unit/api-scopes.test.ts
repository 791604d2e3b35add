/** SMART scopes of systems at our own FHIR side (SMART 2.2, "Scopes"). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { allowedOf, grantsFor, isMetWhole, parseFhirScope } from "../../src/core/smart/api-scopes.ts";
import { meetsAll } from "../../src/core/smart/search-conditions.ts";

const rightsOf = (scope: string): string => parseFhirScope(scope)?.rights ?? "";

describe("a scope", () => {
  test("of version 1 says what its letters of version 2 say", () => {
    assert.deepEqual(
      ["read", "write", "*"].map((word) => rightsOf(`system/Task.${word}`)),
      ["rs", "cud", "cruds"],
    );
  });

  test("is none with its letters out of order, without any, for a user or a patient, or of another form", () => {
    for (const wrong of ["system/Task.sr", "system/Task.", "user/Task.rs", "patient/Task.rs", "system/task.rs", "fhir"])
      assert.equal(parseFhirScope(wrong), undefined, wrong);
  });

  test("meets what its type and letters say, a condition only in part", () => {
    const need = { type: "Task", right: "r" } as const;
    assert.equal(isMetWhole(new Set(["system/*.rs"]), need), true);
    assert.equal(isMetWhole(new Set(["system/Task.cud", "system/Bundle.r"]), need), false);
    const conditional = new Set(["system/Task.r?patient=Patient/1"]);
    assert.equal(isMetWhole(conditional, need), false);
    assert.deepEqual(grantsFor(conditional, need)[0]?.conditions, [["patient", "Patient/1"]]);
  });
});

describe("what is granted of what is asked for", () => {
  const granted = (asked: string, ...registered: readonly string[]) => allowedOf(asked, new Set(registered));

  test("is the same, a part, or nothing", () => {
    assert.deepEqual(granted("system/Task.rs", "system/*.rs"), ["system/Task.rs"]);
    assert.deepEqual(granted("system/Task.read", "system/*.cruds"), ["system/Task.read"]);
    assert.deepEqual(granted("system/*.cruds", "system/Task.rs"), ["system/Task.rs"]);
    assert.deepEqual(granted("system/Task.cud", "system/Task.rs"), []);
    assert.deepEqual(granted("jobs:read", "jobs:write"), []);
  });

  test("carries the conditions of both", () => {
    assert.deepEqual(granted("system/Task.rs", "system/Task.rs?patient=1"), ["system/Task.rs?patient=1"]);
    assert.deepEqual(granted("system/Task.rs?status=completed", "system/*.rs"), ["system/Task.rs?status=completed"]);
  });

  test("under `fhir` work needs jobs:write besides, as it does without SMART scopes", () => {
    assert.deepEqual(granted("system/Task.cr", "fhir"), ["system/Task.r"]);
    assert.deepEqual(granted("system/Task.cr", "fhir", "jobs:write"), ["system/Task.cr"]);
    assert.deepEqual(granted("system/DocumentReference.rs", "jobs:read"), []);
  });

  test("is never more than was asked for, and never more than is registered", () => {
    const letters = fc.subarray(["c", "r", "u", "d", "s"], { minLength: 1 }).map((some) => some.join(""));
    const scope = fc
      .tuple(fc.constantFrom("*", "Task", "Bundle"), letters)
      .map(([type, some]) => `system/${type}.${some}`);
    fc.assert(
      fc.property(scope, fc.array(scope, { maxLength: 4 }), (asked, registered) => {
        for (const given of allowedOf(asked, new Set(registered)))
          for (const type of ["Task", "Bundle", "Patient"])
            for (const right of ["c", "r", "u", "d", "s"] as const) {
              const need = { type, right };
              if (!isMetWhole(new Set([given]), need)) continue;
              assert.ok(isMetWhole(new Set([asked]), need), `${given} is more than ${asked}`);
              assert.ok(isMetWhole(new Set(registered), need), `${given} is more than ${registered.join(" ")}`);
            }
      }),
    );
  });
});

describe("conditions", () => {
  const document = {
    resourceType: "DocumentReference",
    status: "current",
    type: { coding: [{ system: "http://loinc.org", code: "18842-5" }] },
    subject: { reference: "https://ehr.test/fhir/Patient/1" },
    context: { encounter: [{ reference: "https://ehr.test/fhir/Encounter/9" }] },
  };
  const met = (query: string): boolean => meetsAll(document, [...new URLSearchParams(query)]);

  test("hold by reference and token, in every form that a search knows", () => {
    for (const query of [
      "patient=1",
      "patient=Patient/1",
      "patient=https://ehr.test/fhir/Patient/1",
      "patient=2,1",
      "type=18842-5",
      "type=http://loinc.org|18842-5",
      "encounter=Encounter/9&status=current",
    ])
      assert.equal(met(query), true, query);
  });

  test("do not hold for others, and never where it is not known what they ask", () => {
    for (const query of [
      "patient=11",
      "patient=Group/1",
      "patient=https://elsewhere.test/fhir/Patient/1",
      "type=http://snomed.info/sct|18842-5",
      "patient=1&status=superseded",
      "author=x",
      "patient:identifier=1",
      "_security=R",
    ])
      assert.equal(met(query), false, query);
  });
});
