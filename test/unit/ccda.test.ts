/** The document as C-CDA, read by another's reader: header, sections and words are those of every other form. */
import assert from "node:assert/strict";
import { writeProfileSchema } from "../../src/config/write-profile-schema.ts";
import { describe, it } from "node:test";
import { convertCcdaToFhir, convertXmlToCcda } from "@medplum/ccda";
import type { Composition, Patient } from "@medplum/fhirtypes";
import type { DocumentInput, DocumentSummary } from "../../src/core/document/document-input.ts";
import { draftLabel, retractedLabel } from "../../src/core/document/document-input.ts";
import { documentBundle } from "../../src/core/document/bundle.ts";
import { documentReferenceOf } from "../../src/core/document/document-reference.ts";
import { layoutOf } from "../../src/core/document/layout.ts";
import { renderDocument } from "../../src/core/document/render.ts";
import { draft, inputOf, signed, withTexts } from "../support/document-fixture.ts";

const render = (summary: DocumentSummary, overrides: Partial<DocumentInput> = {}): string =>
  renderDocument(inputOf(summary, overrides), "application/cda+xml");

function readByAnother(xml: string): { readonly composition: Composition; readonly patient: Patient } {
  const resources = (convertCcdaToFhir(convertXmlToCcda(xml)).entry ?? []).map(({ resource }) => resource);
  const composition = resources.find((resource) => resource?.resourceType === "Composition");
  const patient = resources.find((resource) => resource?.resourceType === "Patient");
  assert.ok(composition !== undefined && patient !== undefined);
  return { composition, patient };
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };

const squeezedText = (xml: string): string =>
  xml
    .replaceAll(/<[^>]+>/gu, " ")
    .replaceAll(/&([a-z#0-9]+);/gu, (_, name: string) => entities[name] ?? "")
    .replaceAll(/\s+/gu, "");

const squeezed = (text: string): string => text.replaceAll(/\s+/gu, "");

/** Names of the elements right below the document, each once, as they come. */
function headerNames(xml: string): readonly string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [, closing, name = "", empty] of xml.matchAll(/<(\/?)([A-Za-z]+)[^>]*?(\/?)>/gu)) {
    if (closing === "/") depth -= 1;
    else {
      if (depth === 1 && names.at(-1) !== name) names.push(name);
      if (empty === "") depth += 1;
    }
  }
  return names;
}

describe("the document as C-CDA", () => {
  it("tells an outside reader of the same patient, document and sections", () => {
    const { composition, patient } = readByAnother(render(signed));
    assert.equal(composition.type.coding?.[0]?.code, "18842-5");
    assert.equal(composition.date, "2026-03-18T18:30:00Z");
    assert.equal(composition.custodian?.display, "General Hospital");
    assert.deepEqual(
      [patient.name?.[0]?.family, patient.name?.[0]?.given, patient.gender, patient.birthDate],
      ["Quill", ["Mara"], "female", "1958-03-14"],
    );
    const titles = composition.section?.map(({ title }) => title) ?? [];
    for (const title of ["Hospital course", "Discharge diagnoses", "Allergies and intolerances", "Follow-up"])
      assert.ok(titles.includes(title), title);
  });

  it("says every line of the layout, which the other forms print too", () => {
    for (const summary of [draft, signed]) {
      const text = squeezedText(render(summary));
      const { sections, footer } = layoutOf(inputOf(summary));
      const lines = sections.flatMap(({ title, entries, note }) => [
        title,
        ...entries.flat(),
        ...(note === undefined ? [] : [note]),
      ]);
      for (const line of [...lines, ...footer]) assert.ok(text.includes(squeezed(line)), line);
    }
  });

  it("keeps to the order of the CDA schema's header", () => {
    const amended: DocumentSummary = { ...signed, docStatus: "amended" };
    const inOrder =
      "realmCode typeId templateId id code title effectiveTime confidentialityCode languageCode setId versionNumber " +
      "recordTarget author custodian legalAuthenticator relatedDocument componentOf component";
    assert.equal(headerNames(render(amended)).join(" "), inOrder);
  });

  it("names each template with its version and, for readers of R1.1, without it (CONF:1198-32936)", () => {
    const xml = render(signed);
    const versioned = [...xml.matchAll(/<templateId root="([^"]+)" extension="[^"]+"\/>/gu)].map(([, root]) => root);
    assert.ok(versioned.length > 5);
    for (const root of versioned)
      assert.equal(xml.split(`<templateId root="${root}"/>`).length, 2, `${root} stands once without its version`);
  });

  it("codes diagnoses and medicines as their templates do: with the translation beside (CONF:1198-32834, -32857)", () => {
    const xml = render(signed);
    for (const [code, translation] of [
      ["11535-2", "78375-3"],
      ["10183-2", "75311-1"],
    ])
      assert.match(
        xml,
        new RegExp(`<code code="${code}"[^>]*><translation code="${translation}" codeSystem="2\\.16`, "u"),
      );
  });

  it("says in its title and in each section that it is a draft, or taken back, and names a signer only once signed", () => {
    const xml = render(draft);
    assert.ok(xml.split(draftLabel).length > draft.sections.length);
    assert.ok(!xml.includes("legalAuthenticator"));
    assert.ok(!render(signed).includes(draftLabel));
    assert.ok(render({ ...signed, docStatus: "entered-in-error" }).includes(retractedLabel));
  });

  it("names a correction's predecessor by the id that it had", () => {
    const first = render({ ...signed, version: 1 });
    const second = render({ ...signed, version: 2, docStatus: "amended" });
    const [, id] = /<id root="([^"]+)"/u.exec(first) ?? [];
    assert.ok(second.includes(`<parentDocument><id root="${id}"/></parentDocument>`));
    assert.equal(/<setId [^>]+>/u.exec(first)?.[0], /<setId [^>]+>/u.exec(second)?.[0]);
  });

  it("is another document once it was taken back, here and as a Bundle: an identifier is never given twice (R4 documents)", () => {
    const taken: DocumentSummary = { ...signed, docStatus: "entered-in-error" };
    const ids = [signed, taken].map((summary) => /<id root="([^"]+)"/u.exec(render(summary))?.[1]);
    assert.notEqual(ids[0], ids[1]);
    const bundles = [signed, taken].map((summary) => documentBundle(inputOf(summary)).identifier?.value);
    assert.equal(bundles[1], `${bundles[0]}.retracted`);
    const places = [signed, taken].map((summary) =>
      documentReferenceOf(inputOf(summary), writeProfileSchema.parse({})),
    );
    assert.deepEqual(places[0]?.identifier, places[1]?.identifier);
  });

  it("carries markup in a sentence as words, and a patient that could not be read as not known", () => {
    const xml = render(withTexts(signed, 'K < 3 & "x" </text><script>1</script>'));
    assert.ok(!xml.includes("<script>"));
    readByAnother(xml);
    const { patientResource: _, encounterResource: __, ...bare } = inputOf(signed);
    assert.match(renderDocument(bare, "text/xml"), /<name nullFlavor="UNK"\/>/u);
  });

  it("is filed with the format code of C-CDA", () => {
    const profile = writeProfileSchema.parse({ contentTypes: ["text/xml"] });
    const [content] = documentReferenceOf(inputOf(signed), profile)?.content ?? [];
    assert.equal(content?.format?.code, "urn:hl7-org:sdwg:ccda-structuredBody:2.1");
  });
});
