/**
 * Any chart in, a valid document out: every kind of stay, both languages, every jurisdiction, each step of a summary's life, with
 * values damaged, missing and hostile. A chart may be refused as a whole; a document that is made is valid, and prints in every form.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Bundle, FhirResource } from "fhir/r4.js";
import { syntheticChart } from "../../sandbox/evaluation/synthetic-charts.ts";
import { jurisdictionById, jurisdictionIds } from "../../src/config/jurisdictions.ts";
import { writeProfileSchema } from "../../src/config/write-profile-schema.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { documentBundle } from "../../src/core/document/bundle.ts";
import type { DocumentInput, DocumentSummary } from "../../src/core/document/document-input.ts";
import { documentReferenceOf } from "../../src/core/document/document-reference.ts";
import { recordedProvenance } from "../../src/core/document/provenance.ts";
import { documentMediaTypes, renderDocument } from "../../src/core/document/render.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { withoutPlantedWords } from "../../src/core/facts/planted-text.ts";
import { languageOf } from "../../src/core/language/language.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import { sha256 } from "../../src/core/summary/canonical.ts";
import { handoverProfiles, servedProfiles, writtenProfiles } from "../../src/core/validation/outgoing-profiles.ts";
import { renderPdf } from "../../src/pdf/render-pdf.ts";
import { loadValidator } from "../../src/validation/outgoing.ts";
import { signed } from "../support/document-fixture.ts";

const validator = loadValidator();

/** What EHRs hold where a value should be, and what an attacker would put there. */
const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    "",
    " ",
    "\u0000",
    "\uD800",
    "\uFFFE",
    "a\u0008\u001Bb",
    "<script>alert(1)</script>",
    "]]></text><x>&amp;&#0;",
    '" onload="x',
    "../../Patient/other",
    "#",
    "urn:uuid:NOT-A-UUID",
    "0000-00-00",
    "2026-02-30",
    "9999-12-31T23:59:60Z",
    "0001-01-01",
    "18.03.2026",
    "2026-03-18T17:00",
    "yesterday",
    "grün 🩺 文字 ‮ abc",
    "x".repeat(5000),
    -1,
    1e308,
    0.1,
    Number.MAX_SAFE_INTEGER,
    true,
    null,
    [],
    {},
    [null],
    [{}],
    { coding: "text" },
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);

/** `undefined` takes the value away. */
const damage = fc.record({ place: fc.nat(), value: fc.option(hostile, { nil: undefined }) });

type Json = Record<string, unknown>;

/** Each member that may be damaged, with its parent. Types and ids keep the chart together: without them there is none. */
function members(value: unknown, found: (readonly [Json, string])[] = []): (readonly [Json, string])[] {
  if (typeof value !== "object" || value === null) return found;
  for (const [name, child] of Object.entries(value)) {
    if (name !== "resourceType" && name !== "id") found.push([value as Json, name]);
    members(child, found);
  }
  return found;
}

function damagedChart(
  bundle: Bundle<FhirResource>,
  damages: readonly { place: number; value: unknown }[],
): Bundle<FhirResource> {
  const copy = structuredClone(bundle);
  const [persons, rest] = [true, false].map((isPerson) =>
    (copy.entry ?? []).filter(
      ({ resource }) => ["Patient", "Encounter"].includes(resource?.resourceType ?? "") === isPerson,
    ),
  );
  damages.forEach(({ place, value }, index) => {
    // One in three hits patient or stay: they go into the document as they are.
    const places = (index % 3 === 0 ? persons : rest)?.flatMap(({ resource }) => members(resource)) ?? [];
    const [parent, name] = places[place % places.length] ?? [];
    if (parent === undefined || name === undefined) return;
    if (value === undefined) delete parent[name];
    else parent[name] = value;
  });
  return copy;
}

const lives: readonly Partial<DocumentSummary>[] = [
  {},
  { ...signatureOf("Practitioner/d7"), docStatus: "final" },
  { ...signatureOf("PractitionerRole/r7"), docStatus: "amended", version: 2, engine: "model", model: "some-model" },
  { ...signatureOf("Practitioner/d7"), docStatus: "entered-in-error" },
];

function signatureOf(signedBy: string) {
  return { signedBy, signedByDisplay: signed.signedByDisplay ?? "", signedAt: signed.signedAt ?? "" };
}

const charts = fc.record({
  seed: fc.integer({ min: 1, max: 10_000 }),
  index: fc.integer({ min: 0, max: 60 }),
  damages: fc.array(damage, { maxLength: 40 }),
  language: fc.constantFrom("en", "de", "de-AT"),
  jurisdiction: fc.constantFrom(...jurisdictionIds),
  life: fc.constantFrom(...lives),
  security: fc.subarray(["ETH", "HIV", "PSY", "R", "V", "no-such-code"]),
  display: fc.oneof(fc.constant("Dr. Ada Okafor"), fc.string({ unit: "binary", maxLength: 12 })),
});
type Given = typeof charts extends fc.Arbitrary<infer T> ? T : never;

