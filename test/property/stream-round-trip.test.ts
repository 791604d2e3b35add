/** What the server writes as a stream is what the page's reader reads, whatever the text holds and however it is cut. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { frame, jobEventFrame, keepAlive } from "../../src/core/sse/frame.ts";
import { createCursors } from "../../src/core/cursor/cursor.ts";
import { createParser } from "../../src/pages/browser/event-stream.js";
import { applyEvent, emptyDraft } from "../../src/pages/browser/live-draft.js";
import type { JobEvent } from "../../src/core/event/event.ts";

interface Read {
  readonly type: string;
  readonly id: string;
  readonly data: string;
}

/** Cuts bytes at the given places and decodes them as a browser does. */
function readInPieces(text: string, cuts: readonly number[]): Read[] {
  const bytes = Buffer.from(text);
  const events: Read[] = [];
  const parse = createParser(
    (event) => events.push(event),
    () => undefined,
  );
  const decoder = new TextDecoder();
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  for (let index = 1; index < places.length; index += 1) {
    parse(decoder.decode(bytes.subarray(places[index - 1], places[index]), { stream: true }));
  }
  return events;
}

const anyText = fc.string({ unit: "binary", maxLength: 60 });
const awkward = fc.oneof(
  anyText,
  fc.constantFrom(
    "\n\nevent: task.completed\ndata: {}\n\n",
    "\r",
    "\r\n",
    "a\r\rb",
    "\u2028",
    "\u0000",
    "\uD800",
    ": keep-alive",
  ),
);

describe("a stream", () => {
  it("carries any draft text unchanged and forges no event", () => {
    fc.assert(
      fc.property(fc.array(awkward, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (texts, cuts) => {
        const events = texts.map((text, index): JobEvent => ({
          id: `evt_${index}`,
          tenant: "t",
          job: "j",
          sequence: index + 1,
          type: "draft.delta",
          time: "2026-03-17T10:00:00Z",
          source: "https://a.example/tenants/t",
          data: { section: "course", attempt: 1, text },
        }));
        const read = readInPieces(events.map((event) => jobEventFrame(event) + keepAlive).join(""), cuts);
        assert.deepEqual(
          read.map(({ type, id }) => [type, id]),
          events.map(({ type, sequence }) => [type, `j:${sequence}`]),
        );
        assert.deepEqual(
          read.map(({ data }) => (JSON.parse(data) as { data: { text: string } }).data.text),
          texts,
        );
      }),
    );
  });

  it("joins data lines of raw text with LF, and loses nothing else", () => {
    fc.assert(
      fc.property(awkward, fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
        const [event] = readInPieces(frame({ data: text }), cuts);
        assert.equal(event?.data, Buffer.from(text.replaceAll(/\r\n|\r/gu, "\n")).toString());
      }),
    );
  });
});

describe("the live draft", () => {
  const event = fc.record({
    type: fc.constantFrom("draft.delta", "draft.reset", "draft.section", "task.progress"),
    attempt: fc.integer({ min: 1, max: 3 }),
    text: fc.string({ maxLength: 5 }),
  });
  const section = { id: "course", code: "", title: "", status: "documented", sentences: [] } as const;

  it("never touches a finished section again, and never goes back to an older attempt", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let draft = emptyDraft;
        let finished: unknown;
        let attempt = 0;
        for (const { type, ...data } of events) {
          draft = applyEvent(draft, type, {
            section: "course",
            state: "finished",
            content: { ...section, sentences: [] },
            ...data,
          });
          const now = draft.get("course");
          if (finished !== undefined) assert.equal(now, finished);
          if (now?.content !== undefined) finished = now;
          assert.ok((now?.attempt ?? 0) >= attempt);
          attempt = now?.attempt ?? 0;
        }
      }),
    );
  });
});

describe("a cursor", () => {
  const cursors = createCursors(Buffer.alloc(32, 7));
  const context = fc.record({
    kind: fc.constantFrom("jobs" as const, "feed" as const),
    tenant: fc.string({ maxLength: 8 }),
    scope: fc.string({ maxLength: 8 }),
  });

  it("opens for its own tenant, kind and search, and for nothing else", () => {
    fc.assert(
      fc.property(context, context, fc.string({ maxLength: 20, unit: "grapheme" }), (own, other, value) => {
        const cursor = cursors.seal(own, value);
        assert.equal(cursors.open(own, cursor, "cursor"), value);
        if (JSON.stringify(own) !== JSON.stringify(other))
          assert.throws(() => cursors.open(other, cursor, "cursor"), { code: "parameter_invalid" });
      }),
    );
  });

  it("does not survive the change of any one character", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 20 }),
        fc.nat(),
        fc.constantFrom("A", "B", "-", "."),
        (value, place, letter) => {
          const own = { kind: "feed", tenant: "t" } as const;
          const cursor = cursors.seal(own, value);
          const at = place % cursor.length;
          const changed = cursor.slice(0, at) + letter + cursor.slice(at + 1);
          if (changed === cursor) return;
          let opened: string | undefined;
          try {
            opened = cursors.open(own, changed, "cursor");
          } catch {
            return;
          }
          // The last characters of a base64url text hold spare bits: another spelling of the same bytes is the same cursor.
          assert.equal(opened, value);
        },
      ),
    );
  });
});
