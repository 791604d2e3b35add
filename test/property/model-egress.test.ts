/**
 * What leaves the house for a model: identifiers are planted in every text of a chart, the engine writes by the real HTTP
 * path, and the recorded requests are searched (generation: "PHI identifiers in provider requests 0").
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Bundle, FhirResource } from "fhir/r4.js";
import { loadCharts } from "../../sandbox/charts/load.ts";
import type { ScriptedModel } from "../../sandbox/model/server.ts";
import { createScriptedModel } from "../../sandbox/model/server.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import type { Chart } from "../../src/core/chart/chart.ts";
import { allowedFields } from "../../src/generation/model/disclosure/allowed-fields.ts";
import { createModelGenerator } from "../../src/generation/model/model-generator.ts";
import { modelPartIds } from "../../src/generation/model/parts.ts";
import { createOpenAiCompatibleProvider } from "../../src/generation/model/openai-compatible/openai-compatible.ts";
import { structureChart } from "../../src/generation/model/structure.ts";
import { us } from "../support/jurisdictions.ts";

const identifiers = {
  family: "Quillfeather",
  given: "Marigold",
  mrn: "MRN-4471-XK",
  phone: "555-867-5309",
  email: "marigold@mail.example",
  street: "14 Larkspur Row",
  city: "Thornbury",
  born: "14 March 1958",
};
const everything = `${identifiers.given} ${identifiers.family}, ${identifiers.mrn}, ${identifiers.phone}, ${identifiers.email}, ${identifiers.street}, ${identifiers.city}, born ${identifiers.born}`;

/** Structure, not text: changing these makes another chart, not another wording. */
const structural =
  /(?:^|\.)(?:resourceType|id|reference|system|code|status|use|intent|type|url|contentType|unit|versionId|comparator|.*(?:[dD]ate|DateTime|Time|On|start|end|issued|recorded|Instant|lastUpdated))$/u;

/** Every text of a resource with `plant` put in; notes are opened, planted and closed again. */
function planted(value: unknown, path: string, plant: (text: string, path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((entry) => planted(entry, path, plant));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [name, planted(entry, `${path}.${name}`, plant)]),
    );
  if (typeof value !== "string" || structural.test(path)) return value;
  if (path.endsWith(".data"))
    return Buffer.from(plant(Buffer.from(value, "base64").toString("utf8"), path)).toString("base64");
  return plant(value, path);
}

function chartWith(bundle: Bundle, encounterId: string, plant: (text: string, path: string) => string): Chart {
  const entry = (bundle.entry ?? []).map((each) => ({
    ...each,
    resource: planted(each.resource, each.resource?.resourceType ?? "", plant) as FhirResource,
  }));
  const built = buildChart({ resources: { ...bundle, entry }, encounterId });
  const patient = {
    ...built.patient,
    birthDate: "1958-03-14",
    name: [{ family: identifiers.family, given: [identifiers.given] }],
    identifier: [{ value: identifiers.mrn }],
    telecom: [{ value: identifiers.phone }, { value: identifiers.email }],
    address: [{ line: [identifiers.street], city: identifiers.city }],
  };
  return { ...built, patient };
}

let model: ScriptedModel;
before(async () => {
  model = await createScriptedModel({ chunkDelayMs: 0 });
});
after(() => model.close());

/** All that the provider got for a chart. */
async function sent(chart: Chart): Promise<string> {
  model.clear();
  const timeouts = { firstChunkTimeoutMs: 60_000, chunkTimeoutMs: 60_000, totalTimeoutMs: 120_000 };
  const provider = createOpenAiCompatibleProvider({ baseUrl: model.baseUrl, model: "scripted", timeouts });
  const options = { timeZone: "America/Chicago", language: "en", jurisdiction: us } as const;
  const { signal } = new AbortController();
  // One by one: where no sentence of a part stands, the parts behind it are not asked for.
  for (const part of modelPartIds) {
    const generator = createModelGenerator({ provider, structure: structureChart, parts: [part] });
    for await (const _event of generator.generate({ chart, options, finished: [], signal, requestId: "req-1" }));
  }
  assert.ok(model.requests.length >= 2, "something was asked");
  return model.requests.map(({ body, headers }) => `${body} ${JSON.stringify(headers)}`).join("\n");
}

for (const { bundle, encounterId, patientId } of loadCharts()) {
  describe(`the chart of ${patientId}`, () => {
    it("gives away no identifier of the patient, though every text in it says them all", async () => {
      const body = await sent(chartWith(bundle, encounterId, (text) => `${text} ${everything}`));
      for (const [name, value] of Object.entries(identifiers))
        assert.ok(!body.includes(value), `${name} left the house`);
      assert.ok(body.includes("⟨removed⟩"), "the texts that bear them were sent");
    });

    it("gives away nothing of a field that no rule allows", async () => {
      const outside = new Set<string>();
      const isAllowed = (path: string): boolean => {
        const [type = "", ...rest] = path.split(".");
        const fields = Object.entries(allowedFields).find(([name]) => name === type)?.[1] ?? [];
        return fields.some((field) => `${rest.join(".")}.`.startsWith(`${field}.`));
      };
      const chart = chartWith(bundle, encounterId, (text, path) => {
        if (isAllowed(path)) return text;
        outside.add(path);
        return `${text} Zanzibarine${outside.size}`;
      });
      const body = await sent(chart);
      assert.ok(outside.size > 20, "there were such fields");
      assert.ok(!body.includes("Zanzibarine"), "a field outside the list left the house");
    });

    it("tells no calendar date of the stay, and no id of the EHR", async () => {
      const chart = buildChart({ resources: bundle, encounterId });
      const body = await sent(chart);
      const user = body.slice(body.indexOf('"facts'));
      assert.doesNotMatch(user, /\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* 20\d\d/u);
      assert.doesNotMatch(user, /\b20\d\d-\d\d-\d\d/u);
      for (const { id, resourceType } of [chart.patient, chart.encounter])
        assert.ok(!body.includes(`${resourceType}/${id ?? ""}`));
    });
  });
}
