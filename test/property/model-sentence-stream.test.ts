/** However a provider cuts its answer, the reader finds the same sentences, and their text in the same order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { AdapterError } from "../../src/core/errors.ts";
import type { SentenceEvent } from "../../src/generation/model/sentence-stream.ts";
import { createSentenceStream } from "../../src/generation/model/sentence-stream.ts";

function read(answer: string, cuts: readonly number[]): readonly SentenceEvent[] {
  const stream = createSentenceStream();
  const places = [0, ...cuts.map((cut) => cut % (answer.length + 1)), answer.length].sort((a, b) => a - b);
  const events = places.slice(1).flatMap((end, index) => stream.push(answer.slice(places[index], end)));
  stream.end();
  return events;
}

const text = fc.string({ unit: "grapheme", maxLength: 60 });
const sentences = fc.array(
  fc.record({ text, factIds: fc.array(fc.string({ maxLength: 6 }), { maxLength: 4 }) }, { noNullPrototype: true }),
  {
    maxLength: 8,
  },
);
const cuts = fc.array(fc.nat(), { maxLength: 40 });

describe("createSentenceStream", () => {
  it("finds every sentence, whatever stands in it and wherever the answer is cut", () => {
    fc.assert(
      fc.property(sentences, cuts, fc.constantFrom(undefined, 2), (expected, where, indent) => {
        const events = read(JSON.stringify({ sentences: expected }, null, indent), where);
        assert.deepEqual(
          events.flatMap((event) => (event.kind === "sentence" ? [event.sentence] : [])),
          expected,
        );
      }),
    );
  });

  it("tells each sentence's text before the sentence, once and whole", () => {
    fc.assert(
      fc.property(sentences, cuts, (expected, where) => {
        let told = "";
        for (const event of read(JSON.stringify({ sentences: expected }), where)) {
          if (event.kind === "text") told += event.text;
          else {
            assert.equal(told, event.sentence.text);
            told = "";
          }
        }
      }),
    );
  });

  it("never cuts a character in two", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), (where) => {
        const answer = JSON.stringify({
          sentences: [{ text: 'caf\u00e9 \u{1F9E0}\u{1F9E0} "quoted" \\ done', factIds: [] }],
        });
        for (const event of read(answer, where))
          if (event.kind === "text") assert.ok(event.text.isWellFormed(), event.text);
      }),
    );
  });

  it("takes no answer that is cut short, padded with prose, or of another shape", () => {
    const whole = JSON.stringify({ sentences: [{ text: "One.", factIds: ["f1"] }] });
    const bad = [
      whole.slice(0, -1),
      whole.slice(0, 20),
      "",
      "{}",
      `Sure! ${whole}`,
      `${whole}${whole}`,
      '{"sentences":[{"text":1,"factIds":[]}]}',
      '{"sentences":["One."]}',
    ];
    for (const answer of bad) {
      assert.throws(
        () => read(answer, []),
        (error) => error instanceof AdapterError && error.code === "model_failed" && error.cause === undefined,
        answer,
      );
    }
  });

  it("stops a sentence without end", () => {
    const stream = createSentenceStream();
    assert.throws(() => {
      stream.push('{"sentences":[{"text":"');
      for (let piece = 0; piece < 100; piece += 1) stream.push("word ".repeat(40));
    }, AdapterError);
  });
});
