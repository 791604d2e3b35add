/** Diffs and histories of summaries, for every text: both sides can be had back, and no change of the past goes unseen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { PresentSummary, SummaryAct } from "../../src/core/summary/history.ts";
import { chainOf, changesSinceDraft, sectionChanges, verifyHistory } from "../../src/core/summary/history.ts";
import { sha256 } from "../../src/core/summary/canonical.ts";
import { mergeEdit } from "../../src/core/summary/merge-edit.ts";
import type { Section } from "../../src/core/summary/summary.ts";
import { textAfter, textBefore, textDiff } from "../../src/core/summary/text-diff.ts";

const words = fc.constantFrom(
  "Potassium",
  "4.1",
  "5.9",
  "mmol/L",
  "stable.",
  "Entlassung",
  "mit",
  "Fieber,",
  "\u00e4\u{1F9EA}",
  "daily",
);
const text = fc
  .array(
    fc.array(words, { maxLength: 8 }).map((line) => line.join(" ")),
    { maxLength: 6 },
  )
  .map((lines) => lines.join("\n"));

test("a diff gives both texts back byte for byte, and its neighbours are of different kinds", () => {
  fc.assert(
    fc.property(
      fc.oneof(text, fc.string({ unit: "grapheme" })),
      fc.oneof(text, fc.string({ unit: "grapheme" })),
      (before, after) => {
        const parts = textDiff(before, after);
        assert.equal(textBefore(parts), before);
        assert.equal(textAfter(parts), after);
        for (const [index, { op, text: said }] of parts.entries()) {
          assert.notEqual(said, "");
          assert.notEqual(op, parts[index + 1]?.op);
        }
      },
    ),
  );
});

test("a changed number stands alone in the diff: the rest of its sentence is the same", () => {
  assert.deepEqual(textDiff("Potassium 4.1 mmol/L at discharge.", "Potassium 5.9 mmol/L at discharge."), [
    { op: "same", text: "Potassium " },
    { op: "removed", text: "4.1" },
    { op: "added", text: "5.9" },
    { op: "same", text: " mmol/L at discharge." },
  ]);
});

test("two long texts without anything in common are told apart at once", () => {
  const long = (word: string): string => Array.from({ length: 4000 }, (_, index) => `${word}${index}`).join(" ");
  const begun = performance.now();
  const parts = textDiff(long("a"), long("b"));
  assert.deepEqual(
    parts.map(({ op }) => op),
    ["removed", "added"],
  );
  assert.ok(performance.now() - begun < 2000);
});

const section = (id: Section["id"], said: string): Section => ({
  id,
  code: "x",
  title: id,
  status: said === "" ? "not-documented" : "documented",
  sentences: said
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => ({ id: `${id}.${index + 1}`, text: line, origin: "template", verified: true, evidence: [] })),
});

interface Life {
  readonly acts: readonly SummaryAct[];
  readonly drafted: readonly Section[];
  readonly present: readonly Section[];
}

/** A draft, its edits and its signature, as jobs/ writes them. */
function lifeOf(drafts: readonly string[], edits: readonly string[]): Life {
  const drafted = [section("reason", drafts[0] ?? ""), section("course", drafts[1] ?? "")];
  let present: readonly Section[] = drafted;
  const acts: SummaryAct[] = [];
  const add = (act: SummaryAct["act"], next: readonly Section[]): void => {
    const done = {
      act,
      number: acts.length + 1,
      version: 1,
      revision: acts.length + 1,
      docStatus: act === "sign" ? ("final" as const) : ("preliminary" as const),
      at: "2026-03-18T10:00:00.000Z",
      by: { kind: "practitioner", id: "Practitioner/7" },
      sha256: sha256(next),
      previous: acts.at(-1)?.chain ?? "",
      details: { sections: sectionChanges(present, next) },
    };
    acts.push({ ...done, chain: chainOf("job", done) });
    present = next;
  };
  add("draft", drafted);
  for (const [index, edit] of edits.entries()) {
    const at = index % 2;
    add(
      "edit",
      present.map((known, place) => (place === at ? mergeEdit(known, edit) : known)),
    );
  }
  add("sign", present);
  return { acts, drafted, present };
}

const life = fc.tuple(fc.array(text, { minLength: 2, maxLength: 2 }), fc.array(text, { minLength: 1, maxLength: 6 }));
/** The row as the last act left it. */
const presentOf = (sections: readonly Section[], revision: number): PresentSummary => ({
  version: 1,
  revision,
  docStatus: "final",
  sections,
  sha256: sha256(sections),
});
const stands = ({ acts, present }: Life, edited: number): boolean =>
  verifyHistory("job", acts, presentOf(present, edited)).ok;

test("a history as it was written holds, and gives the draft's text back", () => {
  fc.assert(
    fc.property(life, ([drafts, edits]) => {
      const whole = lifeOf(drafts, edits);
      assert.ok(stands(whole, whole.acts.length));
      for (const { id, diff } of changesSinceDraft(whole.acts, whole.present)) {
        const drafted = whole.drafted.find((known) => known.id === id);
        assert.equal(textBefore(diff), drafted?.sentences.map((sentence) => sentence.text).join("\n"));
      }
    }),
  );
});

test("no act can be changed, left out, put elsewhere or be another job's, and the text is the last act's", () => {
  fc.assert(
    fc.property(
      life,
      fc.nat(),
      fc.constantFrom("by", "sha256", "at", "details", "drop", "swap"),
      ([drafts, edits], pick, how) => {
        const whole = lifeOf(drafts, edits);
        const at = pick % whole.acts.length;
        const victim = whole.acts[at];
        assert.ok(victim !== undefined);
        const forged: Record<string, readonly SummaryAct[]> = {
          by: whole.acts.with(at, { ...victim, by: { kind: "practitioner", id: "Practitioner/8" } }),
          sha256: whole.acts.with(at, { ...victim, sha256: "0".repeat(64) }),
          at: whole.acts.with(at, { ...victim, at: "2026-03-18T11:00:00.000Z" }),
          details: whole.acts.with(at, { ...victim, details: { ...victim.details, reason: "another" } }),
          drop: whole.acts.toSpliced(at, 1),
          swap: whole.acts.toReversed(),
        };
        assert.equal(stands({ ...whole, acts: forged[how] ?? [] }, whole.acts.length), false, how);
        assert.equal(verifyHistory("other", whole.acts, presentOf(whole.present, whole.acts.length)).ok, false);
        const altered = whole.present.with(0, section("reason", "Altered in the database."));
        assert.deepEqual(verifyHistory("job", whole.acts, presentOf(altered, whole.acts.length)), {
          ok: false,
          acts: whole.acts.length,
          at: whole.acts.length + 1,
          problem: "end",
        });
      },
    ),
  );
});
