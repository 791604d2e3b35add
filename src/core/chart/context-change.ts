/** What is new in a chart since a draft was written from it, resource by resource (contract, section 4: `context.updated`). */
import type { FhirResource } from "fhir/r4.js";
import type { BasisElement, BasisResource, BasisValue, ChartBasis } from "./chart-basis.ts";
import { enteredInError } from "./build-chart.ts";
import { chartBasis } from "./chart-basis.ts";
import { isNewerVersion } from "./resource-version.ts";

/** One element. A side that is absent was not there; a side that is long text is not told at all. */
export interface ElementChange {
  /** FHIRPath of the element within its resource: `dosageInstruction[0].text`. */
  readonly path: string;
  readonly old?: BasisValue;
  readonly new?: BasisValue;
}

export interface EntityChange {
  readonly entity: { readonly type: string; readonly id: string };
  readonly change: "added" | "changed";
  /** At most `maxElements` of them. */
  readonly changes: readonly ElementChange[];
}

export interface ChartNews {
  /** In the order of type and id. */
  readonly entities: readonly EntityChange[];
  /**
   * A record of the chart, changed or not, is labelled as specially protected. Another one may tell of it, by a reference or in
   * words, so that no value of this chart may leave the house by itself.
   */
  readonly guarded: boolean;
  /** What is known from now on: telling the same chart again is no news. */
  readonly basis: ChartBasis;
}

const maxElements = 50;

const isText = (value: BasisElement | undefined): boolean => typeof value === "string" && value.startsWith("sha256:");

function isScalar(value: BasisElement | undefined): value is BasisValue | undefined {
  return typeof value !== "object" || value === null;
}

function namesOf(left: object, right: object): readonly string[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].toSorted();
}

function memberOf(value: BasisElement | undefined, name: string): BasisElement | undefined {
  return isScalar(value) ? undefined : (Reflect.get(value, name) as BasisElement | undefined);
}

function pathOf(parent: string, name: string, inList: boolean): string {
  if (inList) return `${parent}[${name}]`;
  return parent === "" ? name : `${parent}.${name}`;
}

function changesBelow(
  path: string,
  before: BasisElement | undefined,
  after: BasisElement | undefined,
): readonly ElementChange[] {
  if (isScalar(before) && isScalar(after)) {
    if (before === after) return [];
    return [
      {
        path,
        ...(before === undefined || isText(before) ? {} : { old: before }),
        ...(after === undefined || isText(after) ? {} : { new: after }),
      },
    ];
  }
  const [left, right] = [isScalar(before) ? {} : before, isScalar(after) ? {} : after];
  const inList = Array.isArray(before) || Array.isArray(after);
  return namesOf(left, right).flatMap((name) =>
    changesBelow(pathOf(path, name, inList), memberOf(left, name), memberOf(right, name)),
  );
}

function changeOf(name: string, before: BasisResource | undefined, after: BasisResource): EntityChange | undefined {
  const changes = changesBelow("", before?.content ?? {}, after.content);
  if (changes.length === 0) return undefined;
  const [type = "", id = ""] = name.split("/");
  return {
    entity: { type, id },
    change: before === undefined ? "added" : "changed",
    changes: changes.slice(0, maxElements),
  };
}

/**
 * Compares what a draft was written from with resources of the same chart that came later. An older copy is passed over, and
 * so is what did not come: a trigger may bring a part of the chart only, and what is taken back in FHIR says so by its status.
 */
export function contextChanges(basis: ChartBasis, resources: readonly FhirResource[]): ChartNews {
  // What was never in the draft's chart and is taken back already is no news either.
  const known = resources.filter(
    (resource) => !enteredInError(resource) || basis[`${resource.resourceType}/${resource.id}`] !== undefined,
  );
  const fresh = Object.entries(chartBasis(known)).filter(([name, after]) => {
    const before = basis[name];
    return before === undefined || !isNewerVersion(before, after);
  });
  const entities = fresh
    .flatMap(([name, after]) => changeOf(name, basis[name], after) ?? [])
    .toSorted((a, b) => (`${a.entity.type}/${a.entity.id}` < `${b.entity.type}/${b.entity.id}` ? -1 : 1));
  const after = { ...basis, ...Object.fromEntries(fresh) };
  const guarded = [...Object.values(basis), ...Object.values(after)].some(({ labelled }) => labelled === true);
  return { entities, guarded, basis: after };
}

/** One chart of two: of each resource the newer copy, and where the EHR does not say which that is, the one that came later. */
export function mergedCharts(
  earlier: readonly FhirResource[],
  later: readonly FhirResource[],
): readonly FhirResource[] {
  const byName = new Map<string, FhirResource>();
  for (const [index, resource] of [...earlier, ...later].entries()) {
    const name = resource.id === undefined ? `#${index}` : `${resource.resourceType}/${resource.id}`;
    const known = byName.get(name);
    if (known === undefined || !isNewerVersion(known.meta ?? {}, resource.meta ?? {})) byName.set(name, resource);
  }
  return [...byName.values()];
}
