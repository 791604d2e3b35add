/** A chart reduced to the fields that may contribute to what a model is shown. */
import type { Encounter, FhirResource, Patient } from "fhir/r4.js";
import type { Chart } from "../../../core/chart/chart.ts";
import type { Fact } from "../../../core/chart/facts.ts";
import { allowedFields } from "./allowed-fields.ts";

/** Allowed names at one level; an empty one below a name allows everything there. */
type Tree = ReadonlyMap<string, Tree>;

function treeOf(paths: readonly (readonly string[])[]): Tree {
  const byName = Map.groupBy(paths, ([name]) => name ?? "");
  return new Map(
    [...byName].map(([name, below]) => {
      const deeper = below.map((path) => path.slice(1));
      // The whole value is allowed where any path ends here.
      return [name, deeper.some((path) => path.length === 0) ? new Map() : treeOf(deeper)];
    }),
  );
}

const trees: ReadonlyMap<string, Tree> = new Map(
  Object.entries(allowedFields).map(([type, fields]) => [type, treeOf(fields.map((field) => field.split(".")))]),
);

/** Everything below, but for extensions and the members that carry them. */
function withoutExtensions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExtensions);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, entry]) =>
      name === "extension" || name === "modifierExtension" || name.startsWith("_")
        ? []
        : [[name, withoutExtensions(entry)]],
    ),
  );
}

function project(value: unknown, tree: Tree): unknown {
  if (tree.size === 0) return withoutExtensions(value);
  if (Array.isArray(value)) return value.map((entry) => project(entry, tree));
  if (typeof value !== "object" || value === null) return undefined;
  return Object.fromEntries(
    [...tree].flatMap(([name, below]) => {
      const entry: unknown = Reflect.get(value, name);
      return entry === undefined ? [] : [[name, project(entry, below)]];
    }),
  );
}

/** Which resource it is stays: evidence points at it. Its id goes nowhere else. */
function projectResource(resource: FhirResource): FhirResource | undefined {
  const tree = trees.get(resource.resourceType);
  if (tree === undefined) return undefined;
  const { resourceType, id, meta } = resource;
  const kept = { resourceType, id, meta: { versionId: meta?.versionId } };
  // A part of a resource is one: what is optional may be absent, and extractors read nothing without looking.
  return { ...(project(resource, tree) as object), ...kept } as FhirResource;
}

/** Of the patient nothing is needed but that there is one. */
function nobody({ resourceType, id }: Patient): Patient {
  return { resourceType, ...(id === undefined ? {} : { id }) };
}

/** The chart as the extraction of facts for a model sees it. */
export function projectChart(chart: Chart): Chart {
  const encounter = projectResource(chart.encounter) as Encounter | undefined;
  return {
    patient: nobody(chart.patient),
    encounter: encounter ?? chart.encounter,
    resources: chart.resources.flatMap((resource) => projectResource(resource) ?? []),
    gaps: [],
  };
}

const keyOf = ({ kind, label, evidence }: Fact): string =>
  JSON.stringify([kind, label, evidence.map(({ reference, path, span }) => [reference, path, span])]);

/**
 * What may be shown of each fact, by the id that it has in the whole chart: its text as the projected chart words it. A
 * fact that rests on a field which stays in the house has none.
 */
export function showableTexts(projected: readonly Fact[], whole: readonly Fact[]): ReadonlyMap<string, string> {
  const twins = Map.groupBy(whole, keyOf);
  return new Map(
    projected.flatMap((fact): (readonly [string, string])[] => {
      const twin = twins.get(keyOf(fact))?.shift();
      return twin === undefined ? [] : [[twin.id, fact.text]];
    }),
  );
}
