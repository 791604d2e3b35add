/** The second look: what a draft claims against the chart, and what it leaves out. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import type { Section } from "../../src/core/summary/summary.ts";
import { claimsOf, judgeClaims } from "../../src/core/verification/second-look/claims.ts";
import { addSentence } from "../../src/core/summary/add-sentence.ts";
import { mergeEdit } from "../../src/core/summary/merge-edit.ts";
import { reviewBasisOf, reviewOf } from "../../src/core/verification/second-look/review.ts";
import { verifySection } from "../../src/generation/template/template-generator.ts";
import { omissionsOf } from "../../src/core/verification/second-look/omissions.ts";
import { us } from "../support/jurisdictions.ts";

const timeZone = "America/Chicago";
const charts = loadCharts().map(({ bundle, encounterId }) => {
  const resources = (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
  const chart = buildChart({ resources, encounterId });
  const facts = extractFacts(chart, { timeZone });
  return { chart, facts, sections: templateSections(chart, facts, { timeZone, jurisdiction: us }) };
});
const [delgado] = charts;
assert.ok(delgado !== undefined);

const verdicts = (text: string) =>
  judgeClaims(text, { ...delgado, timeZone }).map(({ text: claim, verdict }) => [claim, verdict]);

describe("claims", () => {
  it("are cut at the seams of a sentence, each with its place", () => {
    const text = "Creatinine fell to 1.4 mg/dL, but sodium was 138 mmol/L; pneumonia was ruled out.";
    const claims = claimsOf(text);
    assert.deepEqual(
      claims.map((claim) => claim.text),
      ["Creatinine fell to 1.4 mg/dL", "sodium was 138 mmol/L", "pneumonia was ruled out"],
    );
    for (const { span, text: claim } of claims) assert.equal(text.slice(span.start, span.end), claim);
  });

  it("stay whole where 'and' joins two things of one statement, and decimals are no full stops", () => {
    assert.equal(claimsOf("She was discharged on apixaban and furosemide 0.5 mg.").length, 1);
    assert.deepEqual(claimsOf(" . "), []);
  });

  it("are supported, contradicted or not addressed by the chart, whatever the draft cites", () => {
    assert.deepEqual(
      verdicts("Creatinine was 2.4 mg/dL on 16 Mar 2026 and sodium was 150 mmol/L; the weather was fine."),
      [
        ["Creatinine was 2.4 mg/dL on 16 Mar 2026", "supported"],
        ["sodium was 150 mmol/L", "not-supported"],
        ["the weather was fine", "not-addressed"],
      ],
    );
    assert.deepEqual(verdicts("Pneumonia was ruled out but acute kidney injury was ruled out."), [
      ["Pneumonia was ruled out", "supported"],
      ["acute kidney injury was ruled out", "not-supported"],
    ]);
  });

  it("name the facts that they rest on", () => {
    const [claim] = judgeClaims("Creatinine was 2.4 mg/dL on 16 Mar 2026.", { ...delgado, timeZone });
    const fact = delgado.facts.find(({ id }) => id === claim?.factIds[0]);
    assert.match(fact?.text ?? "", /^Creatinine 2\.4 mg\/dL/u);
  });
});

const without = (sections: readonly Section[], drop: (reference: string) => boolean): readonly Section[] =>
  sections.map((section) => ({
    ...section,
    sentences: section.sentences.filter(({ evidence }) => !evidence.some(({ reference }) => drop(reference))),
  }));

describe("omissions", () => {
  it("of the computed sections are none of weight, in every chart of the sandbox", () => {
    for (const { facts, sections } of charts)
      assert.deepEqual(
        omissionsOf(facts, sections)
          .filter(({ weight }) => weight >= 60)
          .map(({ fact, why }) => `${why}: ${fact.text}`),
        [],
      );
  });

  it("names what was left out, harm before work left undone before findings", () => {
    const order = omissionsOf(delgado.facts, []).map(({ why }) => why);
    for (const [graver, lesser] of [
      ["allergy", "new-diagnosis"],
      ["new-diagnosis", "follow-up-asked-for"],
      ["follow-up-asked-for", "pending-result"],
      ["pending-result", "discharge-medicine"],
      ["discharge-medicine", "abnormal-result"],
      ["abnormal-result", "known-diagnosis"],
    ] as const) {
      assert.ok(order.includes(graver) && order.includes(lesser), `${graver}, ${lesser}`);
      assert.ok(order.lastIndexOf(graver) < order.indexOf(lesser), `${graver} before ${lesser}`);
    }
  });

  it("finds exactly what a draft dropped", () => {
    const nodule = delgado.facts.find(({ label, kind }) => kind === "diagnosis" && label.startsWith("Solitary"));
    assert.ok(nodule !== undefined);
    const reference = nodule.evidence[0]?.reference;
    const before = new Set(omissionsOf(delgado.facts, delgado.sections).map(({ fact }) => fact.id));
    const fresh = omissionsOf(
      delgado.facts,
      without(delgado.sections, (other) => other === reference),
    ).find(({ fact }) => !before.has(fact.id));
    assert.deepEqual(fresh, { fact: nodule, why: "new-diagnosis", weight: 90 });
  });

  it("counts a test as told when one of its values is, and names an untold one once", () => {
    const glucose = omissionsOf(delgado.facts, []).filter(({ fact }) => fact.label === "Glucose");
    assert.equal(glucose.length, 1);
    const one = delgado.facts.find(({ label }) => label === "Glucose");
    const section = delgado.sections[0];
    assert.ok(one !== undefined && section !== undefined);
    const told: Section = {
      ...section,
      sentences: [{ id: "results.1", text: "", origin: "model", verified: true, evidence: one.evidence }],
    };
    assert.deepEqual(
      omissionsOf(delgado.facts, [told]).filter(({ fact }) => fact.label === "Glucose"),
      [],
    );
  });
});

describe("the review of a draft", () => {
  const options = { timeZone, language: "en", jurisdiction: us } as const;
  const verified = delgado.sections.map((section) => verifySection(section, delgado.chart, options));
  const basis = reviewBasisOf(delgado.chart, verified, options);
  const rewritten = (id: Section["id"], text: (before: string) => string): readonly Section[] =>
    verified.map((section) =>
      section.id === id
        ? mergeEdit(section, text(section.sentences.map((sentence) => sentence.text).join("\n")))
        : section,
    );

  it("finds nothing to say of computed sections but what they say", () => {
    const { claims, omissions, warnings } = reviewOf(verified, basis);
    assert.deepEqual([claims.doubted, omissions, warnings], [[], [], []]);
    assert.equal(
      claims.supported,
      verified.reduce((sum, { sentences }) => sum + sentences.length, 0),
    );
  });

  it("names what an edit took out, the gravest first, with the sentence that told it and its evidence", () => {
    const before = verified.find(({ id }) => id === "allergies");
    const { omissions } = reviewOf(
      rewritten("allergies", () => ""),
      basis,
    );
    assert.equal(omissions[0]?.why, "allergy");
    assert.equal(omissions[0]?.section, "allergies");
    const own = before?.sentences.find(({ text }) => text === omissions[0]?.text);
    assert.deepEqual(omissions[0]?.evidence, own?.evidence);
    assert.equal(omissions[0]?.verified, true);
  });

  it("is content again when that sentence is put in, which keeps its evidence", () => {
    const emptied = rewritten("allergies", () => "");
    const [omission] = reviewOf(emptied, basis).omissions;
    assert.ok(omission !== undefined);
    const { text, evidence, verified: isVerified } = omission;
    const added = emptied.map((section) =>
      section.id === "allergies"
        ? addSentence(section, { text, evidence, verified: isVerified, origin: "template" })
        : section,
    );
    assert.ok(reviewOf(added, basis).omissions.every(({ id }) => id !== omission.id));
    const section = added.find(({ id }) => id === "allergies");
    assert.equal(section?.status, "documented");
    assert.equal(section?.lookedFor, undefined);
    assert.equal(new Set(section?.sentences.map(({ id }) => id)).size, section?.sentences.length);
  });

  it("holds a person's words against the chart: borne out, said otherwise, silent", () => {
    const words = [
      "Creatinine was 2.4 mg/dL on 16 Mar 2026.",
      "Sodium was 150 mmol/L.",
      "She likes the garden.",
      "Creatinine to be repeated in one week.",
    ];
    const { claims } = reviewOf(
      rewritten("instructions", (before) => [before, ...words].join("\n")),
      basis,
    );
    assert.deepEqual(
      claims.doubted.map(({ text, verdict }) => [text, verdict]),
      [
        ["Sodium was 150 mmol/L", "not-supported"],
        ["She likes the garden", "not-addressed"],
        ["Creatinine to be repeated in one week", "not-addressed"],
      ],
    );
    assert.ok(claims.doubted[0]?.evidence.some(({ reference }) => reference.startsWith("Observation/")));
    assert.deepEqual([claims.notSupported, claims.notAddressed], [1, 2]);
  });

  it("survives being kept: a basis read back from JSON says the same", () => {
    const kept: unknown = JSON.parse(JSON.stringify(basis));
    const sections = rewritten("pending", () => "Nothing is pending.");
    assert.deepEqual(reviewOf(sections, kept as typeof basis), reviewOf(sections, basis));
  });
});
