/** Does the EHR offer what is read of a chart, by prefetch and by our own searches, and what is written? */
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import { searchPlan } from "../../../ehr/search-plan.ts";
import type { SearchParams } from "../../../ehr/fhir-gateway.ts";
import { fillTemplate } from "../../../hooks/prefetch-template.ts";
import type { CdsService } from "../../../hooks/service.ts";
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import { isEssential, lossWithout } from "./chart-uses.ts";
import type { Metadata, Statement } from "./metadata.ts";
import { METADATA, capabilityOf } from "./metadata.ts";

const SEARCHES = "searches";
const PREFETCH = "prefetch";
const WRITING = "writing";

/** Every check that the statement alone decides. */
export function checkCapabilities(
  tenant: TenantConfig,
  { statement, fault }: Metadata,
  services: readonly CdsService[],
): readonly Check[] {
  const credential = credentialFault(tenant);
  if (statement === undefined) return [fault, credential].filter((check) => check !== undefined);
  return [
    ...checkBasics(statement),
    ...checkSearches(statement),
    ...checkPrefetch(statement, services),
    ...(credential === undefined ? checkWriting(statement, tenant) : [credential]),
  ];
}

function checkBasics({ fhirVersion, format = [], software }: Statement): readonly Check[] {
  const who = [software?.name, software?.version].filter((part) => part !== undefined).join(" ");
  if (fhirVersion !== "4.0.1") {
    const fix = "Set ehr.fhirBaseUrl to the EHR's R4 base (often `/R4` or `/r4` in place of `/DSTU2` or `/R5`).";
    return [broken(METADATA, `FHIR ${fhirVersion ?? "version not named"}; 4.0.1 is needed`, fix)];
  }
  const json = format.length === 0 || format.some((each) => /json/u.test(each));
  if (json) return [held(METADATA, `FHIR 4.0.1 with JSON${who === "" ? "" : `; ${who}`}`)];
  return [broken(METADATA, `formats: ${format.join(", ")}; JSON is needed`, "Ask the EHR's analyst to enable JSON.")];
}

/** Parameters that shape the answer and are often left unlisted (R4 search, "Managing Returned Resources"). */
const isFilter = (name: string): boolean => !name.startsWith("_");

interface Gap {
  readonly type: string;
  readonly text: string;
  readonly grave: boolean;
}

function checkSearches(statement: Statement): readonly Check[] {
  const reads = ["Patient", "Encounter", "Medication", "Binary"].flatMap((type) => readGap(statement, type) ?? []);
  const searches = searchPlan("p", "e").flatMap(
    ({ type, params, fallback }) => searchGap(statement, type, params, fallback) ?? [],
  );
  const gaps = [...new Map([...reads, ...searches].map((gap) => [`${gap.type} ${gap.text}`, gap])).values()];
  if (gaps.length === 0) return [held(SEARCHES, "all that a chart is read by is offered")];
  return [true, false].flatMap((grave) => {
    const part = gaps.filter((gap) => gap.grave === grave);
    if (part.length === 0) return [];
    const found = `not listed in the CapabilityStatement:\n${part.map(({ text }) => text).join("\n")}`;
    if (!grave)
      return [noted(SEARCHES, found, "The draft says what could not be looked up. Ask whether it is offered.")];
    const fix =
      "Ask the EHR's analyst to enable these, or what stands in their place; the EHR may offer more than it lists.";
    return [broken(SEARCHES, found, fix)];
  });
}

function readGap(statement: Statement, type: string): Gap | undefined {
  const capability = capabilityOf(statement, type);
  if (capability?.interaction?.some(({ code }) => code === "read") === true) return undefined;
  return { type, text: `${type} read: ${lossWithout[type] ?? "it is not read"}`, grave: isEssential(type) };
}

function searchGap(
  statement: Statement,
  type: string,
  params: SearchParams,
  fallback: SearchParams | undefined,
): Gap | undefined {
  const missing = missingParams(statement, type, params);
  if (missing === undefined) return undefined;
  const wider = fallback !== undefined && missingParams(statement, type, fallback) === undefined;
  if (wider) return { type, text: `${type}${missing}: a wider search is used, which takes longer`, grave: false };
  // The same type by another search: the stay's own data come by that one.
  const bounded = Object.hasOwn(params, "_sort");
  const text = bounded
    ? `${type}${missing}: earlier results are not compared with`
    : `${type}${missing}: ${lossWithout[type] ?? "it is not read"}`;
  return { type, text, grave: !bounded && isEssential(type) };
}

