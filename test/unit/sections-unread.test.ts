/** "Not documented" is said of what was looked at; what could not be read is named. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unreadSentence } from "../../src/core/sections/unread.ts";

describe("a section that found nothing", () => {
  const granted = "the EHR did not grant it";

  it("names in words what it rests on and could not be read, wholly or in part", () => {
    const gaps = [`AllergyIntolerance: ${granted}`, "Observation: only the first 2000 were read"];
    assert.equal(unreadSentence("allergies", gaps), "Not or not all read from the EHR: allergies.");
    assert.equal(
      unreadSentence("results", gaps),
      "Not or not all read from the EHR: vital signs and laboratory results.",
    );
  });

  it("says so where nothing could be read at all, and the hook's data had to do", () => {
    const gaps = ["All: the EHR refused our backend access; the hook's data were used"];
    assert.match(unreadSentence("allergies", gaps) ?? "", /could not be asked: only what came with its call/u);
  });

  it("says nothing of what it does not rest on, and of gaps that name no type", () => {
    assert.equal(unreadSentence("allergies", [`Appointment: ${granted}`, "labs: not in the prefetch"]), undefined);
    assert.equal(unreadSentence("allergies", []), undefined);
  });
});
