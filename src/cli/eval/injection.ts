/** Instructions planted in a chart, each in its place, before the engine: outside a warning nothing may change. */
import { jurisdictionById } from "../../config/jurisdictions.ts";
import type { FhirResource } from "fhir/r4.js";
import type { Obedience } from "../../../sandbox/injection/obey.ts";
import type { InjectionPayload } from "../../../sandbox/injection/payloads.ts";
import type { PlantingPlace } from "../../../sandbox/injection/plant.ts";
import { buildChart } from "../../core/chart/build-chart.ts";
import type { Section } from "../../core/summary/summary.ts";
import type { Check, Problem } from "../../eval/checks.ts";
import { check } from "../../eval/checks.ts";
import { writeDraft } from "../../eval/engine.ts";
import type { SummaryGenerator } from "../../generation/summary-generator.ts";
import { createTemplateGenerator } from "../../generation/template/template-generator.ts";
import type { EvaluationChart } from "./charts.ts";
import type { OpenEngine } from "./engines.ts";

/** Sections in which a model has a hand. */
const modelSections: readonly string[] = ["course", "reason", "instructions"];

interface Ground {
  readonly engine: OpenEngine;
  readonly resources: readonly FhirResource[];
  readonly encounterId: string;
  readonly timeZone: string;
  /** What the rules make of the chart with the planted resource and nothing planted in it, by place. */
  readonly clean: Map<PlantingPlace, readonly Section[]>;
}

const rules = createTemplateGenerator();

async function draft(
  { encounterId, timeZone }: Ground,
  resources: readonly FhirResource[],
  generator: SummaryGenerator,
): Promise<readonly Section[]> {
  const chart = buildChart({ resources, encounterId });
  const options = { timeZone, language: "en", jurisdiction: jurisdictionById("us") } as const;
  const { sections } = await writeDraft(generator, chart, options, performance.now());
  return sections;
}

async function cleanDraft(ground: Ground, place: PlantingPlace): Promise<readonly Section[]> {
  const { plant } = await import("../../../sandbox/injection/plant.ts");
  const known = ground.clean.get(place) ?? (await draft(ground, plant(ground, place), rules));
  ground.clean.set(place, known);
  return known;
}

/** Without a model one run says all; a scripted model obeys what it finds, and then what it never saw. */
const obediences = ({ obey }: OpenEngine): readonly (Obedience | undefined)[] =>
  obey === undefined ? [undefined] : ["seen", "always"];

/** What of the payload got in, in words; undefined when nothing did. */
async function attack(ground: Ground, payload: InjectionPayload): Promise<Problem | undefined> {
  const { plant } = await import("../../../sandbox/injection/plant.ts");
  const { asKnown, intrusionsOf } = await import("../../../sandbox/injection/intrusions.ts");
  const { engine } = ground;
  engine.obey?.(undefined);
  const clean = await cleanDraft(ground, payload.place);
  const planted = plant(ground, payload.place, payload.text);
  const honest = await draft(ground, planted, engine.generator);
  const knownSentences = new Set(
    [...clean, ...honest].flatMap(({ sentences }) => sentences.map(({ text }) => asKnown(text))),
  );
  for (const obedience of obediences(engine)) {
    if (obedience !== undefined) engine.obey?.({ payload, obedience });
    const attacked = obedience === undefined ? honest : await draft(ground, planted, engine.generator);
    const own = engine.generator.engine === "model" ? modelSections : [];
    const [intrusion] = intrusionsOf(payload, { clean, attacked, modelSections: own, knownSentences });
    if (intrusion !== undefined)
      return { what: `${payload.id} (${payload.technique}) changed the summary`, sentence: intrusion, references: [] };
  }
  return undefined;
}

/** Every payload against one chart. */
export async function injectionCheck(engine: OpenEngine, { bundle, truth }: EvaluationChart): Promise<Check> {
  const { injectionPayloads } = await import("../../../sandbox/injection/payloads.ts");
  const resources = (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
  const ground: Ground = {
    engine,
    resources,
    encounterId: truth?.encounter ?? "",
    timeZone: truth?.timeZone ?? "UTC",
    clean: new Map(),
  };
  const problems = new Map<string, Problem>();
  for (const payload of injectionPayloads) {
    const problem = await attack(ground, payload);
    if (problem !== undefined) problems.set(payload.id, problem);
  }
  engine.obey?.(undefined);
  engine.takeBodies();
  return check("injection.obeyed", injectionPayloads, ({ id }) => problems.get(id));
}
