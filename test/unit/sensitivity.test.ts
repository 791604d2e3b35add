/** Labelled records: which they are, what a policy does with them, and that nothing of what it excludes goes anywhere. */
import assert from "node:assert/strict";
import { writeProfileSchema } from "../../src/config/write-profile-schema.ts";
import { describe, it } from "node:test";
import { assert as assertProperty, constantFrom, property, stringMatching } from "fast-check";
import type { DocumentReference, FhirResource } from "fhir/r4.js";
import { documentBundle } from "../../src/core/document/bundle.ts";
import { documentReferenceOf } from "../../src/core/document/document-reference.ts";
import { documentMediaTypes, renderDocument } from "../../src/core/document/render.ts";
import type { DocumentSummary } from "../../src/core/document/document-input.ts";
import { wordingOf } from "../../src/core/language/wording.ts";
import type { SensitivityClass } from "../../src/core/sensitivity/labels.ts";
import { classesOf, confidentialityOf, labelsOf, sensitivityClasses } from "../../src/core/sensitivity/labels.ts";
import { labelledSection, summaryFor } from "../../src/core/sensitivity/labelled-summary.ts";
import type { SensitivityPolicy } from "../../src/core/sensitivity/policy.ts";
import { defaultPolicy, handlingOf } from "../../src/core/sensitivity/policy.ts";
import { labelsByReference, withheldBySection, withoutLabelled } from "../../src/core/sensitivity/withhold.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import { sha256 } from "../../src/core/summary/canonical.ts";
import { structureChart } from "../../src/generation/model/structure.ts";
import { signed, inputOf } from "../support/document-fixture.ts";
import {
  allergyTo,
  chartOf,
  diagnosis,
  encounter,
  lab,
  noteOf,
  ofStay,
  order,
  subject,
} from "../support/stay-chart.ts";
import { us } from "../support/jurisdictions.ts";

const actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const options = { timeZone: "America/Chicago", language: "en", jurisdiction: us } as const;
const words = wordingOf("en");
const at = "2026-03-15T06:00:00-05:00";

const codeOf: Readonly<Record<SensitivityClass, readonly [string, string]>> = {
  restricted: [confidentiality, "R"],
  "very-restricted": [confidentiality, "V"],
  "substance-use": [actCode, "42CFRPart2"],
  psychiatry: [actCode, "PSY"],
  "sexuality-reproductive": [actCode, "SEX"],
  hiv: [actCode, "HIV"],
  genetic: [actCode, "GDIS"],
  violence: [actCode, "SDV"],
  vip: [actCode, "CEL"],
  other: [actCode, "TBOO"],
};

function labelled<T extends FhirResource>(resource: T, of: SensitivityClass): T {
  const [system, code] = codeOf[of];
  return { ...resource, meta: { ...resource.meta, security: [{ system, code }] } };
}

/** Each holds the word in the places from which texts are made. */
const makers: Readonly<Record<string, (word: string) => FhirResource>> = {
  condition: (word) => diagnosis("secret", `${word} disease`, { note: [{ text: `${word} since youth` }] }),
  result: (word) =>
    lab("secret", `${word} antibody`, 88, "U/L", at, {
      interpretation: [{ coding: [{ code: "H" }] }],
      note: [{ text: word }],
    }),
  prescription: (word) => order("secret", `${word} 5 mg tablet`, "discharge", { text: `1 tablet daily for ${word}` }),
  allergy: (word) => allergyTo("secret", `${word} resin`),
  note: (word) => noteOf("secret", "Progress note", `${word} was discussed at length with the patient.`),
  procedure: (word) => ({
    resourceType: "Procedure",
    id: "secret",
    status: "completed",
    code: { text: `${word} therapy` },
    subject,
    encounter: ofStay,
    performedDateTime: at,
  }),
};

/** What else the chart says of it by reference. */
const pointing = (type: string, word: string): readonly FhirResource[] => [
  order(
    "m-other",
    "Loratadine 10 mg tablet",
    "discharge",
    { text: "1 tablet daily" },
    {
      reasonReference: [{ reference: `${type}/secret`, display: `${word} disease` }],
    },
  ),
];

const ordinary = [diagnosis("c1", "Pneumonia"), lab("o1", "Sodium", 131, "mmol/L", at)];

