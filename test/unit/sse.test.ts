import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AdapterError } from "../../src/core/errors.ts";
import { frame, jobEventFrame, keepAlive, retryFrame } from "../../src/core/sse/frame.ts";
import { resumeAfter } from "../../src/core/sse/last-event-id.ts";
import { afterEvent, isOver, streamEndOf } from "../../src/core/sse/stream-end.ts";
import type { JobEvent } from "../../src/core/event/event.ts";

const event = (text: string): JobEvent => ({
  id: "evt_1",
  tenant: "general",
  job: "job-1",
  sequence: 7,
  type: "draft.delta",
  time: "2026-03-17T10:00:00.000Z",
  source: "https://adapter.example/tenants/general",
  data: { section: "course", attempt: 1, text },
});

describe("the stream's bytes (contract, section 5)", () => {
  it("writes event, id <job>:<sequence> and the envelope, and ends with a blank line", () => {
    const lines = jobEventFrame(event("Improved.")).split("\n");
    assert.deepEqual(lines.slice(0, 2), ["event: draft.delta", "id: job-1:7"]);
    assert.deepEqual(lines.slice(3), ["", ""]);
    const envelope = JSON.parse((lines[2] ?? "").replace(/^data: /u, ""));
    assert.equal(envelope.specversion, "1.0");
    assert.deepEqual(envelope.data, {
      tenant: "general",
      job: "job-1",
      jobSequence: 7,
      section: "course",
      attempt: 1,
      text: "Improved.",
    });
  });

  it("keeps the keep-alive and retry bytes exact", () => {
    assert.equal(keepAlive, ": keep-alive\n\n");
    assert.equal(retryFrame(2000), "retry: 2000\n\n");
  });

  for (const [name, end] of Object.entries({ LF: "\n", CR: "\r", CRLF: "\r\n" })) {
    it(`splits data at ${name} so that text forges no field`, () => {
      assert.equal(
        frame({ data: `a${end}event: task.completed${end}${end}b` }),
        "data: a\ndata: event: task.completed\ndata: \ndata: b\n\n",
      );
    });
  }

  it("refuses a line end or NUL in an event name or id", () => {
    for (const bad of ["a\nb", "a\rb", "a\u0000b"]) assert.throws(() => frame({ id: bad, data: "" }), RangeError);
  });

  it("keeps U+2028, NUL and emoji, and repairs lone surrogates to valid UTF-8", () => {
    const bytes = Buffer.from(jobEventFrame(event("a\u2028b\u0000c\u{1F600}d\uD800e")));
    const data = bytes.toString("utf8").split("\n")[2]?.slice(6) ?? "";
    assert.equal(
      JSON.parse(data).data.text.replace("\uFFFD", "?").replace("\uD800", "?"),
      "a\u2028b\u0000c\u{1F600}d?e",
    );
    assert.equal(Buffer.from(bytes.toString("utf8")).equals(bytes), true);
  });
});

describe("resuming (contract, section 5: SSE)", () => {
  it("starts at 0 without an id and behind the event named", () => {
    assert.equal(resumeAfter(undefined, "job-1", 9), 0);
    assert.equal(resumeAfter("", "job-1", 9), 0);
    assert.equal(resumeAfter("job-1:0", "job-1", 9), 0);
    assert.equal(resumeAfter("job-1:9", "job-1", 9), 9);
  });

  for (const bad of [
    "job-2:3",
    "job-1:10",
    "job-1:-1",
    "job-1:9223372036854775808",
    "job-1:abc",
    "3",
    "job-1:03",
    "job-1:1\r\nx: y",
    "job-1:1.5",
  ]) {
    it(`answers 400 to ${JSON.stringify(bad)}`, () => {
      assert.throws(
        () => resumeAfter(bad, "job-1", 9),
        (error) => error instanceof AdapterError && error.status === 400 && error.at === "Last-Event-ID",
      );
    });
  }
});

describe("the end of a stream", () => {
  const open = streamEndOf({ status: "in-progress" });
  it("comes with task.failed and task.cancelled alone", () => {
    assert.equal(isOver(open), false);
    assert.equal(isOver(afterEvent(open, "task.failed")), true);
    assert.equal(isOver(afterEvent(open, "task.cancelled")), true);
  });
  it("comes with task.completed and summary.ready, in either order, and not with one of them", () => {
    const completed = afterEvent(open, "task.completed");
    assert.equal(isOver(completed), false);
    assert.equal(isOver(afterEvent(completed, "summary.ready")), true);
    assert.equal(isOver(afterEvent(afterEvent(open, "summary.ready"), "task.completed")), true);
  });
  it("is known from the job when the client resumes behind it, whatever the log went on with", () => {
    assert.equal(isOver(streamEndOf({ status: "completed", summary: {} })), true);
    assert.equal(isOver(streamEndOf({ status: "completed" })), false);
    assert.equal(isOver(streamEndOf({ status: "failed" })), true);
    assert.equal(isOver(afterEvent(streamEndOf({ status: "completed", summary: {} }), "summary.signed")), true);
  });
});
