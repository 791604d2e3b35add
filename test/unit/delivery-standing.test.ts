/** What `explain` says of a delivery now and next, of each state and of each thing that holds a delivery up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { span, standingOf } from "../../src/cli/explain/standing.ts";
import { lifeText } from "../../src/cli/explain/text.ts";
import type { RemoteDelivery, RemoteEndpoint, RemoteLife } from "../../src/cli/remote/shapes.ts";

const nowMs = Date.parse("2026-03-17T10:00:00.000Z");
const at = (ms: number): string => new Date(nowMs + ms).toISOString();

const delivery = (changes: Partial<RemoteDelivery> = {}): RemoteDelivery => ({
  id: "his:41",
  endpoint: "his",
  endpointSequence: 41,
  event: "evt_1",
  type: "summary.signed",
  subject: "job/1",
  sequence: 7,
  state: "pending",
  attempts: 1,
  code: "http_503",
  dueAt: at(10_000),
  createdAt: at(-60_000),
  ...changes,
});

const endpoint = (changes: Partial<RemoteEndpoint> = {}): RemoteEndpoint => ({
  id: "his",
  origin: "api",
  status: "active",
  revision: 1,
  url: "https://his.example/hook",
  circuit: { state: "closed", failures: 0 },
  ...changes,
});

test("pending: the next attempt is at the latest of schedule, circuit and asked-for quiet, and says which", () => {
  const next = (changes: Partial<RemoteEndpoint>): string =>
    standingOf(delivery(), endpoint(changes), nowMs).next ?? "";
  assert.match(next({}), /^attempt 2 at 2026-03-17T10:00:10\.000Z, in 10 s, by its schedule$/u);
  const circuit = { state: "open", failures: 5, until: at(60_000) };
  assert.match(next({ circuit }), /in 60 s: the endpoint's circuit is open until then$/u);
  assert.match(next({ circuit, quietUntil: at(1_800_000) }), /in 30 min: the receiver asked for quiet until then$/u);
  assert.match(next({ ordering: "per-job" }), /after earlier events of the same job$/u);
});

test("pending and due: nothing but rate and concurrency stands before it", () => {
  const { next } = standingOf(delivery({ dueAt: at(-1) }), endpoint(), nowMs);
  assert.match(next ?? "", /as soon as the endpoint's rate and concurrency let it/u);
});

test("what rests says what to do, and what comes by itself is nothing", () => {
  const dead = standingOf(delivery({ state: "dead", code: "http_410", doneAt: at(-1000) }), endpoint(), nowMs);
  assert.equal(dead.next, undefined);
  assert.match(dead.fixes.join(), /endpoint resume his[^]*handover replay his:41/u);
  const held = standingOf(delivery({ state: "held", code: "endpoint_disabled", doneAt: at(-1000) }), endpoint(), nowMs);
  assert.match(held.now, /^held: the endpoint is disabled, since /u);
  const withheld = standingOf(delivery({ state: "withheld", code: "summary_withdrawn" }), endpoint(), nowMs);
  assert.match(withheld.now, /retracted or discarded/u);
  assert.doesNotMatch(withheld.fixes.join(), /replay/u, "what was taken back is not sent again");
  const done = standingOf(delivery({ state: "delivered", code: "http_200", doneAt: at(-30_000) }), endpoint(), nowMs);
  assert.match(done.now, /30 s after it was owed, with 1 attempt$/u);
  assert.deepEqual(done.fixes, []);
});

const life = (attempts: number, answer?: string): RemoteLife => ({
  ...delivery({ attempts }),
  history: Array.from({ length: attempts }, (_, index) => ({
    delivery: "his:41",
    number: index + 1,
    outcome: "retry",
    code: "timeout",
    responseBytes: 0,
    durationMs: 15_000,
    startedAt: at(index * 1000),
    ...(answer === undefined || index + 1 < attempts ? {} : { answer }),
  })),
});

test("a hundred attempts still fit a screen: the first ones, the last ones, and how many lie between", () => {
  const text = lifeText(life(100), endpoint(), standingOf(life(100), endpoint(), nowMs), undefined);
  assert.ok(text.split("\n").length <= 26);
  assert.match(text, /#3 [^]*\.\.\. 88 more\n +#92 [^]*#100 /u);
});

test("a receiver's answer cannot steer the terminal, and an endpoint that is gone is said to be gone", () => {
  const told = life(1, "\u001b]0;owned\u0007\u001b[2J oops\u202e");
  const text = lifeText(told, undefined, standingOf(told, undefined, nowMs), undefined);
  assert.ok(!["\u001b", "\u0007", "\u202e"].some((control) => text.includes(control)));
  assert.match(text, /oops/u);
  assert.match(text, /his, which is no longer there/u);
});

test("spans are as exact as a person needs them", () => {
  assert.deepEqual([40, 1500, 45_000, 600_000, 36_000_000].map(span), ["40 ms", "1.5 s", "45 s", "10 min", "10.0 h"]);
});
