/**
 * The FHIR document of the largest synthetic chart: what it costs to build, and to validate before it leaves (CPU time, for both
 * stand in the way of nobody who waits). Against parsing the same chart in the same run.
 */
import { syntheticCharts } from "../../sandbox/evaluation/synthetic-charts.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { documentBundle } from "../../src/core/document/bundle.ts";
import type { DocumentInput } from "../../src/core/document/document-input.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import { sha256 } from "../../src/core/summary/canonical.ts";
import { servedProfiles } from "../../src/core/validation/outgoing-profiles.ts";
import { loadValidator } from "../../src/validation/outgoing.ts";
import { inputOf, signed } from "../../test/support/document-fixture.ts";
import { us } from "../../test/support/jurisdictions.ts";
import type { Figure } from "../measure/figures.ts";

const rounds = 40;
const megabyte = 1024 * 1024;

function cpuMs(times: number, work: () => unknown): number {
  const before = process.cpuUsage();
  for (let round = 0; round < times; round += 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}

/** The signed document of a chart, as the rules write it. */
function largestDocument(): { readonly input: DocumentInput; readonly text: string; readonly resources: number } {
  const [largest] = [...syntheticCharts(90, 1)].toSorted(
    (a, b) => (b.bundle.entry?.length ?? 0) - (a.bundle.entry?.length ?? 0),
  );
  if (largest === undefined) throw new Error("there is no synthetic chart");
  const { bundle, truth } = largest;
  const options = { timeZone: truth.timeZone, language: "en", jurisdiction: us } as const;
  const chart = buildChart({ resources: bundle, encounterId: truth.encounter });
  const sections = templateSections(chart, extractFacts(chart, options), options);
  const { patient: patientResource, encounter: encounterResource } = chart;
  const input = inputOf(
    { ...signed, sections, sha256: sha256(sections) },
    { ...options, patientResource, encounterResource },
  );
  return { input, text: JSON.stringify(bundle), resources: bundle.entry?.length ?? 0 };
}

/** Runs it all in this process. */
export function documentFigures(): readonly Figure[] {
  const { input, text, resources } = largestDocument();
  const before = process.memoryUsage.rss();
  const validator = loadValidator();
  const document = documentBundle(input);
  const profiles = servedProfiles(document);
  const cold = cpuMs(1, () => validator.validate(document, profiles));
  const grown = (process.memoryUsage.rss() - before) / megabyte;
  const issues = validator.validate(document, profiles);
  if (issues.length > 0) throw new Error("the document that is measured is not valid");
  const build = (): unknown => documentBundle(input);
  const validate = (): unknown => validator.validate(document, profiles);
  // Each once more beforehand: what a process does for the first time is told apart.
  for (const work of [build, validate]) cpuMs(rounds, work);
  const baseline = { name: "JSON.parse of the chart", value: cpuMs(rounds, () => JSON.parse(text) as unknown) };
  return [
    { figure: "resources of the largest chart", value: resources, unit: "" },
    { figure: "its document, as JSON", value: JSON.stringify(document).length / 1024, unit: "kB" },
    { figure: "building the document", value: cpuMs(rounds, build), unit: "ms CPU", baseline },
    { figure: "validating it", value: cpuMs(rounds, validate), unit: "ms CPU", baseline },
    { figure: "validating, first of the process", value: cold, unit: "ms CPU" },
    { figure: "definitions, profiles and compiled invariants", value: grown, unit: "MB" },
  ];
}
