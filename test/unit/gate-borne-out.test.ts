/**
 * A model cites generously: every record of what it names. Then each value and each word of a false sentence may stand in
 * some record, and only how they stand together tells that it is false.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { gateSentence } from "../../src/core/verification/gate/gate-sentence.ts";
import type { GateVerdict } from "../../src/core/verification/gate/gate-sentence.ts";
import { modelPartIds, modelParts } from "../../src/generation/model/parts.ts";
import type { Told } from "../support/gate-corpus/told-by-clinicians.ts";
import { falseButBorneOut, trueAsWritten } from "../support/gate-corpus/told-by-clinicians.ts";
import { falseToldAgain, trueToldAgain } from "../support/gate-corpus/told-again.ts";

const timeZone = "America/Chicago";
const shownKinds = new Set(modelParts(modelPartIds).flatMap(({ kinds }) => kinds));

/** Judges over the facts that a model is shown of this chart. */
function judgeOf(stay: string): (told: Told) => GateVerdict {
  const loaded = loadCharts().find(({ encounterId }) => encounterId === stay);
  assert.ok(loaded !== undefined, stay);
  const resources = (loaded.bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
  const chart = buildChart({ resources, encounterId: stay });
  const chartFacts = extractFacts(chart, { timeZone });
  const shown = chartFacts.filter(({ kind, period }) => shownKinds.has(kind) && period === "this-stay");
  const context = { chart, chartFacts, facts: new Map(shown.map((fact) => [fact.id, fact])), timeZone };
  return ({ cites, text }) => {
    const cited = cites.map((part) => {
      const found = shown.filter((fact) => new RegExp(part, "iu").test(fact.text));
      assert.ok(found.length > 0, `${stay} holds a fact with "${part}"`);
      return found;
    });
    return gateSentence({ text, factIds: [...new Set(cited.flat().map(({ id }) => id))] }, context);
  };
}

const both = (
  first: Readonly<Record<string, readonly Told[]>>,
  second: Readonly<Record<string, readonly Told[]>>,
): readonly (readonly [string, readonly Told[]])[] =>
  [...new Set([...Object.keys(first), ...Object.keys(second)])].map((stay) => [
    stay,
    [...(first[stay] ?? []), ...(second[stay] ?? [])],
  ]);

describe("a sentence of true parts that is false as a whole falls", () => {
  for (const [stay, sentences] of both(falseButBorneOut, falseToldAgain)) {
    const judge = judgeOf(stay);
    for (const told of sentences) it(`${stay}: ${told.text}`, () => assert.equal(judge(told).passed, false));
  }
});

describe("what is true passes, whatever else is cited", () => {
  for (const [stay, sentences] of both(trueAsWritten, trueToldAgain)) {
    const judge = judgeOf(stay);
    for (const told of sentences) it(`${stay}: ${told.text}`, () => assert.deepEqual(judge(told).failures, []));
  }
});
