/** Notes whose text stands in a file of its own (R4 Attachment, Binary): issue 6, point 1. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import type { Attachment, Binary, DocumentReference, FhirResource } from "fhir/r4.js";
import { fileFault, textFiles } from "../../src/core/chart/attached-text.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { chartBasis } from "../../src/core/chart/chart-basis.ts";
import { contextChanges } from "../../src/core/chart/context-change.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { defaultPolicy } from "../../src/core/sensitivity/policy.ts";
import { withoutLabelled } from "../../src/core/sensitivity/withhold.ts";
import { digestOf, recordOf } from "../../src/core/staleness/sources.ts";
import { verifySentence } from "../../src/core/verification/verify-sentence.ts";
import {
  chartOf,
  encounter,
  factsOf,
  noteOf,
  ofStay,
  patient,
  sectionOf,
  subject,
  timeZone,
} from "../support/stay-chart.ts";

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

function documentOf(
  id: string,
  attachments: readonly Attachment[],
  changes: Partial<DocumentReference> = {},
): DocumentReference {
  return {
    resourceType: "DocumentReference",
    id,
    status: "current",
    type: { text: "Progress note" },
    subject,
    date: "2026-03-16T09:00:00-05:00",
    context: { encounter: [ofStay] },
    content: attachments.map((attachment) => ({ attachment })),
    ...changes,
  };
}

function binaryOf(id: string, text: string, changes: Partial<Binary> = {}): Binary {
  return { resourceType: "Binary", id, contentType: "text/plain", data: base64(text), ...changes };
}

const html = { contentType: "text/html", url: "Binary/h" };
const plain = { contentType: "text/plain", url: "Binary/p" };
const rtf = { contentType: "text/rtf", url: "Binary/r" };
const pdf = { contentType: "application/pdf", url: "Binary/x" };
const urls = (resources: readonly FhirResource[]): readonly string[] =>
  textFiles([encounter, ...resources], encounter).map(({ url }) => url);

describe("the files that are read", () => {
  it("are one for each note, in the form that needs the least taken off it", () => {
    assert.deepEqual(urls([documentOf("a", [rtf, html, plain])]), ["Binary/p"]);
    assert.deepEqual(urls([documentOf("a", [pdf, rtf, html])]), ["Binary/h"]);
    assert.deepEqual(urls([documentOf("a", [pdf, rtf])]), ["Binary/r"]);
    assert.deepEqual(urls([documentOf("a", [{ url: "Binary/untold" }, pdf])]), ["Binary/untold"]);
  });

  it("are none of what is no text, of whole records in XML, and of notes that brought their text", () => {
    const ccd = { contentType: "application/xml", url: "Binary/ccd" };
    const inline = { contentType: "text/plain", data: base64("Here.") };
    assert.deepEqual(urls([documentOf("a", [pdf]), documentOf("b", [ccd]), documentOf("c", [html, inline])]), []);
  });

  it("are those of the stay, the newest first, then of the last two summaries of earlier stays", () => {
    const summary = (id: string, date: string) =>
      documentOf(id, [{ contentType: "text/plain", url: `Binary/${id}` }], {
        type: { coding: [{ system: "http://loinc.org", code: "18842-5" }] },
        date,
        context: { encounter: [{ reference: "Encounter/e0" }] },
      });
    const dated = (id: string, date: string, changes: Partial<DocumentReference> = {}) =>
      documentOf(id, [{ contentType: "text/plain", url: `Binary/${id}` }], { date, ...changes });
    assert.deepEqual(
      urls([
        summary("s2023", "2023-01-01T10:00:00Z"),
        summary("s2025", "2025-01-01T10:00:00Z"),
        summary("s2024", "2024-01-01T10:00:00Z"),
        dated("first", "2026-03-14T20:00:00Z"),
        dated("last", "2026-03-18T10:00:00Z"),
        dated("clinic", "2026-03-16T10:00:00Z", { context: { encounter: [{ reference: "Encounter/e9" }] } }),
        { ...dated("loose", "2026-03-15T10:00:00Z"), context: {} },
        { ...dated("before", "2026-02-15T10:00:00Z"), context: {} },
        { ...dated("old", "2026-03-16T10:00:00Z"), status: "superseded" },
      ]),
      ["Binary/last", "Binary/loose", "Binary/first", "Binary/s2025", "Binary/s2024"],
    );
  });

  it("are never the stay's own summary: that is what is being written", () => {
    const own = documentOf("own", [plain], { type: { coding: [{ system: "http://loinc.org", code: "18842-5" }] } });
    assert.deepEqual(urls([own]), []);
  });

  it("are of reports too", () => {
    const report: FhirResource = {
      resourceType: "DiagnosticReport",
      id: "r",
      status: "final",
      code: { text: "CT chest" },
      subject,
      encounter: ofStay,
      presentedForm: [html],
    };
    assert.deepEqual(urls([report]), ["Binary/h"]);
    const fact = factsOf([
      report,
      binaryOf("h", "<p>IMPRESSION:</p><p>Nodule.</p>", { contentType: "text/html" }),
    ]).find(({ kind }) => kind === "note");
    assert.equal(fact?.note?.sections[0]?.title, "IMPRESSION");
  });
});

describe("a text from a file", () => {
  it("is the note's: its fact cites the document, its version and the place in the text", () => {
    const note = { ...documentOf("n", [pdf, html]), meta: { versionId: "3" } };
    const file = binaryOf("h", "<p>PLAN:</p><p>Repeat CT in 6 months.</p>", {
      contentType: "text/html; charset=utf-8",
    });
    const fact = factsOf([note, file]).find(({ kind }) => kind === "note");
    const section = fact?.note?.sections[0];
    assert.equal(section?.text, "Repeat CT in 6 months.");
    assert.deepEqual(section?.evidence, {
      reference: "DocumentReference/n",
      version: "3",
      path: "content[1].attachment",
      value: "Repeat CT in 6 months.",
      span: { start: 6, end: 28 },
    });
  });

  it("stands in a summary with evidence that holds, as a text that came with its note does", () => {
    const text = "SUBJECTIVE: Pain has moved to the left flank, 7 of 10.\nPLAN: Stop ibuprofen.";
    const away = sectionOf("course", [documentOf("n", [plain]), binaryOf("p", text)]);
    const here = sectionOf("course", [documentOf("n", [{ contentType: "text/plain", data: base64(text) }])]);
    assert.deepEqual(away, here);
    assert.match(JSON.stringify(away), /left flank/u);
    const chart = chartOf([documentOf("n", [plain]), binaryOf("p", text)]);
    for (const sentence of away.sentences)
      assert.ok(verifySentence(sentence, chart, { timeZone }).verified, sentence.text);
    const altered = { ...away.sentences[0], text: "Pain 9 of 10.", evidence: away.sentences.at(-1)?.evidence ?? [] };
    assert.equal(verifySentence(altered, chart, { timeZone }).verified, false);
  });

  it("comes from the file that the address names: the same id at another server is another file", () => {
    const file = binaryOf("p", "Ours.", { meta: { source: "https://ehr.example/fhir/Binary/p" } });
    const at = (url: string): boolean =>
      JSON.stringify(factsOf([documentOf("n", [{ contentType: "text/plain", url }]), file])).includes("Ours.");
    assert.equal(at("Binary/p"), true);
    assert.equal(at("https://ehr.example/fhir/Binary/p"), true);
    assert.equal(at("https://ehr.example/fhir/Binary/p/_history/2"), true);
    assert.equal(at("https://other.example/fhir/Binary/p"), false);
  });

  it("is read as what the file says it is; one that turns out to be no text stays away", () => {
    const untold = documentOf("n", [{ url: "Binary/p" }]);
    const textOfFile = (file: Binary): string | undefined =>
      factsOf([untold, file]).find(({ kind }) => kind === "note")?.note?.sections[0]?.text;
    assert.equal(textOfFile(binaryOf("p", "<b>Bold</b>", { contentType: "text/html" })), "Bold");
    assert.equal(textOfFile(binaryOf("p", "Plain.", { contentType: "application/octet-stream" })), "Plain.");
    assert.equal(textOfFile(binaryOf("p", "%PDF-1.7", { contentType: "application/pdf" })), undefined);
    const latin = binaryOf("p", "", { contentType: "text/plain; charset=ISO-8859-1", data: "ZvxyIDM4IKdD" });
    assert.equal(textOfFile(latin), "für 38 §C");
  });

  it("of another patient refuses the chart, where the file says whose it is", () => {
    const foreign = binaryOf("p", "Of somebody else.", { securityContext: { reference: "Patient/p2" } });
    assert.throws(
      () => chartOf([documentOf("n", [plain]), foreign]),
      (error) => error instanceof AdapterError && error.code === "wrong_patient" && error.at === "Binary/p",
    );
  });

  it("takes its file's labels along, so that what is withheld is withheld in the note too", () => {
    const psychiatry = { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "PSY" };
    const file = binaryOf("p", "Sees a therapist.", { meta: { security: [psychiatry] } });
    const chart = chartOf([documentOf("n", [plain]), file]);
    const { withheld } = withoutLabelled(chart, defaultPolicy, "model");
    assert.deepEqual([...withheld], ["DocumentReference/n"]);
  });
});

describe("what is said of a document without its text", () => {
  const gapsOf = (resources: readonly FhirResource[]): readonly string[] => chartOf(resources).gaps;

  it("is that its text was not read, or that it is none; once for each way, with how many", () => {
    assert.deepEqual(gapsOf([documentOf("a", [plain]), documentOf("b", [html])]), [
      "Binary: 2 documents without their text",
    ]);
    assert.deepEqual(gapsOf([documentOf("a", [pdf])]), ["PDF: 1 documents that are no text"]);
    assert.deepEqual(gapsOf([documentOf("a", [{ contentType: "application/pdf", data: "JVBERi0=" }])]), [
      "PDF: 1 documents that are no text",
    ]);
    assert.deepEqual(gapsOf([documentOf("a", [pdf, html]), binaryOf("h", "Read.", { contentType: "text/html" })]), []);
  });

  it("is told in the sections that rest on documents, in words for a clinician", () => {
    assert.match(sectionOf("reason", [documentOf("a", [pdf])]).lookedFor ?? "", /documents as PDF or image/u);
    assert.match(sectionOf("reason", [documentOf("a", [plain])]).lookedFor ?? "", /texts of documents/u);
  });

  it("is nothing for documents of other stays and for those that were replaced", () => {
    const other = documentOf("a", [plain], { context: { encounter: [{ reference: "Encounter/e0" }] } });
    assert.deepEqual(gapsOf([other, documentOf("b", [plain], { status: "superseded" })]), []);
  });
});

describe("a file that is not what its note says", () => {
  const bytes = Buffer.from("Stable on room air.");
  const sha1 = createHash("sha1").update(bytes).digest("base64");

  it("is cut short, or is another one", () => {
    assert.equal(fileFault({ url: "Binary/p", size: 19, hash: sha1 }, bytes), undefined);
    assert.equal(fileFault({ url: "Binary/p", size: 20 }, bytes), "cut short");
    assert.equal(fileFault({ url: "Binary/p", hash: sha1 }, bytes.subarray(1)), "another file");
  });

  it("is taken where the EHR states another kind of digest, or a smaller size", () => {
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    assert.equal(fileFault({ url: "Binary/p", hash: sha256 }, bytes), undefined);
    assert.equal(fileFault({ url: "Binary/p", size: 12 }, bytes), undefined);
  });
});

describe("a chart with texts put in their notes", () => {
  const stored = { ...documentOf("n", [html]), meta: { versionId: "1" } };
  const built = buildChart({
    resources: [patient, encounter, stored, binaryOf("h", "<p>Text</p>", { contentType: "text/html; charset=utf-8" })],
    encounterId: "e1",
  });

  it("compares with the EHR's records, which hold none of them, as the same", () => {
    const [inChart] = built.resources;
    assert.ok(inChart);
    assert.equal(digestOf(inChart), digestOf(stored));
    assert.equal(recordOf(inChart).files?.[0]?.url, "Binary/h");
    assert.equal(recordOf(stored).files, undefined);
    const news = contextChanges(chartBasis(built.resources), [{ ...stored, meta: {} }, binaryOf("h", "Other")]);
    assert.deepEqual(news.entities, []);
  });

  it("keeps nothing of the files themselves", () => {
    assert.deepEqual(
      built.resources.map(({ resourceType }) => resourceType),
      ["DocumentReference"],
    );
    assert.deepEqual(chartOf([noteOf("n", "Note", "Inline.")]).gaps, []);
  });
});