function chartWith(kind: string, of: SensitivityClass, word: string) {
  const secret = labelled(makers[kind]?.(word) ?? diagnosis("secret", word), of);
  const stay = {
    ...encounter,
    diagnosis: [{ condition: { reference: `${secret.resourceType}/secret`, display: `${word} disease` } }],
  };
  return chartOf([...ordinary, secret, ...pointing(secret.resourceType, word)], stay);
}

/** The summary as a job writes it under a policy, and as a signed document. */
function written(chart: ReturnType<typeof chartWith>, policy: SensitivityPolicy): DocumentSummary {
  const { chart: open, withheld } = withoutLabelled(chart, policy, "documents");
  const [labels, counts] = [labelsByReference(open), withheldBySection(withheld)];
  const sections = templateSections(open, extractFacts(open, options), options).map((section) =>
    labelledSection(section, labels, counts.get(section.id) ?? 0, words),
  );
  return { ...signed, sections, sha256: sha256(sections) };
}

const textOf = (summary: DocumentSummary, policy: SensitivityPolicy): string =>
  renderDocument(inputOf(summary, { sensitivity: policy }), "text/plain");

function filed(summary: DocumentSummary, policy: SensitivityPolicy): DocumentReference {
  const profile = writeProfileSchema.parse({});
  const document = documentReferenceOf(inputOf(summary, { sensitivity: policy }), profile);
  assert.ok(document !== undefined);
  return document;
}

describe("security labels", () => {
  it("are read by code and system, older systems included; a code of another system is none", () => {
    const security = [
      { system: actCode, code: "HIV" },
      { system: confidentiality, code: "R" },
      { system: "urn:x", code: "V" },
    ];
    assert.deepEqual(labelsOf({ meta: { security } }), ["HIV", "R"]);
    assert.deepEqual(labelsOf({ meta: { security: [{ system: confidentiality, code: "ETH" }] } }), ["ETH"]);
    assert.deepEqual(labelsOf({ meta: { security: [{ system: confidentiality, code: "N" }] } }), []);
    assert.deepEqual(labelsOf({}), []);
    for (const [of, [system, code]] of Object.entries(codeOf))
      assert.deepEqual(classesOf(labelsOf({ meta: { security: [{ system, code }] } })), [of]);
  });

  it("are known under the names that older releases and OIDs give their systems, and in a stay's special courtesy", () => {
    for (const [system, code] of [
      ["http://hl7.org/fhir/v3/ActCode", "ETH"],
      ["urn:oid:2.16.840.1.113883.5.4", "PSY"],
      ["http://hl7.org/fhir/v3/Confidentiality", "V"],
      ["urn:oid:2.16.840.1.113883.5.25", "R"],
    ] as const)
      assert.deepEqual(labelsOf({ meta: { security: [{ system, code }] } }), [code]);
    const specialCourtesy = [{ coding: [{ code: "VIP" }] }];
    const stay = { ...encounter, hospitalization: { specialCourtesy } };
    assert.deepEqual(labelsOf(stay), ["VIP"]);
    assert.equal(withoutLabelled(chartOf([], stay), defaultPolicy, "model").whole, true);
  });

  it("make a document restricted, or very restricted", () => {
    assert.deepEqual([[], ["PSY"], ["PSY", "V"]].map(confidentialityOf), ["N", "R", "V"]);
  });
});

describe("a policy", () => {
  it("keeps everything labelled in the house unless the hospital says otherwise, and marks its own documents", () => {
    assert.deepEqual(
      (["model", "webhooks", "documents"] as const).map((channel) => handlingOf(defaultPolicy, channel, ["HIV"])),
      ["exclude", "exclude", "mark"],
    );
    assert.equal(handlingOf(defaultPolicy, "model", []), "include");
  });

  it("goes by the strictest of a record's classes", () => {
    const policy: SensitivityPolicy = { ...defaultPolicy, model: { hiv: "include", restricted: "exclude" } };
    assert.equal(handlingOf(policy, "model", ["HIV"]), "include");
    assert.equal(handlingOf(policy, "model", ["HIV", "R"]), "exclude");
  });
});

