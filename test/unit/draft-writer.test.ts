/** Draft text is coalesced (design, section 2: about 50 ms or 256 characters) and always adds up to the section's own text. */
import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import * as fc from "fast-check";
import type { SectionId } from "../../src/core/summary/summary.ts";
import type { NewEvent } from "../../src/events/event-log.ts";
import { DraftWriter } from "../../src/jobs/draft-writer.ts";

function writer(fail?: Error): {
  readonly draft: DraftWriter;
  readonly events: NewEvent[];
  readonly failures: unknown[];
} {
  const events: NewEvent[] = [];
  const failures: unknown[] = [];
  const append = async (added: readonly NewEvent[]): Promise<void> => {
    if (fail !== undefined) throw fail;
    events.push(...added);
  };
  return {
    draft: new DraftWriter({ append, attempt: 2, onFailure: (error) => failures.push(error) }),
    events,
    failures,
  };
}

const shown = (events: readonly NewEvent[]): ReadonlyMap<unknown, string> => {
  const text = new Map<unknown, string>();
  for (const { type, data } of events) {
    if (type === "draft.reset") text.delete(data["section"]);
    else text.set(data["section"], (text.get(data["section"]) ?? "") + String(data["text"]));
  }
  return text;
};

describe("draft writer", () => {
  test("small pieces wait for 50 ms and go out as one", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const { draft, events } = writer();
      await draft.delta("reason", "Admitted ");
      await draft.delta("reason", "with pneumonia.");
      assert.deepEqual(events, []);
      mock.timers.tick(50);
      await draft.flush();
      assert.deepEqual(events, [
        { type: "draft.delta", data: { section: "reason", attempt: 2, text: "Admitted with pneumonia." } },
      ]);
    } finally {
      mock.timers.reset();
    }
  });

  test("256 characters go out at once", async () => {
    const { draft, events } = writer();
    await draft.delta("course", "x".repeat(255));
    assert.equal(events.length, 0);
    await draft.delta("course", "x");
    assert.equal(events.length, 1);
    draft.stop();
  });

  test("another section's text pushes out what came before", async () => {
    const { draft, events } = writer();
    await draft.delta("reason", "One.");
    await draft.delta("course", "Two.");
    await draft.flush();
    assert.deepEqual(
      events.map((event) => event.data["section"]),
      ["reason", "course"],
    );
  });

  test("a write that fails on the timer is told of, and later writes fail too", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const gone = new Error("gone");
      const { draft, failures } = writer(gone);
      await draft.delta("reason", "One.");
      mock.timers.tick(50);
      await Promise.resolve();
      await assert.rejects(draft.flush(), gone);
      assert.deepEqual(failures, [gone]);
      await assert.rejects(draft.reset("reason"), gone);
    } finally {
      mock.timers.reset();
    }
  });

  test("whatever is written, dropped and reset, a reader ends up with the finished section's text", async () => {
    const section = fc.constantFrom<SectionId>("reason", "course");
    const step = fc.oneof(
      fc.record({ kind: fc.constant("delta" as const), section, text: fc.string({ maxLength: 300 }) }),
      fc.record({ kind: fc.constant("reset" as const), section }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.string(),
        fc.boolean(),
        async (steps, final, keepShown) => {
          const { draft, events } = writer();
          for (const each of steps)
            await (each.kind === "delta" ? draft.delta(each.section, each.text) : draft.reset(each.section));
          await draft.flush();
          for (const id of ["reason", "course"] as const) {
            const text = keepShown ? (shown(events).get(id) ?? "") : final;
            events.push(...draft.corrections(id, text));
            assert.equal(shown(events).get(id) ?? "", text);
            assert.deepEqual(draft.corrections(id, text), [], "said once");
          }
        },
      ),
    );
  });
});
