/** Jurisdictions are files: what they say is checked at the start, and decides codes, titles and what must not be missing. */
import assert from "node:assert/strict";
import { writeProfileSchema } from "../../src/config/write-profile-schema.ts";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Composition } from "fhir/r4.js";
import { z } from "zod";
import { jurisdictionIds, jurisdictionOf, readJurisdictions } from "../../src/config/jurisdictions.ts";
import { tenantSchema } from "../../src/config/tenant-schema.ts";
import { documentBundle } from "../../src/core/document/bundle.ts";
import { documentReferenceOf } from "../../src/core/document/document-reference.ts";
import { renderDocument } from "../../src/core/document/render.ts";
import { stayKinds } from "../../src/core/stay/stay-kind.ts";
import { sectionHeading, sectionIds, sectionsOfKind } from "../../src/core/summary/sections.ts";
import { inputOf, signed } from "../support/document-fixture.ts";
import { eu, us } from "../support/jurisdictions.ts";

const folder = mkdtempSync(join(tmpdir(), "jurisdictions-"));
after(() => rmSync(folder, { recursive: true }));
const shipped = join(import.meta.dirname, "..", "..", "src", "config", "jurisdictions");
const file = z.looseObject({ sections: z.record(z.string(), z.looseObject({ code: z.string() })) });

/** The European file under another name, with a change. */
function written(id: string, change: (data: z.infer<typeof file>) => void): string {
  const data = file.parse(JSON.parse(readFileSync(join(shipped, "eu.json"), "utf8")));
  change(data);
  const into = mkdtempSync(join(folder, "set-"));
  cpSync(shipped, into, { recursive: true });
  writeFileSync(join(into, `${id}.json`), JSON.stringify({ ...data, id }));
  return into;
}

const tenantOf = (settings: object) =>
  tenantSchema.parse({ id: "general", name: "General", ehr: { fhirBaseUrl: "https://ehr.example/fhir" }, ...settings });

function compositionOf(input: ReturnType<typeof inputOf>): Composition {
  const resource = documentBundle(input).entry?.[0]?.resource;
  assert.ok(resource?.resourceType === "Composition");
  return resource;
}

const codesOf = ({ section = [] }: Pick<Composition, "section">): readonly string[] =>
  section.flatMap(({ code, section: nested }) => [
    code?.coding?.[0]?.code ?? "",
    ...codesOf(nested === undefined ? {} : { section: nested }),
  ]);

describe("a jurisdiction", () => {
  it("is a file: one more is one more jurisdiction, with its own type, codes and titles in every form", () => {
    const known = readJurisdictions(
      written("ch", (data) => {
        Object.assign(data, {
          title: { en: "Discharge report", de: "Austrittsbericht" },
          documentType: { code: "11490-0", display: "Physician Discharge summary" },
        });
      }),
    );
    assert.deepEqual([...known.keys()], ["ch", "eu", "us"]);
    const ch = known.get("ch");
    assert.ok(ch !== undefined);
    const input = inputOf(signed, { jurisdiction: ch, language: "de" });
    assert.equal(compositionOf(input).type.coding?.[0]?.code, "11490-0");
    assert.match(renderDocument(input, "text/plain"), /^AUSTRITTSBERICHT\n/u);
  });

  it("with a mistyped LOINC code, a missing title or another's name stops the start and says where", () => {
    const wrongCode = written("xx", ({ sections }) => Object.assign(sections["course"] ?? {}, { code: "8648-7" }));
    assert.throws(() => readJurisdictions(wrongCode), /xx\.json: sections\.course\.code: .*check digit/u);
    const untitled = written("xx", ({ sections }) => delete sections["results"]);
    assert.throws(() => readJurisdictions(untitled), /xx\.json: sections\.results/u);
    const into = written("xx", () => undefined);
    cpSync(join(into, "xx.json"), join(into, "yy.json"));
    assert.throws(() => readJurisdictions(into), /yy\.json: its id is xx/u);
  });

  it("is the hospital's choice, and by default that of its language", () => {
    assert.deepEqual(jurisdictionIds, ["eu", "us"]);
    assert.equal(jurisdictionOf(tenantOf({})).id, "us");
    assert.equal(jurisdictionOf(tenantOf({ language: "de-AT" })).id, "eu");
    assert.equal(jurisdictionOf(tenantOf({ language: "en-IE", generation: { jurisdiction: "eu" } })).id, "eu");
    assert.equal(jurisdictionOf(tenantOf({ language: "de", generation: { jurisdiction: "us" } })).id, "us");
    assert.throws(() => tenantOf({ generation: { jurisdiction: "mars" } }));
  });
});

describe("the European document (HL7 Europe Hospital Discharge Report)", () => {
  it("has its own type, and codes for procedures, medicines, disposition and the synthesis of an observation", () => {
    const input = inputOf(signed, { jurisdiction: eu });
    assert.equal(compositionOf(input).type.coding?.[0]?.code, "34105-7");
    const codes = codesOf(compositionOf(input));
    for (const code of ["10185-7", "75311-1", "8650-4", "8648-8"]) assert.ok(codes.includes(code), code);
    assert.equal(sectionHeading("observation", eu).code, "67781-5");
  });

  it("leaves C-CDA as its templates have it: type and section codes of the American standard", () => {
    const xml = renderDocument(inputOf(signed, { jurisdiction: eu }), "text/xml");
    for (const code of ["18842-5", "47519-4", "10183-2"]) assert.ok(xml.includes(`code="${code}"`), code);
    // 75311-1 is the European one, and the translation that the American template asks for.
    assert.match(xml, /<code code="10183-2"[^>]*>\s*<translation code="75311-1"/u);
    for (const code of ["34105-7", "10185-7"]) assert.ok(!xml.includes(`code="${code}"`), code);
  });
});

describe("required sections", () => {
  it("stand in the document of every kind of stay", () => {
    for (const jurisdiction of [us, eu]) {
      const required = sectionIds.filter((id) => jurisdiction.sections[id].required);
      for (const kind of stayKinds) {
        const codes = new Set(sectionsOfKind(kind).map((id) => sectionHeading(id, jurisdiction).code));
        for (const id of required) assert.ok(codes.has(jurisdiction.sections[id].code), `${kind} ${id}`);
      }
    }
  });

  it("say that nothing is documented where no engine delivered them, in every form alike", () => {
    const sections = signed.sections.filter(({ id }) => id !== "procedures" && id !== "patient-information");
    const input = inputOf({ ...signed, sections });
    const procedures = compositionOf(input).section?.find(({ code }) => code?.coding?.[0]?.code === "47519-4");
    assert.equal(procedures?.emptyReason?.coding?.[0]?.code, "unavailable");
    assert.ok(!codesOf(compositionOf(input)).includes("69730-0"), "what is not required is not invented");
    assert.match(renderDocument(input, "text/plain"), /\nPROCEDURES\nNot documented/u);
    assert.match(renderDocument(input, "text/xml"), /<section nullFlavor="NI">[^]*47519-4/u);
    assert.equal(documentReferenceOf(input, profile)?.type?.coding?.[0]?.display, "Discharge summary");
  });
});

const profile = writeProfileSchema.parse({});
