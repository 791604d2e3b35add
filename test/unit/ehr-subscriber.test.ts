/** The rules of watching an EHR: what a message says, what is asked for next, which stays are ended stays. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Encounter, Patient } from "fhir/r4.js";
import { localOf, readHeard, readStatus } from "../../src/core/subscriber/heard.ts";
import type { SubscriptionStanding } from "../../src/core/subscriber/lifecycle.ts";
import { anewMs, nextCheckMs, nextStep } from "../../src/core/subscriber/lifecycle.ts";
import { closedTo, gapOf, needsSearch, take } from "../../src/core/subscriber/numbering.ts";
import { advance, askFrom, isStuck } from "../../src/core/subscriber/poll-window.ts";
import { subscriptionRequest } from "../../src/core/subscriber/request.ts";
import type { Standing, WatchSettings } from "../../src/core/subscriber/wanted.ts";
import { dischargeTopicAmong, mannerInForce, wantedSubscriptions } from "../../src/core/subscriber/wanted.ts";
import { dischargeOf } from "../../src/core/stay/discharge.ts";

describe("what a message says", () => {
  const statusOf = (parameter: readonly object[]) => ({
    resourceType: "Bundle",
    type: "history",
    entry: [{ resource: { resourceType: "Parameters", parameter } }],
  });
  const type = (valueCode: string) => ({ name: "type", valueCode });

  test("[subscriptions 71, 132] a valid status is read whatever it leaves out, with numbers as text or as numbers", () => {
    assert.deepEqual(readHeard(undefined, statusOf([type("handshake")])), { kind: "handshake", events: [] });
    assert.deepEqual(
      readHeard(
        undefined,
        statusOf([
          { name: "subscription", valueReference: { reference: "Subscription/1" } },
          { name: "topic", valueCanonical: "https://ehr.example/t" },
          { name: "status", valueCode: "active" },
          type("event-notification"),
          { name: "events-since-subscription-start", valueString: "7" },
          {
            name: "notification-event",
            part: [
              { name: "event-number", valueInteger64: 7 },
              { name: "timestamp", valueInstant: "2026-03-18T10:00:00Z" },
              { name: "focus", valueReference: { reference: "https://ehr.example/fhir/Encounter/9/_history/2" } },
              { name: "additional-context", valueReference: { reference: "Patient/1" } },
            ],
          },
          { name: "error", valueCodeableConcept: { text: "x" } },
        ]),
      ),
      { kind: "event", status: "active", counted: 7, events: [{ number: 7, focus: "Encounter/9" }] },
    );
    assert.deepEqual(
      readHeard(
        undefined,
        statusOf([type("heartbeat"), { name: "events-since-subscription-start", valueString: "7" }]),
      ),
      {
        kind: "heartbeat",
        counted: 7,
        events: [],
      },
    );
  });

  test("an empty notification says that something happened; the R4B form is read too", () => {
    const empty = statusOf([
      type("event-notification"),
      { name: "notification-event", part: [{ name: "event-number", valueString: "1" }] },
    ]);
    assert.deepEqual(readHeard(undefined, empty)?.events, [{ number: 1, focus: undefined }]);
    const inR4B = {
      resourceType: "Bundle",
      type: "history",
      entry: [
        {
          resource: {
            resourceType: "SubscriptionStatus",
            type: "event-notification",
            status: "active",
            eventsSinceSubscriptionStart: "3",
            notificationEvent: [{ eventNumber: "3", focus: { reference: "Encounter/9" } }],
          },
        },
      ],
    };
    const heard = readHeard(undefined, inR4B);
    assert.deepEqual([heard?.counted, heard?.events], [3, [{ number: 3, focus: "Encounter/9" }]]);
  });

  test("events without a focus of their own take it from the entries", () => {
    const bundle = {
      resourceType: "Bundle",
      type: "history",
      entry: [
        { resource: { resourceType: "Parameters", parameter: [type("event-notification")] } },
        { fullUrl: "https://ehr.example/fhir/Encounter/9", request: { method: "PUT", url: "Encounter/9" } },
      ],
    };
    assert.deepEqual(readHeard(undefined, bundle)?.events, [{ number: undefined, focus: "Encounter/9" }]);
  });

  test("a bare resource, its address behind the endpoint, an empty call", () => {
    const observation = {
      resourceType: "Observation",
      id: "o1",
      subject: { reference: "https://ehr.example/Patient/7" },
    };
    assert.deepEqual(readHeard(undefined, observation), {
      kind: "resource",
      events: [{ number: undefined, focus: "Observation/o1" }],
      patient: "Patient/7",
    });
    assert.deepEqual(readHeard("Encounter/9", undefined)?.events, [{ number: undefined, focus: "Encounter/9" }]);
    assert.deepEqual(readHeard(undefined, undefined), { kind: "empty", events: [] });
  });

  test("what is no FHIR is nothing, and what is no reference of an id is no focus", () => {
    for (const body of [[1], "x", 3, null, { a: 1 }]) assert.equal(readHeard(undefined, body), undefined);
    for (const bad of ["Encounter?x=1", "urn:uuid:1", "Encounter/../Patient", "#p1", "encounter/9", ""])
      assert.equal(localOf(bad), undefined, bad);
    assert.equal(readStatus({ resourceType: "Patient" }), undefined);
  });
});

describe("numbers", () => {
  const event = (number: number, counted = number) => ({
    kind: "event" as const,
    counted,
    events: [{ number, focus: `Encounter/${number}` }],
  });

  test("[subscriptions 17] a number that came before is dropped, a number that is missing is a gap", () => {
    const first = take({ position: 0, counted: 0 }, event(1));
    assert.deepEqual([first.focuses, first.gap], [["Encounter/1"], undefined]);
    assert.deepEqual(take(first.numbering, event(1)).focuses, []);
    const third = take(first.numbering, event(3));
    assert.deepEqual([third.focuses, third.gap], [["Encounter/3"], { from: 2, to: 3 }]);
    assert.equal(gapOf(closedTo(third.numbering, 3)), undefined);
  });

  test("a gap that $events does not narrow, or that has no end to be seen, is left to a search; what came behind it is kept", () => {
    const before = { position: 4, counted: 9 };
    assert.equal(needsSearch(before, { position: 9, counted: 9 }), false);
    assert.equal(needsSearch(before, { position: 6, counted: 9 }), false, "the rest is asked for by number");
    assert.equal(needsSearch(before, before), true, "the same again would bring no more");
    const absurd = { position: 5, counted: Number.MAX_SAFE_INTEGER };
    assert.equal(needsSearch(before, absurd), true);
    assert.equal(gapOf(closedTo(absurd, absurd.counted)), undefined);
    assert.deepEqual(closedTo({ position: 4, counted: 12 }, 9), { position: 9, counted: 12 });
  });

  test("a count without the events that it counts is a gap", () => {
    const beat = { kind: "heartbeat" as const, counted: 4, events: [] };
    assert.deepEqual(take({ position: 3, counted: 3 }, beat).gap, { from: 4, to: 4 });
  });

  test("an EHR that counts lower than before has begun anew, or an old message comes late: both are looked at, and a search tells the rest", () => {
    const taken = take({ position: 57, counted: 57 }, event(1));
    assert.deepEqual(
      [taken.focuses, taken.numbering, taken.unnamed],
      [["Encounter/1"], { position: 1, counted: 1 }, true],
    );
    const beat = take({ position: 57, counted: 57 }, { kind: "heartbeat", counted: 0, events: [] });
    assert.deepEqual([beat.numbering, beat.unnamed], [{ position: 0, counted: 0 }, true]);
  });
});

describe("what is next", () => {
  const terms = { heartbeatMs: 60_000, patienceMs: 60_000, endMs: 900_000_000 };
  const now = 1_800_000_000_000;
  const standing = (more: Partial<SubscriptionStanding>): SubscriptionStanding => ({
    phase: "proven",
    manner: "topic",
    remote: "7",
    askedAtMs: now,
    heardAtMs: now,
    checkedAtMs: now,
    beats: false,
    gap: false,
    endAtMs: now + terms.endMs,
    ...more,
  });
  const step = (more: Partial<SubscriptionStanding>, afterMs = 0) => nextStep(standing(more), terms, now + afterMs);

  test("asked for, looked after while it proves itself, given up when it does not", () => {
    assert.equal(step({ phase: "wanted", remote: undefined }), "create");
    assert.equal(step({ phase: "requested" }), "rest");
    assert.equal(step({ phase: "requested" }, 20_000), "ask");
    assert.equal(step({ phase: "requested" }, 60_000), "give-up");
    assert.equal(step({ phase: "requested", manner: "criteria" }, 3_600_000), "ask", "a search is never given up");
    assert.equal(step({ phase: "unproven", remote: undefined }, anewMs - 1), "rest");
    assert.equal(step({ phase: "refused", remote: undefined }, anewMs), "create");
    assert.equal(step({ phase: "ended" }), "remove");
  });

  test("quiet is asked about; missed heartbeats, error and silence are answered by asking for its return", () => {
    assert.equal(step({}, 59_999), "rest");
    assert.equal(step({}, 60_000), "ask");
    assert.equal(step({ beats: true, checkedAtMs: now + 140_000 }, 149_999), "rest");
    assert.equal(step({ beats: true, checkedAtMs: now + 140_000 }, 150_000), "reactivate");
    assert.equal(step({ phase: "silent" }), "reactivate");
    assert.equal(step({ gap: true }), "close-gap");
  });

  test("renewed when a third of its time is left", () => {
    const busy = { heardAtMs: now + 600_000_000, checkedAtMs: now + 600_000_000 };
    assert.equal(step(busy, 599_999_999), "rest");
    assert.equal(step(busy, 600_000_000), "renew");
    assert.equal(nextCheckMs(standing({}), terms), now + 60_000);
  });
});

describe("which manner", () => {
  const settings: WatchSettings = {
    channel: "auto",
    criteria: "Encounter?status=finished",
    chartTopics: [],
    chartTypes: ["Observation"],
  };
  const topics = ["https://ehr.example/t/encounter-start", "https://ehr.example/t/encounter-complete|1.0"];
  const topic: Standing = { watch: "discharge", manner: "topic", criteria: topics[1] ?? "", phase: "proven" };
  const search = { watch: "discharge", manner: "criteria", criteria: settings.criteria } as const;
  const ofDischarge = (...args: Parameters<typeof wantedSubscriptions>) =>
    wantedSubscriptions(...args).flatMap((one) => (one.watch === "discharge" ? [one.manner] : []));

  test("the topic of ended stays is known by its name", () => {
    assert.equal(dischargeTopicAmong(topics), topics[1]);
    assert.equal(
      dischargeTopicAmong(["https://a.example/SubscriptionTopic/patient-discharge"]),
      "https://a.example/SubscriptionTopic/patient-discharge",
    );
    assert.equal(dischargeTopicAmong(["https://discharge.example/t/appointment-booked", topics[0] ?? ""]), undefined);
  });

  test("by topic where one is listed; by search besides, where the topic was refused or never proved itself", () => {
    assert.deepEqual(ofDischarge(settings, topics, []), ["topic"]);
    assert.deepEqual(ofDischarge(settings, topics, [{ ...topic, phase: "silent" }]), ["topic"]);
    for (const phase of ["refused", "unproven"] as const)
      assert.deepEqual(ofDischarge(settings, topics, [{ ...topic, phase }]), ["topic", "criteria"]);
    assert.deepEqual(ofDischarge(settings, [], []), ["criteria"]);
    assert.deepEqual(ofDischarge({ ...settings, channel: "polling" }, topics, []), []);
    assert.deepEqual(ofDischarge({ ...settings, channel: "criteria" }, topics, []), ["criteria"]);
    assert.deepEqual(ofDischarge({ ...settings, channel: "topic" }, topics, [{ ...topic, phase: "refused" }]), [
      "topic",
    ]);
  });

  test("while the EHR does not say what it lists, what stands is kept, and a search is asked for where nothing stands", () => {
    assert.deepEqual(ofDischarge(settings, undefined, [topic]), ["topic"]);
    assert.deepEqual(ofDischarge(settings, undefined, [{ ...topic, phase: "unproven" }]), ["topic", "criteria"]);
    assert.deepEqual(ofDischarge(settings, undefined, []), ["criteria"]);
    assert.deepEqual(ofDischarge({ ...settings, channel: "topic" }, undefined, []), []);
    assert.deepEqual(ofDischarge({ ...settings, dischargeTopic: topic.criteria }, undefined, []), ["topic"]);
    const chart = wantedSubscriptions({ ...settings, chartTopics: ["https://ehr.example/t/result"] }, undefined, []);
    assert.deepEqual(
      chart.map(({ watch, manner }) => `${watch} ${manner}`),
      ["discharge criteria", "chart topic"],
    );
  });

  test("nothing is in force that has not proven itself", () => {
    const wanted = [{ watch: "discharge", manner: "topic", criteria: topic.criteria } as const, search];
    assert.equal(mannerInForce("discharge", wanted, [topic]), "topic");
    assert.equal(mannerInForce("discharge", wanted, [{ ...topic, phase: "requested" }]), "polling");
    const proven = { ...search, phase: "proven" } as const;
    assert.equal(mannerInForce("discharge", wanted, [{ ...topic, phase: "unproven" }, proven]), "criteria");
    assert.equal(mannerInForce("chart", wanted, [topic]), "polling");
  });

  test("[subscriptions 64, 68, 76] filters and content are written by extension; R4's own search has neither", () => {
    const wanted = {
      manner: "topic",
      criteria: "https://ehr.example/t",
      filters: ["Encounter?class=IMP"],
      endpoint: "https://adapter.example/inbound/fhir/general/1",
      secret: "s",
      heartbeatSeconds: 60,
      end: "2026-03-18T10:00:00Z",
    } as const;
    const byTopic = subscriptionRequest(wanted);
    assert.equal(byTopic.criteria, wanted.criteria);
    assert.match(JSON.stringify(byTopic), /backport-filter-criteria.*Encounter\?class=IMP/u);
    assert.match(JSON.stringify(byTopic), /backport-payload-content","valueCode":"id-only"/u);
    const bySearch = subscriptionRequest({ ...wanted, manner: "criteria", criteria: "Encounter?status=finished" });
    assert.doesNotMatch(JSON.stringify(bySearch), /extension|profile/u);
  });
});

describe("polling", () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const later = 2_000_000;

  test("one record with a stamp from the future does not carry it past today", () => {
    const found = [{ lastUpdated: at(9) }, { lastUpdated: "2099-01-01T00:00:00Z" }];
    assert.equal(advance(5_000, found, true, 10_000), 10_000);
    assert.equal(advance(99_000, [], true, 10_000), 10_000, "and one that was carried off comes back");
  });

  test("goes on from the newest stamp of the EHR's, with an overlap, and never by our own clock", () => {
    assert.equal(askFrom(1_000_000), new Date(880_000).toISOString());
    assert.equal(advance(5_000, [], true, later), 5_000);
    assert.equal(advance(5_000, [{ lastUpdated: at(9) }, { lastUpdated: at(7) }], true, later), 9_000);
    assert.equal(advance(5_000, [{ lastUpdated: at(3) }, { lastUpdated: undefined }], true, later), 5_000);
  });

  test("an answer that was cut off counts as far as it is in order; one that is in no order, not at all", () => {
    assert.equal(advance(5_000, [{ lastUpdated: at(6) }, { lastUpdated: at(900) }], false, later), 900_000);
    assert.equal(advance(5_000, [{ lastUpdated: at(900) }, { lastUpdated: at(6) }], false, later), 5_000);
    assert.deepEqual(
      [isStuck(5_000, 900_000, false), isStuck(5_000, 5_000, false), isStuck(5_000, 5_000, true)],
      [false, true, false],
    );
  });
});

describe("ended stays", () => {
  const patient: Patient = { resourceType: "Patient", id: "p", gender: "female", birthDate: "1950-01-01" };
  const classes = ["IMP", "OBSENC"];
  const encounter = (more: object): Encounter => ({
    resourceType: "Encounter",
    id: "e",
    status: "finished",
    class: { code: "IMP" },
    subject: { reference: "Patient/p" },
    period: { start: "2026-03-15", end: "2026-03-18" },
    ...more,
  });
  const verdict = (more: object, parent?: Encounter) =>
    dischargeOf({ encounter: encounter(more), patient, parent, classes, endedAfterMs: Date.parse("2026-03-10") });

  test("finished, of a stay's class, not long ago: that is one; its kind is told", () => {
    assert.deepEqual(verdict({}), { discharge: true, kind: "home" });
    const left = { hospitalization: { dischargeDisposition: { coding: [{ code: "aadvice" }] } } };
    assert.deepEqual(verdict(left), { discharge: true, kind: "against-advice" });
    assert.deepEqual(verdict({ period: { start: "2026-03-15" } }), { discharge: true, kind: "home" }, "without an end");
  });

  test("without a class, what tells of an admission or a discharge is a stay", () => {
    assert.deepEqual(verdict({ class: undefined }), { discharge: false, why: "no-stay" });
    const hospitalization = { dischargeDisposition: { text: "Home" } };
    assert.deepEqual(verdict({ class: undefined, hospitalization }), { discharge: true, kind: "home" });
  });

  test("a part of a stay is none; a child's, that is part of the mother's, is one", () => {
    assert.deepEqual(verdict({}, encounter({ id: "whole" })), { discharge: false, why: "part-of-stay" });
    const mothers = encounter({ id: "mothers", subject: { reference: "Patient/mother" } });
    assert.deepEqual(verdict({}, mothers), { discharge: true, kind: "home" });
  });

  test("everything else is none, and says why", () => {
    for (const status of ["in-progress", "onleave", "planned", "arrived", "unknown"])
      assert.deepEqual(verdict({ status }), { discharge: false, why: "not-finished" });
    for (const status of ["cancelled", "entered-in-error"])
      assert.deepEqual(verdict({ status }), { discharge: false, why: "cancelled" });
    assert.deepEqual(verdict({ class: { code: "AMB" } }), { discharge: false, why: "no-stay" });
    assert.deepEqual(verdict({ period: { end: "2026-03-08" } }), { discharge: false, why: "long-ago" });
    assert.deepEqual(
      verdict({ period: { end: "2026-03-10" } }),
      { discharge: true, kind: "home" },
      "a day counts to its end",
    );
    const nobody = dischargeOf({ encounter: encounter({}), patient: undefined, classes, endedAfterMs: 0 });
    assert.deepEqual(nobody, { discharge: false, why: "no-patient" });
  });
});
