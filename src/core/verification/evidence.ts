/** The values behind a citation: the cited resource and what it is made of, read once per chart. */
import type { FhirResource } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import type { Language } from "../language/language.ts";
import type { Evidence } from "../summary/summary.ts";
import { noteHead, noteText } from "./quoted-note.ts";
import { valuesOfResource, valuesOfText } from "./resource-values.ts";
import type { ValueSet } from "./value-set.ts";
import { unite } from "./value-set.ts";

export interface EvidenceLookup {
  /** The resource at a relative reference; undefined where the chart has none. */
  readonly resource: (reference: string) => FhirResource | undefined;
  /** What one citation bears out; undefined where it cites nothing. */
  readonly values: (evidence: Evidence) => ValueSet | undefined;
}

/** Resources that only name things for another: an order's medication, a stay's ward, an appointment's physician. */
const namingTypes =
  /^(?:Medication|Location|Practitioner|PractitionerRole|Organization|HealthcareService|Device|Substance|Specimen)\//u;

function namedBy(resource: FhirResource): readonly string[] {
  const references: string[] = [];
  // JSON.stringify walks the tree; the replacer only looks.
  JSON.stringify(resource, (key, value: unknown) => {
    if (key === "reference" && typeof value === "string" && namingTypes.test(value)) references.push(value);
    return value;
  });
  return references;
}

/** A citation with a span bears out the quoted words and the note's own head, not the rest of the note. */
function quotedValues(
  resource: FhirResource,
  { path, span }: Evidence,
  timeZone: string,
  language: Language,
): ValueSet | undefined {
  const text = span === undefined ? undefined : noteText(resource, path);
  if (span === undefined || text === undefined) return undefined;
  return unite([
    valuesOfText(text.slice(span.start, span.end), language),
    valuesOfResource(noteHead(resource), timeZone, language),
  ]);
}

function indexByReference(chart: Chart): ReadonlyMap<string, FhirResource> {
  const all: readonly FhirResource[] = [chart.patient, chart.encounter, ...chart.resources];
  return new Map(
    all.flatMap((resource): [string, FhirResource][] =>
      resource.id === undefined ? [] : [[`${resource.resourceType}/${resource.id}`, resource]],
    ),
  );
}

/** A lookup over one chart, with texts read in the language of the summary; each resource is read at most once. */
export function createEvidenceLookup(chart: Chart, timeZone: string, language: Language = "en"): EvidenceLookup {
  const index = indexByReference(chart);
  const cache = new Map<string, ValueSet>();
  const byCitation = new Map<string, ValueSet | undefined>();

  const own = (reference: string): ValueSet | undefined => {
    const resource = index.get(reference);
    if (resource === undefined) return undefined;
    const values = cache.get(reference) ?? valuesOfResource(resource, timeZone, language);
    cache.set(reference, values);
    return values;
  };

  const withNames = (reference: string, resource: FhirResource): ValueSet | undefined => {
    const values = own(reference);
    const names = namedBy(resource).flatMap((name) => own(name) ?? []);
    return values === undefined || names.length === 0
      ? values
      : { ...unite([values, ...names]), negative: values.negative };
  };

  const read = (evidence: Evidence): ValueSet | undefined => {
    const resource = index.get(evidence.reference);
    if (resource === undefined) return undefined;
    return quotedValues(resource, evidence, timeZone, language) ?? withNames(evidence.reference, resource);
  };

  return {
    resource: (reference) => index.get(reference),
    values: (evidence) => {
      // The same place is asked for by every sentence that cites it, and a note takes a millisecond to read.
      const { reference, path = "", span } = evidence;
      const key = `${reference}|${path}|${span?.start ?? ""}-${span?.end ?? ""}`;
      if (!byCitation.has(key)) byCitation.set(key, read(evidence));
      return byCitation.get(key);
    },
  };
}
