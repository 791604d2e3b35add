/** Whatever order notifications come in, whichever are lost or come twice: no event goes unlooked at. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { readHeard } from "../../src/core/subscriber/heard.ts";
import type { Numbering } from "../../src/core/subscriber/numbering.ts";
import { closedTo, take } from "../../src/core/subscriber/numbering.ts";

/** Events 1 to n of a subscription, as they come: each any number of times, in any order. */
const deliveries = fc
  .integer({ min: 1, max: 30 })
  .chain((count) =>
    fc.tuple(
      fc.constant(count),
      fc.array(fc.integer({ min: 1, max: count }), { maxLength: 60 }),
      fc.integer({ min: 0, max: 5 }),
    ),
  );

test("[subscriptions 17] lost, repeated and out of turn: what did not come is named by a gap, and closing it misses nothing", () => {
  fc.assert(
    fc.property(deliveries, ([count, order, delay]) => {
      const looked = new Set<number>();
      let numbering: Numbering = { position: 0, counted: 0 };
      let searched = false;
      const messages = order.map((number, index) => {
        // The EHR has counted at least the event, and perhaps more, when a message leaves.
        const counted = Math.min(count, number + (index % (delay + 1)));
        return { kind: "event" as const, counted, events: [{ number, focus: `Encounter/${number}` }] };
      });
      for (const message of [...messages, { kind: "heartbeat" as const, counted: count, events: [] }]) {
        const taken = take(numbering, message);
        for (const focus of taken.focuses) looked.add(Number(focus.slice("Encounter/".length)));
        searched ||= taken.unnamed;
        // $events answers with what the EHR has counted so far.
        if (taken.gap !== undefined)
          for (let number = taken.gap.from; number <= taken.gap.to; number += 1) looked.add(number);
        numbering = taken.gap === undefined ? taken.numbering : closedTo(taken.numbering, taken.gap.to);
      }
      for (let number = 1; number <= count; number += 1) assert.ok(looked.has(number) || searched, String(number));
      assert.deepEqual(numbering, { position: count, counted: count });
    }),
  );
});

test("any JSON at the endpoint is read or refused, and names only references by type and id", () => {
  fc.assert(
    fc.property(fc.option(fc.string(), { nil: undefined }), fc.jsonValue(), (address, body) => {
      const heard = readHeard(address, body);
      for (const { focus } of heard?.events ?? [])
        if (focus !== undefined) assert.match(focus, /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/u);
    }),
  );
});
