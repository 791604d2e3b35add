/** What a person is told where the EHR granted less than was asked for (SMART 2.2, "granted scopes"). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { chartTypes, defaultLaunchScopes, fileTypes, requestedScopes } from "../../src/core/smart/default-scopes.ts";
import { wordingOf } from "../../src/core/language/wording.ts";
import type { SessionAccess } from "../../src/core/smart/session-limits.ts";
import { sessionLimits, unreadable } from "../../src/core/smart/session-limits.ts";

const whole: SessionAccess = {
  signedIn: true,
  granted: defaultLaunchScopes,
  knownUser: true,
  maySign: true,
  needsRole: true,
  systemReads: false,
  filesAsUser: true,
};
const told = (changes: Partial<SessionAccess>): string => sessionLimits({ ...whole, ...changes }).join(" ");
const without = (pattern: RegExp): string =>
  defaultLaunchScopes
    .split(" ")
    .filter((scope) => !pattern.test(scope))
    .join(" ");

describe("what a session cannot do", () => {
  it("is nothing where all is granted that was asked for, in either version, or nothing is said of scopes [smart 147]", () => {
    for (const granted of [defaultLaunchScopes, requestedScopes(defaultLaunchScopes, ["permission-v1"]), undefined])
      assert.equal(told({ granted }), "");
  });

  it("is said in the hospital's language", () => {
    const german = sessionLimits({ ...whole, granted: without(/AllergyIntolerance/u) }, wordingOf("de"));
    assert.deepEqual(german, [
      "Das KIS lässt diesen Dienst in Ihrem Namen nicht lesen: Allergien. Ein Entwurf mit Ihrer Anmeldung sagt darüber nichts; bitte im KIS nachsehen.",
    ]);
  });

  it("names in words what cannot be read, and what follows for the draft or for its evidence [smart 147]", () => {
    const granted = without(/AllergyIntolerance|MedicationRequest/u);
    assert.match(
      told({ granted }),
      /allergies, medication orders\. A draft .* says nothing about them; check the EHR/u,
    );
    assert.match(told({ granted, systemReads: true }), /allergies, medication orders\. Evidence .* cannot be opened/u);
    assert.match(told({ granted: "launch openid fhirUser user/Practitioner.r" }), /any of the chart/u);
  });

  it("counts a type that may be read and not searched as one that is not read", () => {
    assert.deepEqual(unreadable(`${without(/Observation/u)} patient/Observation.r`), [
      "vital signs and laboratory results",
    ]);
  });

  it("is signing, where the EHR hides who it is or which role they have", () => {
    assert.match(told({ knownUser: false, maySign: false }), /did not say who you are.*edit or sign/u);
    const granted = without(/PractitionerRole/u);
    assert.match(told({ granted, maySign: false }), /see your role\. You cannot sign here/u);
    assert.equal(told({ granted, maySign: false, needsRole: false }), "");
  });

  it("is filing in the user's name, where documents may not be written; with our own credential it is not", () => {
    const granted = without(/DocumentReference\.cu/u);
    assert.match(told({ granted }), /file documents in your name\. What you sign stays here/u);
    assert.equal(told({ granted, filesAsUser: false }), "");
    const createOnly = `${granted} user/DocumentReference.c`;
    assert.match(told({ granted: createOnly }), /Corrections of a signed summary stay here/u);
  });

  it("is everything at the EHR once its sign-in has ended, and then no scope is spoken of", () => {
    const sentences = sessionLimits({ ...whole, signedIn: false, granted: undefined });
    assert.equal(sentences.length, 1);
    assert.match(sentences[0] ?? "", /sign-in at the EHR has ended.*open the summary from the EHR again/u);
  });

  it("of reading grows with each type that is taken away, and never names a FHIR type", () => {
    fc.assert(
      fc.property(fc.subarray([...chartTypes]), (kept) => {
        const granted = ["launch", "patient/Basic.rs", ...kept.map((type) => `patient/${type}.rs`)].join(" ");
        const words = unreadable(granted);
        assert.equal(words.length, chartTypes.length - kept.length + fileTypes.length);
        assert.ok(words.every((word) => !/[A-Z][a-z]+[A-Z]/u.test(word)));
      }),
    );
  });
});
