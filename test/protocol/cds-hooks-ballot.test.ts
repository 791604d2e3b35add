/** What EHRs really send, and what the 3.0 ballot adds, over HTTP. Expectations of 2.0 stand in cds-hooks.test.ts. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import request from "supertest";
import { serviceProblems } from "../../src/hooks/load-services.ts";
import type { CdsService, PrefetchPolicies } from "../../src/hooks/service.ts";
import { service as dischargeSummary } from "../../cds-services/discharge-summary/service.ts";
import { SERVICE_URL, encounter, gapsOf, hookWorld, patient, tenantOf } from "../support/hook-world.ts";

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

const token = { access_token: "abc", token_type: "Bearer", expires_in: 60, scope: "patient/*.rs", subject: "us" };
const oneResult: FhirResource = {
  resourceType: "Observation",
  id: "o1",
  status: "final",
  code: {},
  subject: { reference: "Patient/p1" },
};

/** `discharge-summary` with other wishes on encounter-discharge. */
function wishing(prefetch: Record<string, string>, onMissing: PrefetchPolicies = {}): CdsService {
  const required = { patient: "Patient/{{context.patientId}}", encounter: "Encounter/{{context.encounterId}}" };
  return {
    ...dischargeSummary,
    hooks: { "encounter-discharge": { prefetch: { ...required, ...prefetch }, onMissing } },
  };
}

/** An EHR that notes what it is asked for by the hook's token. */
function notingReader(answers: Record<string, readonly FhirResource[]> = {}) {
  const asked: string[] = [];
  return {
    asked,
    reader: {
      read: async (type: string, id: string) => {
        asked.push(`${type}/${id}`);
        return [patient, encounter].find(({ resourceType, id: own }) => resourceType === type && own === id);
      },
      search: async (type: string, params: Readonly<Record<string, string>>) => {
        asked.push(`${type}?${new URLSearchParams(params).toString()}`);
        return { resources: answers[type] ?? [], complete: true };
      },
    },
  };
}

describe("templates with tokens of the ballot", () => {
  const prefetch = {
    roles: "PractitionerRole?_id={{%encounter.participant.individual.resolve().ofType(PractitionerRole).id}}",
    doctors:
      "Practitioner?_id={{%roles.entry.resource.practitioner.resolve().id|%encounter.participant.individual.resolve().ofType(Practitioner).id}}",
    locations: "Location?_id={{%encounter.location.location.resolve().id}}",
    recent: "Observation?patient={{context.patientId}}&date=ge{{today() - 90 days}}",
    me: "Practitioner?_id={{userPractitionerId}}",
  };
  const stay = {
    ...encounter,
    participant: [
      { individual: { reference: "PractitionerRole/r1" } },
      { individual: { reference: "Practitioner/d9" } },
    ],
  };

  it("are offered as they stand, and their entry says which version fills them", async () => {
    const { app } = hookWorld({ service: wishing(prefetch) });
    const [offered] = (await request(app).get("/cds-services")).body.services;
    assert.deepEqual([offered.version, offered.prefetch.doctors], ["3.0.0-ballot", prefetch.doctors]);
    const [ours] = (await request(hookWorld().app).get("/cds-services")).body.services;
    assert.equal(ours.version, "2.0.0");
    assert.deepEqual(serviceProblems(wishing(prefetch), "discharge-summary"), []);
  });

  it("are filled by us where the EHR did not, each after those it builds on; nothing to look for is no search", async () => {
    const role: FhirResource = {
      resourceType: "PractitionerRole",
      id: "r1",
      practitioner: { reference: "Practitioner/d1" },
    };
    const { asked, reader } = notingReader({ PractitionerRole: [role], Observation: [oneResult] });
    const { invoke, seen } = hookWorld({ tenants: [tenantOf("general")], service: wishing(prefetch), reader });
    const answer = await invoke({ prefetch: { patient, encounter: stay }, fhirAuthorization: token });
    assert.equal(answer.status, 200);
    // The hospital's day may be the neighbour of ours.
    const days = [89, 90, 91].map((ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10));
    const recent = asked.find((one) => one.startsWith("Observation")) ?? "";
    assert.ok(
      days.some((day) => recent === `Observation?patient=p1&date=ge${day}`),
      recent,
    );
    assert.deepEqual(asked.filter((one) => one !== recent).toSorted(), [
      "Practitioner?_id=d1",
      "Practitioner?_id=d1%2Cd9",
      "PractitionerRole?_id=r1",
    ]);
    assert.deepEqual(gapsOf(seen.created[0]), []);
    assert.ok(asked.indexOf("PractitionerRole?_id=r1") < asked.indexOf("Practitioner?_id=d1%2Cd9"));
  });

  it("stop the start where they build on what is not before them, and where a policy names no key", () => {
    const wrong = wishing({ doctors: prefetch.doctors, roles: prefetch.roles }, { documents: "omit" });
    assert.deepEqual(serviceProblems(wrong, "discharge-summary"), [
      "prefetch doctors builds on roles, which is not before it",
      "onMissing names documents, which is no key of its prefetch",
    ]);
  });
});