/** Undefined where the chart is refused as a whole: then there is no document either. */
function inputOf(given: Given): DocumentInput | undefined {
  const { bundle, truth } = syntheticChart(given.seed, given.index);
  const resources = damagedChart(bundle, given.damages);
  const jurisdiction = jurisdictionById(given.jurisdiction);
  const options = { timeZone: truth.timeZone, language: languageOf(given.language), jurisdiction };
  const chart = chartOrRefusal(resources, truth.encounter);
  if (chart === undefined) return undefined;
  const sections = templateSections(chart, extractFacts(chart, options), options);
  const { signedByDisplay, ...life } = given.life;
  const summary: DocumentSummary = {
    job: "0198c2f4-1d2a-7bce-9f00-5a6b7c8d9e0f",
    version: 1,
    docStatus: "preliminary",
    engine: "template",
    sha256: sha256(sections),
    sections,
    patient: `Patient/${chart.patient.id ?? ""}`,
    encounter: `Encounter/${truth.encounter}`,
    createdAt: "2026-03-18T17:00:00.000Z",
    security: given.security,
    ...life,
    ...(signedByDisplay === undefined ? {} : { signedByDisplay: given.display }),
  };
  return {
    summary,
    source: "https://adapter.example/tenants/general",
    fhirBaseUrl: "https://ehr.example/fhir",
    organization: "General Hospital",
    patientResource: withoutPlantedWords(chart.patient),
    encounterResource: withoutPlantedWords(chart.encounter),
    timeZone: truth.timeZone,
    language: given.language,
    jurisdiction,
  };
}

function chartOrRefusal(resources: Bundle<FhirResource>, encounterId: string) {
  try {
    return buildChart({ resources, encounterId });
  } catch (error) {
    assert.ok(error instanceof AdapterError && error.code !== "internal", String(error));
    return undefined;
  }
}

const profile = writeProfileSchema.parse({});

function assertValid(resource: object, profiles: readonly string[]): void {
  const issues = validator.validate(resource, profiles).map(({ rule, expression }) => `${rule} at ${expression}`);
  assert.deepEqual(issues, []);
}

const plain = { language: "en", jurisdiction: "eu", life: {}, security: [], display: "Dr. Ada Okafor" } as const;
/** What once broke a draft: a number for a date, null for a reference, for a concept. */
const found: [Given][] = [
  [{ ...plain, security: [], seed: 1988, index: 4, damages: [{ place: 2147483617, value: -1 }] }],
  [{ ...plain, security: [], seed: 1494, index: 20, damages: [{ place: 508797249, value: null }] }],
  [
    {
      ...plain,
      security: [],
      seed: 633,
      index: 1,
      damages: [
        { place: 0, value: undefined },
        { place: 117210033, value: "" },
        { place: 1029145319, value: "" },
        { place: 0, value: undefined },
        { place: 1810701925, value: undefined },
        { place: 1546685550, value: null },
      ],
    },
  ],
];

describe("any chart in, a valid document out", () => {
  it("as FHIR: Bundle, DocumentReference and Provenance are valid, whatever the chart held", () => {
    let made = 0;
    fc.assert(
      fc.property(charts, (given) => {
        const input = inputOf(given);
        if (input === undefined) return;
        made += 1;
        const bundle = documentBundle(input);
        assertValid(bundle, servedProfiles(bundle));
        const reference = documentReferenceOf(input, profile, { replaces: "DocumentReference/earlier" });
        assert.ok(reference);
        assertValid(reference, writtenProfiles(reference, profile));
        assertValid(recordedProvenance(input, "DocumentReference/9"), [handoverProfiles.aiProvenance]);
      }),
      { numRuns: 60, examples: found },
    );
    assert.ok(made > 20, `only ${made} of the charts were read`);
  });

  it("every text form is made of it", () => {
    fc.assert(
      fc.property(charts, (given) => {
        const input = inputOf(given);
        if (input === undefined) return;
        for (const mediaType of documentMediaTypes) assert.ok(renderDocument(input, mediaType).isWellFormed());
      }),
      { numRuns: 25 },
    );
  });

  it("and the PDF", async () => {
    await fc.assert(
      fc.asyncProperty(charts, async (given) => {
        const input = inputOf(given);
        if (input !== undefined) assert.ok((await renderPdf(input)).length > 1000);
      }),
      { numRuns: 5 },
    );
  });
});
