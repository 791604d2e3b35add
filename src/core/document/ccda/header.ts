/** US Realm Header of C-CDA R2.1: whose document, by whom, signed by whom, of which stay. */
import type { Encounter, HumanName, Patient } from "fhir/r4.js";
import { carriedEncounter, carriedPatient, carriedText } from "../carried.ts";
import type { DocumentInput } from "../document-input.ts";
import { confidentialityOf } from "../../sensitivity/labels.ts";
import { documentNumber, documentTime, instanceNumber, labelledTitle, securityOf } from "../document-input.ts";
import type { NullFlavor } from "./data-types.ts";
import { coded, identifier, loinc, named, noContact, ownIdentifier, template, time } from "./data-types.ts";
import type { Code } from "./data-types.ts";
import type { Xml } from "./xml.ts";
import { element, words } from "./xml.ts";

const usRealmHeader = "2.16.840.1.113883.10.20.22.1.1:2015-08-01";
const dischargeSummary = "2.16.840.1.113883.10.20.22.1.8:2015-08-01";
const genders = "2.16.840.1.113883.5.1";
const genderCodes: Readonly<Record<string, string>> = { male: "M", female: "F", other: "UN" };
const actCodes = "2.16.840.1.113883.5.4";

/** OIDs of the systems in which EHRs code a disposition. */
const dispositionSystems: Readonly<Record<string, string>> = {
  "http://terminology.hl7.org/CodeSystem/discharge-disposition": "2.16.840.1.113883.4.642.4.1093",
  "http://www.nubc.org/patient-discharge": "2.16.840.1.113883.6.301.5",
  "https://www.nubc.org/CodeSystem/PatDischargeStatus": "2.16.840.1.113883.6.301.5",
  "http://snomed.info/sct": "2.16.840.1.113883.6.96",
};

function personName(name: HumanName | undefined): Xml {
  const { given = [], family, text } = name ?? {};
  if (family === undefined && text === undefined) return element("name", { nullFlavor: "UNK" });
  if (family === undefined) return named("name", text ?? "");
  return element("name", {}, ...given.map((part) => named("given", part)), named("family", family));
}

function genderOf({ gender }: Pick<Patient, "gender">): Code | NullFlavor {
  const code = gender === undefined ? undefined : genderCodes[gender];
  return code === undefined ? "UNK" : { code, system: genders };
}

function recordTarget(input: DocumentInput): Xml {
  const { fhirBaseUrl, summary } = input;
  const patient = carriedPatient(input);
  const official = patient.name?.find(({ use }) => use === "official") ?? patient.name?.[0];
  const identifiers = (patient.identifier ?? []).filter(
    ({ system, value }) => system !== undefined && value !== undefined,
  );
  const person = element(
    "patient",
    {},
    personName(official),
    coded("administrativeGenderCode", genderOf(patient)),
    time("birthTime", patient.birthDate),
    coded("raceCode", "UNK"),
    coded("ethnicGroupCode", "UNK"),
  );
  return element(
    "recordTarget",
    {},
    element(
      "patientRole",
      {},
      ...identifiers.map(({ system, value }) => identifier(system, value)),
      identifier(`${fhirBaseUrl}/Patient`, summary.patient.split("/").at(-1)),
      ...noContact,
      person,
    ),
  );
}

/** The software is the author of a draft and stays named beside the person who signed. */
function author({ summary, source }: DocumentInput): Xml {
  const { engine, model } = summary;
  const device = element(
    "assignedAuthoringDevice",
    {},
    named(
      "manufacturerModelName",
      engine === "model" ? `Handover with the language model ${model ?? ""}`.trim() : "Handover",
    ),
    named("softwareName", "Handover"),
  );
  return element(
    "author",
    {},
    time("time", summary.createdAt),
    element("assignedAuthor", {}, identifier(source, "handover"), ...noContact, device),
  );
}

function custodian({ organization, source }: DocumentInput): Xml {
  const keeper = element(
    "representedCustodianOrganization",
    {},
    identifier(source, "custodian"),
    named("name", organization),
    ...noContact.toReversed(),
  );
  return element("custodian", {}, element("assignedCustodian", {}, keeper));
}

function legalAuthenticator({ summary, fhirBaseUrl }: DocumentInput): Xml | undefined {
  const { signedBy, signedAt } = summary;
  const signedByDisplay = carriedText(summary.signedByDisplay);
  if (signedBy === undefined || signedAt === undefined) return undefined;
  const [type = "Practitioner", id] = signedBy.split("/");
  const person = element(
    "assignedPerson",
    {},
    personName(signedByDisplay === undefined ? undefined : { text: signedByDisplay }),
  );
  return element(
    "legalAuthenticator",
    {},
    time("time", signedAt),
    element("signatureCode", { code: "S" }),
    element("assignedEntity", {}, identifier(`${fhirBaseUrl}/${type}`, id), ...noContact, person),
  );
}

/** A correction replaces the version before it. */
function relatedDocument({ summary, source }: DocumentInput): Xml | undefined {
  if (summary.docStatus !== "amended" || summary.version < 2) return undefined;
  const before = documentNumber({ ...summary, version: summary.version - 1 });
  const parent = element("parentDocument", {}, ownIdentifier("id", `${source}/${before}`));
  return element("relatedDocument", { typeCode: "RPLC" }, parent);
}

function dispositionOf(hospitalization: Encounter["hospitalization"]): Code | NullFlavor {
  const codings = hospitalization?.dischargeDisposition?.coding ?? [];
  for (const { system, code, display } of codings) {
    const oid = system === undefined ? undefined : (dispositionSystems[system] ?? /^urn:oid:(.+)$/u.exec(system)?.[1]);
    if (oid !== undefined && code !== undefined) return { code, system: oid, display };
  }
  return "UNK";
}

function encompassingEncounter(input: DocumentInput): Xml {
  const { fhirBaseUrl, summary } = input;
  const { period, class: kind, hospitalization } = carriedEncounter(input);
  return element(
    "componentOf",
    {},
    element(
      "encompassingEncounter",
      {},
      identifier(`${fhirBaseUrl}/Encounter`, summary.encounter.split("/").at(-1)),
      kind?.code === undefined
        ? undefined
        : coded("code", { code: kind.code, system: actCodes, display: kind.display }),
      element("effectiveTime", {}, time("low", period?.start), time("high", period?.end)),
      coded("dischargeDispositionCode", dispositionOf(hospitalization)),
    ),
  );
}

/** The elements before the body, in the order of the CDA schema. */
export function headerOf(input: DocumentInput): readonly (Xml | undefined)[] {
  const { summary, source, language } = input;
  return [
    element("realmCode", { code: "US" }),
    element("typeId", { root: "2.16.840.1.113883.1.3", extension: "POCD_HD000040" }),
    template(usRealmHeader),
    template(dischargeSummary),
    ownIdentifier("id", `${source}/${instanceNumber(summary)}`),
    // Fixed by the template, whatever the jurisdiction calls its own document.
    coded("code", { code: "18842-5", system: loinc, display: "Discharge summary" }),
    element("title", {}, words(labelledTitle(input))),
    time("effectiveTime", documentTime(summary)),
    coded("confidentialityCode", { code: confidentialityOf(securityOf(input)), system: "2.16.840.1.113883.5.25" }),
    element("languageCode", { code: language }),
    ownIdentifier("setId", `${source}/${summary.job}`),
    element("versionNumber", { value: String(summary.version) }),
    recordTarget(input),
    author(input),
    custodian(input),
    legalAuthenticator(input),
    relatedDocument(input),
    encompassingEncounter(input),
  ];
}