/** Undefined where the search is offered; else what is missing, as it is appended to the type's name. */
function missingParams(statement: Statement, type: string, params: SearchParams): string | undefined {
  const capability = capabilityOf(statement, type);
  if (capability === undefined) return "";
  if (capability.interaction?.some(({ code }) => code === "search-type") === false) return " search";
  const listed = new Set((capability.searchParam ?? []).map(({ name }) => name));
  const missing = Object.keys(params).filter((name) => isFilter(name) && !listed.has(name));
  return missing.length === 0 ? undefined : ` by ${missing.join(", ")}`;
}

/** A template that the EHR cannot fill costs time, not data: the key is fetched by ourselves, if we have a token. */
function checkPrefetch(statement: Statement, services: readonly CdsService[]): readonly Check[] {
  const templates = services.flatMap(({ id, hooks }) =>
    Object.values(hooks).flatMap(({ prefetch = {} }) =>
      Object.entries(prefetch).map(([key, template]) => ({ key: `${id} ${key}`, template })),
    ),
  );
  const gaps = templates.flatMap(({ key, template }) => {
    const gap = templateGap(statement, template);
    return gap === undefined ? [] : [`${key}: ${gap}`];
  });
  if (gaps.length === 0) return [held(PREFETCH, "every prefetch template can be filled, as far as is listed")];
  const found = `may come back empty:\n${[...new Set(gaps)].join("\n")}`;
  const fix = "What is missing is read by Backend Services or with the hook's own token: have one of them enabled.";
  return [noted(PREFETCH, found, fix)];
}

function templateGap(statement: Statement, template: string): string | undefined {
  const read = fillTemplate(template, { userId: "Practitioner/u", patientId: "p", encounterId: "e" });
  if (read === undefined || read.kind === "nothing") return undefined;
  if (read.kind === "read") {
    const gap = readGap(statement, read.type);
    return gap === undefined ? undefined : `${read.type} read is not listed`;
  }
  const missing = missingParams(statement, read.type, read.params);
  return missing === undefined ? undefined : `${read.type}${missing} is not listed`;
}

/** A write profile whose credential nobody has: every document would wait for ever. */
function credentialFault({ id, ehr }: TenantConfig): Check | undefined {
  const { when, credential } = ehr.writeProfile;
  const holder = credential === "system" ? "backendServices" : "smart";
  if (when === "never" || ehr[holder] !== undefined) return undefined;
  const found = `signed summaries cannot be filed: writeProfile.credential is ${credential}, and ehr.${holder} is not set`;
  const fix = `Set ehr.${holder} of tenant ${id}, choose the other credential, or set writeProfile.when to never.`;
  return broken(WRITING, found, fix);
}

/** DocumentReference against the write profile. */
function checkWriting(statement: Statement, { id, ehr }: TenantConfig): readonly Check[] {
  const { when, conditionalCreate, credential, findBy } = ehr.writeProfile;
  if (when === "never") return [held(WRITING, "nothing is written back (writeProfile.when is never)")];
  const capability = capabilityOf(statement, "DocumentReference");
  const codes = new Set((capability?.interaction ?? []).map(({ code }) => code));
  if (!codes.has("create")) {
    const fix = `Ask the EHR's analyst how documents are filed; until then set writeProfile.when of tenant ${id} to never.`;
    return [broken(WRITING, "DocumentReference create is not listed: signed summaries cannot be filed", fix)];
  }
  const checks: Check[] = [];
  const listed = new Set((capability?.searchParam ?? []).map(({ name }) => name));
  if (conditionalCreate && capability?.conditionalCreate !== true) {
    const fix = `Set writeProfile.conditionalCreate of tenant ${id} to false: then it is searched before each create.`;
    const found = "conditionalCreate is not offered: a repeat after a time-out may file the same document twice";
    checks.push(broken(WRITING, found, fix));
  }
  if (!conditionalCreate && findBy === "identifier" && !listed.has("identifier")) {
    const fix = `Set writeProfile.findBy of tenant ${id} to stay: documents are then known again by their stay.`;
    checks.push(broken(WRITING, "search by identifier is not listed: a repeat may file the same document twice", fix));
  }
  if (!codes.has("update")) {
    const fix = "Agree with the records department on who marks a retracted document in the EHR.";
    checks.push(noted(WRITING, "DocumentReference update is not listed: retractions stay unmarked in the EHR", fix));
  }
  const way = credential === "system" ? "our own token" : "the signer's token";
  return checks.length > 0 ? checks : [held(WRITING, `DocumentReference can be filed as configured, with ${way}`)];
}
