/** A chart read from an EHR, search by search, against the same chart given whole: what no search brings is missing from every draft. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import type { Chart } from "../../src/core/chart/chart.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import type { Fetch } from "../../src/ehr/fetch.ts";
import { createFhirGateway } from "../../src/ehr/fhir-gateway.ts";
import { readChart } from "../../src/ehr/read-chart.ts";
import { searchPlan } from "../../src/ehr/search-plan.ts";
import { us } from "../support/jurisdictions.ts";
import { startEhr } from "../support/sandbox-ehr.ts";

const timeZone = "America/Chicago";

/** What a reader sees: each section's sentences, what it looked for, what was not read. */
function written(chart: Chart): readonly unknown[] {
  return templateSections(chart, extractFacts(chart, { timeZone }), { timeZone, jurisdiction: us }).map(
    ({ id, sentences, lookedFor, notRead }) => ({ id, texts: sentences.map(({ text }) => text), lookedFor, notRead }),
  );
}

describe("a chart read search by search", () => {
  for (const { bundle, patientId, encounterId } of loadCharts()) {
    test(`gives the summary of ${patientId} that the whole chart gives`, async () => {
      const sandbox = await startEhr({ charts: [bundle] });
      try {
        const gateway = createFhirGateway({
          baseUrl: sandbox.fhirBaseUrl,
          fetch: (url, init) => fetch(url, init),
          accessToken: async () => sandbox.mintToken({ clientId: "test", scopes: ["system/*.rs"] }),
        });
        const read = await readChart(gateway, patientId, encounterId, []);
        assert.deepEqual(
          written(buildChart({ ...read, encounterId })),
          written(buildChart({ resources: bundle, encounterId })),
        );
      } finally {
        await sandbox.close();
      }
    });
  }
});

const base = "https://ehr.example/fhir";
const patient: FhirResource = { resourceType: "Patient", id: "p" };
const encounter: FhirResource = {
  resourceType: "Encounter",
  id: "e",
  status: "finished",
  class: { code: "IMP" },
  subject: { reference: "Patient/p" },
  period: { start: "2026-03-14T12:00:00Z", end: "2026-03-18T11:00:00Z" },
};

/** An EHR that answers searches for one type with a status, and all others with nothing. */
function refusing(type: string, status: number): Fetch {
  return async (url) => {
    const { pathname } = new URL(url);
    if (pathname.endsWith("/Patient/p")) return Response.json(patient);
    if (pathname.endsWith("/Encounter/e")) return Response.json(encounter);
    if (pathname.endsWith(`/${type}`)) return Response.json({ resourceType: "OperationOutcome" }, { status });
    return Response.json({ resourceType: "Bundle", type: "searchset", entry: [] });
  };
}

describe("a dose given at an earlier visit", () => {
  const visit = { reference: "Encounter/surgery" };
  const drug = { text: "Cefazolin 2000 MG Injection" };
  const order: FhirResource = {
    resourceType: "MedicationRequest",
    id: "m",
    status: "stopped",
    intent: "order",
    subject: { reference: "Patient/p" },
    encounter: visit,
    authoredOn: "2026-01-08T10:00:00Z",
    medicationCodeableConcept: drug,
  };
  const dose: FhirResource = {
    resourceType: "MedicationAdministration",
    id: "d",
    status: "completed",
    subject: { reference: "Patient/p" },
    context: visit,
    effectiveDateTime: "2026-01-08T10:30:00Z",
    medicationCodeableConcept: drug,
  };

  /** An EHR with that order, whose answer to a search for the visit's doses is this. */
  async function medications(answer: () => Response): Promise<string> {
    const fetch: Fetch = async (url, init) => {
      const { pathname, searchParams } = new URL(url);
      if (pathname.endsWith("/MedicationRequest"))
        return Response.json({ resourceType: "Bundle", type: "searchset", entry: [{ resource: order }] });
      const asksForVisit = searchParams.get("context") === "Encounter/surgery";
      return pathname.endsWith("/MedicationAdministration") && asksForVisit
        ? answer()
        : refusing("none", 500)(url, init);
    };
    const gateway = createFhirGateway({ baseUrl: base, fetch, accessToken: async () => "t" });
    const read = await readChart(gateway, "p", "e", []);
    assert.deepEqual(read.gaps, []);
    return JSON.stringify(written(buildChart({ ...read, encounterId: "e" })));
  }

  test("is asked for, so that its order is no medicine of the home", async () => {
    const found = { resourceType: "Bundle", type: "searchset", entry: [{ resource: dose }] };
    assert.ok(!(await medications(() => Response.json(found))).includes("Cefazolin"));
  });

  test("that the EHR does not search for leaves the order unclear, and stops no draft", async () => {
    assert.match(await medications(() => Response.json({}, { status: 400 })), /UNCLEAR: Cefazolin/u);
  });
});

describe("an EHR that does not give a type", () => {
  const told = {
    DeviceUseStatement: ["procedures", /use of devices/u],
    NutritionOrder: ["instructions", /diet orders/u],
    Communication: ["instructions", /messages to the patient/u],
    List: ["allergies", /lists of allergies/u],
    Specimen: ["pending", /specimens/u],
    ImagingStudy: ["pending", /image series/u],
  } as const;

  for (const [type, [section, words]] of Object.entries(told)) {
    test(`${type}: the draft is written, and the section that would have used it says so`, async () => {
      for (const status of [400, 403, 404]) {
        const fetch = refusing(type, status);
        const gateway = createFhirGateway({ baseUrl: base, fetch, accessToken: async () => "t" });
        const read = await readChart(gateway, "p", "e", []);
        assert.deepEqual(read.gaps, [`${type}: the EHR answered ${status}`]);
        const found = written(buildChart({ ...read, encounterId: "e" }));
        const looked = found.find((one) => JSON.stringify(one).includes(`"id":"${section}"`));
        assert.match(JSON.stringify(looked), words);
      }
    });
  }

  test("is not asked for it where the token's scopes leave it out [smart 147]", async () => {
    const asked: string[] = [];
    const fetch: Fetch = async (url, init) => {
      asked.push(new URL(url).pathname);
      return refusing("none", 500)(url, init);
    };
    const types = searchPlan("p", "e").map(({ type }) => type);
    const granted = types.filter((type) => type !== "Specimen").map((type) => `system/${type}.rs`);
    const gateway = createFhirGateway({
      baseUrl: base,
      fetch,
      accessToken: async () => "t",
      granted: () => granted.join(" "),
    });
    const { gaps } = await readChart(gateway, "p", "e", []);
    assert.deepEqual(gaps, ["Specimen: the EHR did not grant it"]);
    assert.ok(!asked.some((path) => path.endsWith("/Specimen")));
  });

  test("without lists of allergies says so only where there are no allergies to tell", () => {
    const allergy: FhirResource = {
      resourceType: "AllergyIntolerance",
      id: "a",
      code: { text: "Penicillin" },
      patient: { reference: "Patient/p" },
    };
    const gaps = ["List: the EHR answered 404"];
    const chart = buildChart({ resources: [patient, encounter, allergy], encounterId: "e", gaps });
    assert.ok(!JSON.stringify(written(chart)).includes("lists of allergies"));
  });
});
