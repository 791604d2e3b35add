/** What the template engine makes of a chart; the model engine builds on it. */
import type { Chart } from "../../core/chart/chart.ts";
import type { Fact } from "../../core/chart/facts.ts";
import { extractFacts, recordedFacts } from "../../core/facts/extract.ts";
import type { SensitivityPolicy } from "../../core/sensitivity/policy.ts";
import { defaultPolicy } from "../../core/sensitivity/policy.ts";
import { withoutLabelled } from "../../core/sensitivity/withhold.ts";
import { createSectionContext } from "../../core/sections/context.ts";
import { sentencesBeside, templateSections } from "../../core/sections/template-sections.ts";
import type { Section, Sentence } from "../../core/summary/summary.ts";
import type { TellingSentence } from "../../core/verification/told-facts.ts";
import { toldBy } from "../../core/verification/told-facts.ts";
import type { GenerationOptions } from "../summary-generator.ts";
import { verifySection, verifierOf } from "../template/template-generator.ts";
import { projectChart, showableTexts } from "./disclosure/project-chart.ts";

export interface StructuredDraft {
  readonly facts: readonly Fact[];
  /** All sections, the template's own course among them. */
  readonly sections: readonly Section[];
  /** The template's own words for what a told course leaves out, verified. */
  readonly besideCourse: (course: readonly TellingSentence[]) => readonly Sentence[];
  /** By fact id, what a model may be shown of it; a fact that is not in it stays in the house. */
  readonly showable: ReadonlyMap<string, string>;
}

/** Facts and sections of a chart, and what of the facts may leave: no labelled record that the policy keeps in. Pure. */
export function structureChart(
  chart: Chart,
  options: GenerationOptions,
  sensitivity: SensitivityPolicy = defaultPolicy,
): StructuredDraft {
  const facts = recordedFacts(chart, options);
  const verify = verifierOf(chart, options);
  const all = extractFacts(chart, options);
  const context = createSectionContext(chart, all, options);
  const sections = templateSections(chart, all, options).map((section) => verifySection(section, chart, options));
  const open = withoutLabelled(chart, sensitivity, "model");
  // Patient or stay are protected themselves: then no model is told anything.
  const showable = open.whole ? [] : recordedFacts(projectChart(open.chart), options);
  return {
    facts,
    sections,
    besideCourse: (course) => sentencesBeside(toldBy(course, facts), context).map(verify),
    showable: showableTexts(showable, facts),
  };
}
