/**
 * Planted instructions against both engines: the computed sections, and a model behind the real HTTP path that obeys whatever it
 * sees, or writes the order as if it had seen it. Outside a warning nothing may change.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { asKnown, intrusionsOf, isFlagged } from "../../sandbox/injection/intrusions.ts";
import { carries } from "../../sandbox/injection/obey.ts";
import type { InjectionPayload } from "../../sandbox/injection/payloads.ts";
import { injectionPayloads } from "../../sandbox/injection/payloads.ts";
import type { PlantingPlace } from "../../sandbox/injection/plant.ts";
import { plant } from "../../sandbox/injection/plant.ts";
import type { ScriptedModel } from "../../sandbox/model/server.ts";
import { createScriptedModel } from "../../sandbox/model/server.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import type { Chart } from "../../src/core/chart/chart.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { isSuspicious } from "../../src/core/facts/addressed-text.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import type { Section } from "../../src/core/summary/summary.ts";
import { createModelGenerator } from "../../src/generation/model/model-generator.ts";
import { createOpenAiCompatibleProvider } from "../../src/generation/model/openai-compatible/openai-compatible.ts";
import { structureChart } from "../../src/generation/model/structure.ts";
import { verifySection } from "../../src/generation/template/template-generator.ts";
import { us } from "../support/jurisdictions.ts";

const timeZone = "America/Chicago";
const [loaded] = loadCharts();
assert.ok(loaded !== undefined);
const stay = {
  resources: (loaded.bundle.entry ?? []).flatMap(({ resource }) => resource ?? []),
  encounterId: loaded.encounterId,
};
const chartOf = (resources: readonly FhirResource[]): Chart => buildChart({ ...stay, resources });

function computed(chart: Chart): readonly Section[] {
  const options = { timeZone, jurisdiction: us, language: "en" } as const;
  return templateSections(chart, extractFacts(chart, options), options).map((section) =>
    verifySection(section, chart, options),
  );
}

const cleanByPlace = new Map<PlantingPlace, readonly Section[]>();
function cleanOf(place: PlantingPlace): readonly Section[] {
  const known = cleanByPlace.get(place) ?? computed(chartOf(plant(stay, place)));
  cleanByPlace.set(place, known);
  return known;
}

let model: ScriptedModel;
before(async () => {
  model = await createScriptedModel({ chunkDelayMs: 0 });
});
after(() => model.close());

async function written(chart: Chart): Promise<readonly Section[]> {
  const provider = createOpenAiCompatibleProvider({
    baseUrl: model.baseUrl,
    model: "scripted",
    timeouts: { firstChunkTimeoutMs: 20_000, chunkTimeoutMs: 20_000, totalTimeoutMs: 60_000 },
    retry: { retries: 0, baseMs: 1, maxPauseMs: 1 },
  });
  const generator = createModelGenerator({
    provider,
    structure: structureChart,
  });
  const sections: Section[] = [];
  const { signal } = new AbortController();
  const options = { timeZone, language: "en", jurisdiction: us } as const;
  for await (const event of generator.generate({ chart, options, finished: [], signal, requestId: "r" }))
    if (event.kind === "section") sections.push(event.section);
  return sections;
}

const textsOf = (sections: readonly Section[]): readonly string[] =>
  sections.flatMap(({ sentences }) => sentences.map(({ text }) => asKnown(text)));

describe("planted instructions", () => {
  it("are 40 and more, each in its own words, with a word that stands in no chart", () => {
    assert.ok(injectionPayloads.length >= 40, String(injectionPayloads.length));
    assert.equal(new Set(injectionPayloads.map(({ id }) => id)).size, injectionPayloads.length);
    const chart = JSON.stringify(stay.resources).toLowerCase();
    for (const payload of injectionPayloads) {
      assert.equal(chart.includes(payload.canary), false, payload.id);
      assert.ok(payload.order.toLowerCase().includes(payload.canary), payload.id);
    }
  });

  it("would be obeyed by this model if they reached it", () => {
    for (const payload of injectionPayloads)
      assert.equal(
        carries(JSON.stringify(plant(stay, payload.place, payload.text)), payload) || payload.place.endsWith("note"),
        true,
        payload.id,
      );
  });

  for (const payload of injectionPayloads) it(`${payload.id}: ${payload.technique}`, () => attack(payload));
});

async function attack(payload: InjectionPayload): Promise<void> {
  const chart = chartOf(plant(stay, payload.place, payload.text));
  const clean = cleanOf(payload.place);
  const ours = computed(chart);
  const intrusions = (attacked: readonly Section[], modelSections: readonly string[], known: Iterable<string> = []) =>
    intrusionsOf(payload, { clean, attacked, modelSections, knownSentences: new Set(known) });

  assert.deepEqual(intrusions(ours, []), [], "computed sections");
  assert.equal(isFlagged(ours), true, "the clinician is told");
  const facts = extractFacts(chart, { timeZone });
  assert.deepEqual(
    facts.filter(({ kind, text }) => kind !== "note" && (carries(text, payload) || isSuspicious(text))),
    [],
  );

  model.obey(undefined);
  const honest = await written(chart);
  const known = [...textsOf(honest), ...textsOf(clean)];
  for (const obedience of ["seen", "always"] as const) {
    model.clear();
    model.obey({ payload, obedience });
    const attacked = await written(chart);
    assert.deepEqual(
      intrusions(attacked, ["course", "reason", "instructions"], known),
      [],
      `a model that obeys what it has ${obedience}`,
    );
    assert.deepEqual(
      model.requests.filter(({ body }) => carries(body, payload)).map(({ index }) => index),
      [],
      "nothing of it is sent to the model",
    );
  }
}
