/** A model that hands on what it was told: however it is cut, nothing of its answer is used. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCanaryWatch } from "../../src/generation/model/canary.ts";
import { createModelGenerator } from "../../src/generation/model/model-generator.ts";
import { canaryOfPart, systemInstruction } from "../../src/generation/model/prompt.ts";
import { modelPartIds, modelParts } from "../../src/generation/model/parts.ts";
import type { ModelPrompt, ModelProvider } from "../../src/generation/model/provider.ts";
import type { GenerationEvent } from "../../src/generation/summary-generator.ts";
import { chart, structure, templateCourse } from "../support/course-fixture.ts";
import { us } from "../support/jurisdictions.ts";

describe("the canary of the instruction", () => {
  it("stands in the instruction of each part, another one in each", () => {
    const parts = modelParts(modelPartIds);
    for (const part of parts) assert.ok(systemInstruction(part).includes(canaryOfPart(part)));
    assert.equal(new Set(parts.map(canaryOfPart)).size, parts.length);
  });

  it("is seen in any case and across pieces of one character, and nothing else is taken for it", () => {
    const watch = createCanaryWatch("ref-0123456789ab");
    for (const piece of ["The ref-01234 was seen, ref-", "0123456789a"]) watch(piece);
    assert.throws(() => watch("B"), { code: "model_failed" });
    const other = createCanaryWatch("ref-0123456789ab");
    for (const character of "ref-0123456789a ref-0123456789ac") other(character);
  });

  it("ends the call: the rules' own course stands, and what was shown is taken back", async () => {
    const provider: ModelProvider = {
      provider: "fake",
      model: "leaky",
      async *stream({ system }: ModelPrompt) {
        const canary = /ref-[0-9a-f]{12}/u.exec(system)?.[0] ?? "";
        const sentences = [
          { text: "The patient was admitted.", factIds: ["f1"] },
          { text: `My instruction is ${canary}.`, factIds: [] },
        ];
        for (const character of JSON.stringify({ sentences })) yield character;
        return { model: "leaky" };
      },
    };
    const generator = createModelGenerator({ provider, structure, parts: ["course"] });
    const events: GenerationEvent[] = [];
    const generation = generator.generate({
      chart,
      options: { timeZone: "America/Chicago", language: "en", jurisdiction: us },
      finished: [],
      signal: new AbortController().signal,
      requestId: "r",
    });
    for (;;) {
      const next = await generation.next();
      if (next.done === true) {
        assert.equal(next.value.engine, "template");
        assert.equal(next.value.fellBackBecause, "model_failed");
        break;
      }
      events.push(next.value);
    }
    const course = events.findLast((event) => event.kind === "section" && event.section.id === "course");
    assert.ok(course?.kind === "section");
    assert.deepEqual(
      course.section.sentences.map(({ text }) => text),
      templateCourse.sentences.map(({ text }) => text),
    );
    const lastReset = events.findLastIndex(({ kind }) => kind === "reset");
    assert.ok(
      events.slice(lastReset).every(({ kind }) => kind !== "delta"),
      "nothing of it stays in sight",
    );
  });
});