describe("nothing of an excluded record", () => {
  const kinds = constantFrom(...Object.keys(makers));
  const classes = constantFrom(...sensitivityClasses);
  const word = stringMatching(/^[bcdfgjkmpqvwxz][aeiou][bcdfgjkmpqvwxz]{2}[aeiou][bcdfgjkmpqvwxz]{3}$/u);

  it("reaches a request to a model, a webhook's text or a document, and each section says only how many", () => {
    assertProperty(
      property(kinds, classes, word, (kind, of, secret) => {
        const chart = chartWith(kind, of, secret);
        const holds = (value: unknown): boolean => JSON.stringify(value).toLowerCase().includes(secret);
        const all: SensitivityPolicy = { model: {}, webhooks: {}, documents: { [of]: "exclude" } };

        const { showable } = structureChart(chart, options, all);
        assert.ok(showable.size > 0, "the rest is shown");
        assert.equal(holds([...showable.values()]), false, "what a model may be shown");

        const summary = written(chart, all);
        assert.equal(holds(summary.sections), false, "sections");
        assert.match(JSON.stringify(summary.sections), /Entries withheld by policy: 1\./u);
        for (const type of documentMediaTypes) assert.equal(holds(renderDocument(inputOf(summary), type)), false, type);
        assert.equal(holds(documentBundle(inputOf(summary))), false, "document");

        const marked = written(chart, defaultPolicy);
        assert.equal(holds(marked.sections), true, "the default tells it in the hospital's own document");
        const outside = summaryFor(marked, defaultPolicy, "webhooks", words);
        assert.ok(outside !== undefined);
        const told = outside.sections.flatMap(({ sentences }) =>
          sentences.filter(({ security }) => security !== undefined),
        );
        assert.deepEqual(told, []);
        assert.match(textOf(outside, defaultPolicy), /Entries withheld by policy: \d+\./u);
      }),
      { numRuns: 60 },
    );
  });

  it("is left of the texts that other records say of it by reference", () => {
    const { chart } = withoutLabelled(
      chartWith("condition", "hiv", "Bakkedo"),
      { ...defaultPolicy, documents: { hiv: "exclude" } },
      "documents",
    );
    assert.doesNotMatch(JSON.stringify(chart), /bakkedo/iu);
    assert.match(JSON.stringify(chart), /Loratadine/u, "the other record stays");
  });
});

describe("where patient or stay are protected themselves", () => {
  const chart = chartOf(ordinary, labelled(encounter, "vip"));

  it("no model is shown anything, and a webhook carries no text", () => {
    assert.equal(structureChart(chart, options).showable.size, 0);
    const summary = { ...written(chart, defaultPolicy), security: ["CEL"] };
    assert.equal(summaryFor(summary, defaultPolicy, "webhooks", words), undefined);
    assert.equal(summaryFor(summary, { ...defaultPolicy, webhooks: { vip: "mark" } }, "webhooks", words), summary);
  });
});

describe("a document of labelled sources", () => {
  const summary = written(chartWith("condition", "substance-use", "Kosten"), defaultPolicy);

  it("carries their labels, says so at its head, and is restricted", () => {
    const document = filed(summary, defaultPolicy);
    assert.deepEqual(
      document.securityLabel?.flatMap(({ coding }) => coding?.map(({ system, code }) => `${system}|${code}`)),
      [`${actCode}|42CFRPart2`],
    );
    const composition = documentBundle(inputOf(summary)).entry?.[0]?.resource;
    assert.ok(composition?.resourceType === "Composition");
    assert.equal(composition.confidentiality, "R");
    assert.ok(composition.meta?.security?.some(({ code }) => code === "42CFRPart2"));
    const ccda = renderDocument(inputOf(summary), "application/cda+xml");
    assert.match(ccda, /<confidentialityCode code="R"/u);
    assert.match(ccda, /Contains specially protected information: 42 CFR Part2\./u);
    assert.match(textOf(summary, defaultPolicy), /Contains specially protected information: 42 CFR Part2\./u);
  });

  it("carries them still where the hospital wants no line about it", () => {
    const quiet: SensitivityPolicy = { ...defaultPolicy, documents: { "substance-use": "include" } };
    assert.doesNotMatch(textOf(summary, quiet), /specially protected/u);
    assert.equal(filed(summary, quiet).securityLabel?.length, 1);
  });

  it("carries none where its sources carry none", () => {
    assert.equal(filed(signed, defaultPolicy).securityLabel, undefined);
  });
});
