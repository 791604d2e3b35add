/** The names that a chart holds as those of persons, in every spelling in which its texts may write them. */
import type { HumanName } from "fhir/r4.js";
import type { Chart } from "../../../core/chart/chart.ts";

/** Shorter names of others are more often words than names; the patient's own are hidden from two letters on. */
const shortestOfOthers = 3;
const shortestOfPatient = 2;
function namesOf(names: readonly HumanName[] | undefined): readonly string[] {
  const parts = (names ?? []).flatMap(({ family, given, text }) => [text, family, ...(given ?? [])]);
  return parts.flatMap((part) => (part === undefined ? [] : [part, ...part.split(/[\s,-]+/u)]));
}

const personReference = /(?:^|\/)(?:Practitioner|RelatedPerson|Patient|Person)\//u;
/** Elements that name a person even where nothing is referred to. */
const personElements = new Set(
  "individual performer author requester recorder asserter attester sender recipient actor resultsInterpreter informationSource enterer party participant".split(
    " ",
  ),
);
/** Words beside a name in a display. */
const beside = new Set(
  `md do rn np pa pac phd mph dr prof mr mrs ms msc bsc lpn cnm dpm dds pharmd attending physician nurse doctor staff provider surgeon resident clinic department
 service team unknown hospital emergency medicine surgery cardiology interface system patient laboratory lab radiology pharmacy unit center care the of and`.split(
    /\s+/u,
  ),
);

/** Displays of references to persons: most EHRs send no more of their staff than that. */
function displayedNames(chart: Chart): readonly string[] {
  const found: string[] = [];
  const look = (value: unknown, element: string): void => {
    if (Array.isArray(value)) for (const item of value) look(item, element);
    else if (typeof value === "object" && value !== null) {
      const { reference, display } = value as { readonly reference?: unknown; readonly display?: unknown };
      const isPerson = typeof reference === "string" ? personReference.test(reference) : personElements.has(element);
      if (isPerson && typeof display === "string") found.push(display);
      for (const [name, item] of Object.entries(value)) look(item, name);
    }
  };
  look([chart.encounter, chart.resources], "");
  return found.flatMap((display) =>
    display.split(/[\s,.()/-]+/u).filter((word) => /^\p{Lu}\p{L}/u.test(word) && !beside.has(word.toLowerCase())),
  );
}

const capitalised = (name: string): string =>
  name.toLowerCase().replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
const withoutMarks = (name: string): string => name.normalize("NFD").replaceAll(/\p{M}/gu, "");
const transcribed = (name: string): string =>
  name.replaceAll(/[äöüß]/giu, (letter) => ({ ä: "ae", ö: "oe", ü: "ue", ß: "ss" })[letter.toLowerCase()] ?? letter);

/** A register in capitals, a note without accents, an umlaut in two letters: one name. */
function spellingsOf(name: string): readonly string[] {
  const written = [name, transcribed(name), withoutMarks(transcribed(name)), withoutMarks(name)];
  return [...new Set(written.flatMap((form) => [form, form.toUpperCase(), capitalised(form)]))];
}

/** In small letters a name is a word ("rose"); the patient's two together are none. */
function inHaste(chart: Chart): readonly string[] {
  return (chart.patient.name ?? []).flatMap(({ family = "", given = [] }) =>
    given.flatMap((first) =>
      family === "" || first === ""
        ? []
        : [`${first} ${family}`, `${family} ${first}`, `${family}, ${first}`].flatMap((whole) =>
            spellingsOf(whole).map((form) => form.toLowerCase()),
          ),
    ),
  );
}

/** Every spelling of every name: patient, relatives, staff, and of the house. */
export function nameSpellings(chart: Chart): readonly string[] {
  const patient = namesOf(chart.patient.name).filter((name) => name.length >= shortestOfPatient);
  const contacts = (chart.patient.contact ?? []).flatMap(({ name }) => namesOf(name === undefined ? [] : [name]));
  const others = chart.resources.flatMap((resource) => {
    if (resource.resourceType === "Practitioner" || resource.resourceType === "RelatedPerson")
      return namesOf(resource.name);
    return resource.resourceType === "Organization" && resource.name !== undefined ? [resource.name] : [];
  });
  const rest = [...contacts, ...others, ...displayedNames(chart)].filter((name) => name.length >= shortestOfOthers);
  return [...new Set([...[...patient, ...rest].flatMap(spellingsOf), ...inHaste(chart)])];
}
