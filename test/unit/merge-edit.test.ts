import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { editableText, mergeEdit } from "../../src/core/summary/merge-edit.ts";
import type { Section } from "../../src/core/summary/summary.ts";
import { section } from "../support/adapter-heart.ts";

const course = section("course", "Treated with amoxicillin.", "Improved by day three.", "Aspirin 81 mg daily");
const shape = (edited: Section): readonly string[] =>
  edited.sentences.map((sentence) => `${sentence.origin}${sentence.verified ? "+" : "-"} ${sentence.text}`);

describe("a person's edit of a section", () => {
  test("text left as it was leaves the section as it was", () => {
    assert.equal(mergeEdit(course, editableText(course)), course);
    assert.equal(mergeEdit(course, `${editableText(course)}\n`), course);
  });

  test("a changed sentence becomes the person's own: unverified, without evidence; the others keep theirs", () => {
    const edited = mergeEdit(course, "Treated with doxycycline.\nImproved by day three.\nAspirin 81 mg daily");
    assert.deepEqual(shape(edited), [
      "person- Treated with doxycycline.",
      "template+ Improved by day three.",
      "template+ Aspirin 81 mg daily",
    ]);
    assert.deepEqual(edited.sentences[0]?.evidence, []);
    assert.deepEqual(edited.sentences[1], course.sentences[1]);
  });

  test("words added behind a sentence that has no full stop change its meaning, so it is no longer the engine's", () => {
    assert.deepEqual(shape(mergeEdit(course, "Aspirin 81 mg daily twice")), ["person- Aspirin 81 mg daily twice"]);
  });

  test("a sentence inside a longer word or clause is not found", () => {
    const stable = section("condition", "stable.");
    assert.deepEqual(shape(mergeEdit(stable, "Unstable.")), ["person- Unstable."]);
    assert.deepEqual(shape(mergeEdit(stable, "Not stable.")), ["person- Not stable."]);
    assert.deepEqual(shape(mergeEdit(stable, "Afebrile. stable.")), ["person- Afebrile.", "template+ stable."]);
  });

  test("sentences on one line and moved sentences are still the engine's", () => {
    const edited = mergeEdit(course, "Improved by day three. Treated with amoxicillin.");
    assert.deepEqual(shape(edited), ["template+ Improved by day three.", "template+ Treated with amoxicillin."]);
  });

  test("ids stay unique: a new sentence never takes over an old one's id", () => {
    const edited = mergeEdit(course, "New one.\nAspirin 81 mg daily\nAnother.");
    const ids = edited.sentences.map((sentence) => sentence.id);
    assert.deepEqual(ids, ["course.4", "course.3", "course.5"]);
  });

  test("an emptied section says so, and a filled one stops saying that nothing was found", () => {
    const emptied = mergeEdit(course, " \n ");
    assert.equal(emptied.status, "not-documented");
    assert.ok((emptied.lookedFor ?? "").length > 0);
    const filled = mergeEdit(emptied, "Uneventful.");
    assert.deepEqual(
      [filled.status, filled.lookedFor, shape(filled)],
      ["documented", undefined, ["person- Uneventful."]],
    );
  });

  test("the printed words of a section without findings, sent back unchanged, are no edit", () => {
    const { sentences: _, ...rest } = section("pending");
    const empty: Section = { ...rest, status: "not-documented", lookedFor: "Results without a value", sentences: [] };
    assert.equal(mergeEdit(empty, "Results without a value"), empty);
  });

  test("nothing a person writes is ever verified unless it stood there word for word before, and no word is lost", () => {
    const before = new Set(course.sentences.map((sentence) => sentence.text));
    const pieces = fc.array(fc.oneof(fc.constantFrom(...before), fc.string({ unit: "grapheme-ascii" })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(pieces, fc.constantFrom("\n", " "), (parts, glue) => {
        const text = parts.join(glue);
        const edited = mergeEdit(course, text);
        for (const sentence of edited.sentences) {
          if (sentence.verified || sentence.origin !== "person") assert.ok(before.has(sentence.text));
        }
        const words = (from: string): string => from.replaceAll(/\s+/gu, "");
        assert.equal(words(edited.sentences.map((sentence) => sentence.text).join("")), words(text));
        const ids = edited.sentences.map((sentence) => sentence.id);
        assert.equal(new Set(ids).size, ids.length);
      }),
    );
  });
});
