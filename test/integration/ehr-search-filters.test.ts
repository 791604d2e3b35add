/** EHRs that do not know a search parameter of the plan: what they answer then must not reach a chart (R4 search, 3.1.1.3). */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { loadCharts } from "../../sandbox/charts/load.ts";
import type { SandboxEhr } from "../../sandbox/ehr.ts";
import type { UnknownParameters } from "../../sandbox/fhir/state.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { ignoredFilters } from "../../src/ehr/applied-filters.ts";
import { findByIdentifier } from "../../src/ehr/find-by-identifier.ts";
import type { FhirGateway } from "../../src/ehr/fhir-gateway.ts";
import { createFhirGateway } from "../../src/ehr/fhir-gateway.ts";
import { readChart } from "../../src/ehr/read-chart.ts";
import { findDocument } from "../../src/ehr/write-back/find-document.ts";
import { startEhr } from "../support/sandbox-ehr.ts";

const charts = loadCharts();
let ehr: SandboxEhr | undefined;
afterEach(() => ehr?.close());

async function gatewayAt(unknownParameters: UnknownParameters): Promise<FhirGateway> {
  ehr = await startEhr({ charts: charts.map(({ bundle }) => bundle), behaviour: { unknownParameters } });
  const token = ehr.mintToken({ clientId: "test", scopes: ["system/*.rs"] });
  return createFhirGateway({
    baseUrl: ehr.fhirBaseUrl,
    fetch: async (url, init) => fetch(url, init),
    accessToken: async () => token,
  });
}

describe("an EHR that cannot search a type by patient", () => {
  const names = ["Goal.patient", "Device.patient"];
  const told = {
    refuse: "the EHR answered 400",
    "ignore-unless-strict": "the EHR answered 400",
    ignore: "the EHR does not search it by patient",
  } as const;

  for (const handling of ["refuse", "ignore-unless-strict", "ignore"] as const) {
    test(`makes a chart of this patient alone, and tells what was not read (${handling})`, async () => {
      const gateway = await gatewayAt({ names, handling });
      for (const { patientId, encounterId } of charts) {
        const { resources, gaps } = await readChart(gateway, patientId, encounterId, []);
        // Throws where anything is another patient's.
        buildChart({ resources, encounterId });
        assert.ok(resources.length > 20);
        assert.ok(!resources.some(({ resourceType }) => resourceType === "Goal" || resourceType === "Device"));
        assert.ok(gaps.includes(`Goal: ${told[handling]}`) && gaps.includes(`Device: ${told[handling]}`), gaps.join());
      }
    });
  }

  test("one that leaves out only the stay is searched by patient, and nothing is missing", async () => {
    const gateway = await gatewayAt({ names: ["Observation.encounter"], handling: "ignore" });
    const [chart] = charts;
    assert.ok(chart !== undefined);
    const { resources, gaps } = await readChart(gateway, chart.patientId, chart.encounterId, []);
    assert.ok(resources.some(({ resourceType }) => resourceType === "Observation"));
    assert.deepEqual(gaps, []);
  });
});

test("an EHR that leaves out identifiers gives nobody else's chart and nobody else's document for ours", async () => {
  const names = ["Patient.identifier", "DocumentReference.identifier"];
  const gateway = await gatewayAt({ names, handling: "ignore" });
  assert.equal(await findByIdentifier(gateway, "Patient", { system: "urn:mrn", value: "nobody" }), undefined);
  const identifier = { system: "urn:handover", value: "no-such-job.1" };
  const encounter = `Encounter/${charts[0]?.encounterId}`;
  assert.equal(await findDocument(gateway, { identifier, encounter }, "identifier"), undefined);
});

describe("what the self link says of a search (R4 search, 3.1.1.4.1)", () => {
  const asked = { patient: "7", encounter: "Encounter/9", _count: "200" };
  const at = (query: string): string => `https://ehr.example/fhir/Observation${query}`;

  test("a filter that is not in it was left out; names that shape the answer are no filters", () => {
    assert.deepEqual(ignoredFilters(asked, at("?_count=200&_offset=0")), ["patient", "encounter"]);
    assert.deepEqual(ignoredFilters(asked, at("?patient=7&_count=50")), ["encounter"]);
    assert.deepEqual(ignoredFilters({ patient: "7", _sort: "-date" }, at("?patient=7")), []);
  });

  test("under another name, with a modifier or as a whole reference it is applied", () => {
    assert.deepEqual(ignoredFilters(asked, at("?subject=Patient/7&encounter=9&_count=200")), []);
    assert.deepEqual(ignoredFilters(asked, at("?patient:Patient=7&context=Encounter%2F9&_count=200")), []);
  });

  test("what cannot be compared says nothing: no link, no query, a query of the server's own", () => {
    for (const self of [undefined, at(""), at("/_search"), at("?_getpages=a1b2&_bundletype=searchset")])
      assert.deepEqual(ignoredFilters(asked, self), []);
  });
});