describe("a key that did not come, by its policy", () => {
  const outcome = { resourceType: "OperationOutcome", issue: [{ severity: "error", code: "timeout" }] };
  const laboratory = { laboratory: "Observation?patient={{context.patientId}}" };
  const ways: readonly [string, unknown][] = [
    ["missing", undefined],
    ["an OperationOutcome", outcome],
  ];
  for (const [name, value] of ways) {
    const prefetch = { patient, encounter, laboratory: value };

    it(`fail, ${name}: 412 names the key, and with the token it is fetched`, async () => {
      const service = wishing(laboratory, { laboratory: "fail" });
      const { reader } = notingReader({ Observation: [oneResult] });
      const world = hookWorld({ tenants: [tenantOf("general")], service, reader });
      const refused = await world.invoke({ prefetch });
      assert.deepEqual([refused.status, JSON.parse(refused.text).issue[0].expression], [412, ["prefetch.laboratory"]]);
      assert.equal((await world.invoke({ prefetch, fhirAuthorization: token })).status, 200);
      assert.ok(world.seen.created[0]?.snapshot?.resources.some(({ id }) => id === "o1"));
    });

    it(`omit, ${name}: a gap that is told, with no call to the EHR and no wait for a launch`, async () => {
      const { asked, reader } = notingReader();
      const { invoke, seen } = hookWorld({ service: wishing(laboratory, { laboratory: "omit" }), reader });
      assert.equal((await invoke({ prefetch, fhirAuthorization: token })).status, 200);
      assert.deepEqual([asked, seen.created[0]?.waitForLaunch], [[], false]);
      assert.deepEqual(gapsOf(seen.created[0]), ["Observation: not in the prefetch (laboratory)"]);
    });

    it(`fetch, ${name}: fetched by the token; at a site that only prefetches, a gap that is told`, async () => {
      const { reader } = notingReader({ Observation: [oneResult] });
      for (const [fhirAuthorization, gaps] of [
        [token, []],
        [undefined, ["Observation: not in the prefetch (laboratory)"]],
      ] as const) {
        const { invoke, seen } = hookWorld({ tenants: [tenantOf("general")], service: wishing(laboratory), reader });
        assert.equal((await invoke({ prefetch, fhirAuthorization })).status, 200);
        assert.deepEqual(gapsOf(seen.created[0]), gaps);
      }
    });
  }

  it("a first page only: the search is made again by the token, and a page that stays alone is a gap", async () => {
    const page = {
      resourceType: "Bundle",
      type: "searchset",
      link: [{ relation: "next", url: "https://x.example/2" }],
    };
    for (const complete of [true, false]) {
      const reader = { search: async () => ({ resources: [oneResult], complete }) };
      const { invoke, seen } = hookWorld({ tenants: [tenantOf("general")], service: wishing(laboratory), reader });
      await invoke({ prefetch: { patient, encounter, laboratory: page }, fhirAuthorization: token });
      assert.deepEqual(
        gapsOf(seen.created[0]),
        complete ? [] : ["Observation: the EHR did not give it to the hook's token (laboratory)"],
      );
    }
  });
});
