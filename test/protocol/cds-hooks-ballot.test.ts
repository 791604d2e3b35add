/** What EHRs really send, and what the 3.0 ballot adds, over HTTP. Expectations of 2.0 stand in cds-hooks.test.ts. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import request from "supertest";
import type { CdsService } from "../../src/hooks/service.ts";
import { service as dischargeSummary } from "../../cds-services/discharge-summary/service.ts";
import { SERVICE_URL, hookWorld } from "../support/hook-world.ts";

describe("null where it says nothing", () => {
  it("is taken as left out: envelope, token, context", async () => {
    const { invoke, seen } = hookWorld();
    const answer = await invoke({
      hook: "patient-view",
      fhirAuthorization: null,
      extension: null,
      context: { userId: "Practitioner/d1", patientId: "p1", encounterId: null },
    });
    assert.deepEqual([answer.status, answer.body], [200, { cards: [] }]);
    const token = {
      access_token: "abc",
      token_type: "Bearer",
      expires_in: 60,
      scope: "a",
      subject: "b",
      patient: null,
    };
    assert.equal((await invoke({ fhirAuthorization: token })).status, 200);
    assert.equal(seen.created.length, 1);
  });

  it("does not stand in for what is required", async () => {
    const { invoke } = hookWorld();
    for (const [over, at] of [
      [{ hookInstance: null }, "hookInstance"],
      [{ context: { userId: "Practitioner/d1", patientId: "p1", encounterId: null } }, "context.encounterId"],
    ] as const) {
      const answer = await invoke(over);
      assert.deepEqual([answer.status, JSON.parse(answer.text).issue[0].expression], [400, [at]]);
    }
  });

  it("is taken as left out of feedback too, and nothing is stored for it", async () => {
    const { app, token, seen } = hookWorld();
    const item = {
      card: "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
      outcome: "overridden",
      outcomeTimestamp: "2026-03-17T10:00:00Z",
      acceptedSuggestions: null,
      overrideReason: { reason: null, userComment: null },
    };
    const answer = await request(app)
      .post("/cds-services/discharge-summary/feedback")
      .set({ authorization: token(`${SERVICE_URL}/feedback`), "content-type": "application/json" })
      .send(JSON.stringify({ feedback: [item] }));
    assert.equal(answer.status, 200);
    const { acceptedSuggestions: _none, ...rest } = item;
    assert.deepEqual(seen.feedback, [{ ...rest, overrideReason: {} }]);
  });
});

describe("a service that makes a card no EHR could read", () => {
  it("costs its own card, not the answer: the smaller one goes out, the log is told, nothing is remembered", async () => {
    const service: CdsService = {
      ...dischargeSummary,
      answer: async () => [
        {
          state: "odd",
          summary: "Fine",
          indicator: "info",
          overridable: false,
          links: [{ label: "x", url: "/y", type: "absolute" }],
        },
      ],
    };
    const { invoke, seen } = hookWorld({ service });
    const { status, body } = await invoke();
    assert.equal(status, 200);
    assert.match(body.cards[0].summary, /briefly unavailable/u);
    assert.match(String(seen.late[0]), /discharge-summary made an answer .* cards\[0\]\.links\[0\]\.url/u);
    assert.deepEqual(seen.cards, []);
  });
});
