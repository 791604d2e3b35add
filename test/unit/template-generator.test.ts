/** The template engine behind its port: order of events, finished sections, abort, verification. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sectionIds } from "../../src/core/summary/sections.ts";
import type { GenerationEvent, GenerationRequest, GenerationResult } from "../../src/generation/summary-generator.ts";
import { createTemplateGenerator } from "../../src/generation/template/template-generator.ts";
import { chartOf, diagnosis, sectionsOf, timeZone } from "../support/stay-chart.ts";
import { us } from "../support/jurisdictions.ts";

const chart = chartOf([diagnosis("c", "Sepsis")]);

function requestOf(more: Partial<GenerationRequest> = {}): GenerationRequest {
  return {
    chart,
    options: { timeZone, language: "en", jurisdiction: us },
    finished: [],
    signal: new AbortController().signal,
    requestId: "r",
    ...more,
  };
}

async function run(
  request: GenerationRequest,
): Promise<{ readonly events: readonly GenerationEvent[]; readonly result: GenerationResult }> {
  const generation = createTemplateGenerator().generate(request);
  const events: GenerationEvent[] = [];
  for (;;) {
    const next = await generation.next();
    if (next.done === true) return { events, result: next.value };
    events.push(next.value);
  }
}

const sectionsIn = (events: readonly GenerationEvent[]) =>
  events.flatMap((event) => (event.kind === "section" ? [event.section] : []));

describe("template engine", () => {
  it("names its steps and yields each section once, in reading order, verified", async () => {
    const { events, result } = await run(requestOf());
    assert.deepEqual(
      events.flatMap((event) => (event.kind === "step" ? [event.step] : [])),
      ["structuring", "writing", "verifying"],
    );
    assert.deepEqual(
      sectionsIn(events).map(({ id }) => id),
      sectionIds,
    );
    assert.ok(
      sectionsIn(events)
        .flatMap(({ sentences }) => sentences)
        .every(({ verified }) => verified),
    );
    assert.deepEqual(result, { engine: "template", droppedSentences: 0 });
  });

  it("does not redo a section that an earlier attempt finished", async () => {
    const finished = sectionsOf([]).slice(0, 4);
    const { events } = await run(requestOf({ finished }));
    assert.deepEqual(
      sectionsIn(events).map(({ id }) => id),
      sectionIds.slice(4),
    );
  });

  it("stops between two sections when the signal aborts, with the signal's reason", async () => {
    const controller = new AbortController();
    const generation = createTemplateGenerator().generate(requestOf({ signal: controller.signal }));
    for (let count = 0; count < 4; count += 1) await generation.next();
    const reason = new Error("cancelled by a person");
    controller.abort(reason);
    await assert.rejects(generation.next(), reason);
  });

  it("writes the same bytes in every run", async () => {
    assert.equal(JSON.stringify((await run(requestOf())).events), JSON.stringify((await run(requestOf())).events));
  });
});
