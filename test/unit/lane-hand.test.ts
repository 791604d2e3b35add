/** What a lane has in hand: nothing goes out twice because it came by two ways (claimed, and handed over by the fan-out). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClaimedDelivery } from "../../src/delivery/destinations/destination.ts";
import { Hand } from "../../src/delivery/lane-hand.ts";
import { delivery } from "../contract/destination-suite.ts";

const numbered = (...sequences: readonly number[]): ClaimedDelivery[] =>
  sequences.map((sequence) => ({ ...delivery, sequence }));

function sendAll(hand: Hand): number[] {
  const sent: number[] = [];
  for (let next = hand.next(); next !== undefined; next = hand.next()) sent.push(next.sequence);
  return sent;
}

describe("a lane's hand", () => {
  test("keeps a number from being claimed until it is forgotten, sent or not", () => {
    const hand = new Hand();
    hand.add(numbered(1, 2));
    assert.equal(hand.next()?.sequence, 1);
    assert.deepEqual(hand.numbers(), [1, 2]);
    hand.forget(1);
    assert.deepEqual(hand.numbers(), [2]);
    assert.equal(hand.waiting, 1);
  });

  test("takes what is handed over while a claim of the same is under way once", () => {
    const hand = new Hand();
    assert.ok(hand.addNew(numbered(1, 2)));
    assert.equal(hand.next()?.sequence, 1);
    hand.add(numbered(1, 2, 3));
    assert.deepEqual(sendAll(hand), [2, 3]);
  });

  test("leaves to the table what is handed over late: it may have been claimed, sent and recorded since", () => {
    const hand = new Hand();
    hand.add(numbered(4, 5));
    assert.deepEqual(sendAll(hand), [4, 5]);
    for (const sequence of [4, 5]) hand.forget(sequence);
    assert.equal(hand.addNew(numbered(5, 6)), false);
    assert.deepEqual(sendAll(hand), [6]);
  });

  test("claims again what is to be tried again", () => {
    const hand = new Hand();
    hand.add(numbered(1, 2));
    sendAll(hand);
    hand.forget(1);
    hand.add(numbered(1));
    assert.deepEqual(sendAll(hand), [1]);
  });

  test("knows large ones at once, and forgets them slowly", () => {
    const hand = new Hand();
    const dataJson = JSON.stringify({ padding: "x".repeat(100_000) });
    hand.add([{ ...delivery, sequence: 1, dataJson }]);
    const large = hand.bytesEach;
    assert.ok(large > 100_000);
    hand.add(numbered(2));
    assert.equal(hand.bytesEach, large / 2);
  });
});
