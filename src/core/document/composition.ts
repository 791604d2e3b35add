/** The Composition: head and sections of the FHIR document. */
import type { Composition, CompositionSection } from "fhir/r4.js";
import { languageOf } from "../language/language.ts";
import { confidentialityOf } from "../sensitivity/labels.ts";
import { documentHeading, kindOfSections, sectionHeading } from "../summary/sections.ts";
import type { Section } from "../summary/summary.ts";
import { carriedEncounter } from "./carried.ts";
import type { DocumentInput, DocumentSummary } from "./document-input.ts";
import {
  documentNumber,
  documentSections,
  documentTime,
  labelledTitle,
  labelOf,
  securityOf,
} from "./document-input.ts";
import { layoutOf, layoutOfSection } from "./layout.ts";
import { documentNarrative, sectionNarrative } from "./narrative.ts";
import { securityLabels, sourceLabels } from "./security-label.ts";
import type { EntryUrls } from "./urls.ts";

const loinc = "http://loinc.org";
/** "Unavailable": the chart was read and says nothing; not "nil known", which would be a statement about the patient. */
const unavailable = {
  coding: [
    { system: "http://terminology.hl7.org/CodeSystem/list-empty-reason", code: "unavailable", display: "Unavailable" },
  ],
};

/** DocStatus and Composition.status share their words, but for `discarded`, which never gets here. */
function statusOf({ docStatus }: DocumentSummary): Composition["status"] {
  return docStatus === "discarded" ? "entered-in-error" : docStatus;
}

function sectionOf(section: Section, input: DocumentInput, nested: readonly CompositionSection[]): CompositionSection {
  const { code, display, ...heading } = sectionHeading(
    section.id,
    input.jurisdiction,
    languageOf(input.language),
    kindOfSections(input.summary.sections),
  );
  const title = input.summary.style?.titles?.[section.id] ?? heading.title;
  const edited = section.sentences.some(({ origin }) => origin === "person");
  const empty = section.sentences.length === 0 && nested.length === 0;
  return {
    title,
    code: { coding: [{ system: loinc, code, display }], text: title },
    // What a person wrote is not generated from the data.
    text: {
      status: edited ? "additional" : "generated",
      div: sectionNarrative(layoutOfSection(section, input), labelOf(input), input.language),
    },
    ...(empty ? { emptyReason: unavailable } : {}),
    ...(nested.length === 0 ? {} : { section: [...nested] }),
  };
}

/** Pending results are part of the plan (C-CDA has no section of their own for them): they nest under the follow-up. */
function sectionsOf(input: DocumentInput): CompositionSection[] {
  const sections = documentSections(input);
  const hasPlan = sections.some(({ id }) => id === "follow-up");
  const pending = sections.filter(({ id }) => id === "pending").map((section) => sectionOf(section, input, []));
  return sections
    .filter(({ id }) => id !== "pending" || !hasPlan)
    .map((section) => sectionOf(section, input, section.id === "follow-up" ? pending : []));
}

/** An amended document replaces the version before it. */
function relatesTo({ source, summary }: DocumentInput): Pick<Composition, "relatesTo"> {
  if (summary.docStatus !== "amended" || summary.version < 2) return {};
  const value = documentNumber({ ...summary, version: summary.version - 1 });
  return { relatesTo: [{ code: "replaces", targetIdentifier: { system: source, value } }] };
}

function authorsOf({ device, signer }: EntryUrls): Composition["author"] {
  return [{ reference: device }, ...(signer === undefined ? [] : [{ reference: signer }])];
}

function attesterOf({ summary }: DocumentInput, { signer }: EntryUrls): Pick<Composition, "attester"> {
  if (signer === undefined || summary.signedAt === undefined) return {};
  return { attester: [{ mode: "legal", time: summary.signedAt, party: { reference: signer } }] };
}

/** The Composition of this version. Throws AdapterError `state_conflict` for a discarded draft. */
export function compositionOf(input: DocumentInput, urls: EntryUrls): Composition {
  const { summary, source, jurisdiction, language } = input;
  const { code, display, title } = documentHeading(jurisdiction, languageOf(language));
  const period = carriedEncounter(input).period;
  return {
    resourceType: "Composition",
    id: urls.composition.replace("urn:uuid:", ""),
    meta: { security: [...securityLabels(summary), ...sourceLabels(input)] },
    language,
    text: { status: "generated", div: documentNarrative(layoutOf(input), language) },
    identifier: { system: source, value: documentNumber(summary) },
    status: statusOf(summary),
    type: { coding: [{ system: loinc, code, display }], text: title },
    subject: { reference: urls.patient },
    encounter: { reference: urls.encounter },
    date: documentTime(summary),
    author: authorsOf(urls),
    title: labelledTitle(input),
    confidentiality: confidentialityOf(securityOf(input)),
    ...attesterOf(input, urls),
    custodian: { reference: urls.organization },
    ...relatesTo(input),
    ...(period === undefined ? {} : { event: [{ period }] }),
    section: sectionsOf(input),
  };
}
