/** Who wants which events: the pairs that are looked at are few, and the same as those of looking at all. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import * as fc from "fast-check";
import { matchesFilter } from "../../src/core/delivery/data-filter.ts";
import { wantsEvent } from "../../src/core/delivery/event-filter.ts";
import type { EventData } from "../../src/core/event/event.ts";
import type { EndpointSettings } from "../../src/delivery/endpoint.ts";
import { endpointSettings } from "../../src/delivery/endpoint.ts";
import { Turnstile } from "../../src/delivery/turnstile.ts";
import type { Subscriber } from "../../src/delivery/wanted.ts";
import { eventsInQuestion, hasFilter, wantedByFilter, wantedByType } from "../../src/delivery/wanted.ts";
import type { SequencedEvent } from "../../src/events/reader.ts";

const transport = {
  url: "https://his.example",
  ordering: "none",
  concurrency: 1,
  ratePerSecond: 1,
  timeoutMs: 1,
  retry: { preset: "short" },
  breaker: { failures: 1, openMs: 1 },
};

const topics: Record<string, readonly string[]> = { signed: ["summary.signed"], failed: ["task.failed"] };
const topicEvents = (name: string): readonly string[] | undefined => topics[name];

const patient = fc.constantFrom("Patient/1", "Patient/2", "Patient/1*");
const filter = fc.oneof(
  fc.constant({}),
  fc.record({ "data.patient": fc.array(patient, { minLength: 1, maxLength: 2 }) }),
  fc.record({ "data.patient": fc.tuple(patient), "data.encounter": fc.constant(["Encounter/1"]) }),
);
const settings = fc.oneof(
  fc.record({ kind: fc.constant("fhir-rest-hook"), topic: fc.constantFrom("signed", "failed", "gone"), filter }),
  fc.record({ kind: fc.constant("webhook"), events: fc.subarray(["summary.*", "task.failed", "*"]), filter }),
);
const whole = (given: object): EndpointSettings =>
  endpointSettings.parse({
    ...transport,
    payload: "thin",
    signature: "standard",
    subscription: "",
    content: "empty",
    contentType: "",
    ...given,
  });
const types = ["summary.signed", "task.failed", "endpoint.disabled"] as const;
const event = fc.record({
  type: fc.constantFrom(...types),
  patient: fc.constantFrom("Patient/1", "Patient/2", "Patient/11"),
  encounter: fc.constantFrom("Encounter/1", "Encounter/2"),
  log: fc.constantFrom("job", "endpoint/e0"),
});

describe("what is owed", () => {
  test("is what a look at every pair would find", () => {
    fc.assert(
      fc.property(fc.array(settings, { maxLength: 8 }), fc.array(event, { maxLength: 8 }), (given, happened) => {
        const subscribers = given.map((one, index): Subscriber => ({ id: `e${index}`, settings: whole(one) }));
        const said = new Map<SequencedEvent, EventData>();
        const events = happened.map(({ type, log, ...data }, index) => {
          const one = {
            tenant: "t",
            job: log,
            sequence: index + 1,
            type,
            position: index,
          } as unknown as SequencedEvent;
          said.set(one, data);
          return one;
        });
        const saidBy = (one: SequencedEvent): EventData => said.get(one) ?? {};
        const filtered = subscribers.filter((one) => hasFilter(one));
        const plain = subscribers.filter((one) => !hasFilter(one));
        const looked = eventsInQuestion(filtered, events, topicEvents);
        const found = [
          ...wantedByType(plain, events, topicEvents),
          ...wantedByFilter(filtered, looked, saidBy, topicEvents),
        ].map(({ endpoint, event: { sequence } }) => `${endpoint} ${sequence}`);
        const all = subscribers.flatMap(({ id, settings: of }) => {
          const patterns = of.kind === "webhook" ? of.events : (topicEvents(of.topic) ?? []);
          return events
            .filter((one) => one.job !== `endpoint/${id}` && wantsEvent(patterns, one.type))
            .filter((one) => matchesFilter(of.filter, saidBy(one)))
            .map(({ sequence }) => `${id} ${sequence}`);
        });
        assert.deepEqual(new Set(found), new Set(all));
      }),
    );
  });

  test("of thousands of Subscriptions by patient is found without looking at each pair", () => {
    const subscribers = Array.from({ length: 5000 }, (_, index): Subscriber => {
      const topic = { kind: "fhir-rest-hook", topic: "signed", filter: { "data.patient": [`Patient/${index}`] } };
      return { id: `e${index}`, settings: whole(topic) };
    });
    const events = Array.from(
      { length: 500 },
      (_, index) =>
        ({
          tenant: "t",
          job: "j",
          sequence: index,
          type: "summary.signed",
          position: index,
        }) as unknown as SequencedEvent,
    );
    let asked = 0;
    const said = ({ sequence }: SequencedEvent): EventData => {
      asked += 1;
      return { patient: `Patient/${sequence}` };
    };
    assert.equal(wantedByFilter(subscribers, events, said, topicEvents).length, 500);
    // Once to sort them, once for each that is near: 2.5 million would be all pairs.
    assert.equal(asked, 1000);
  });
});

describe("a turnstile", () => {
  test("lets so many in at a time, in their order, and goes on after a failure", async () => {
    const turnstile = new Turnstile(2);
    const [inside, order]: [Set<number>, number[]] = [new Set(), []];
    const work = async (index: number): Promise<void> => {
      inside.add(index);
      order.push(index);
      assert.ok(inside.size <= 2, "two at a time");
      await turn();
      inside.delete(index);
      if (index === 1) throw new Error("failed");
    };
    const done = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => turnstile.pass(async () => work(index))),
    );
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
    assert.equal(done.filter(({ status }) => status === "rejected").length, 1);
  });
});
