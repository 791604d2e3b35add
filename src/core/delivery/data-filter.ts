/**
 * Which events an endpoint or a reader of the feed wants by what they say, beyond their types. A filter is data: paths into an
 * event's `data`, each with the values that will do. All paths must hold; a path that an event does not have does not.
 */
import { z } from "zod";
import { eventDataSchemas } from "../event/data-schemas.ts";
import type { EventData, EventType } from "../event/event.ts";
import { publicEventTypes } from "../event/event.ts";

const mostPaths = 8;
const mostValues = 50;

const value = z.union([z.string().min(1).max(200), z.number(), z.boolean()]);

/** `{ "data.status": ["completed", "failed"], "data.patient": ["Patient/1*"] }`: text ending in `*` stands for what begins so. */
export const dataFilterSchema = z
  .record(z.string().max(100), z.array(value).min(1).max(mostValues))
  .refine((filter) => Object.keys(filter).length <= mostPaths, `at most ${mostPaths} paths`)
  .meta({
    description:
      "What an event must say, besides its type: paths into its `data`, each with the values that will do (text ending in `*`: what begins so). Every path must hold.",
  });
export type DataFilter = z.infer<typeof dataFilterSchema>;
export type FilterValue = z.infer<typeof value>;

/** What stands at a path of events of one type: its kind, and its words where they are fixed. */
interface Element {
  readonly kind: "string" | "number" | "boolean";
  readonly words?: readonly FilterValue[];
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly FilterValue[];
  readonly const?: FilterValue;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** In `full` bodies only: the log does not hold it. */
const notInTheLog: ReadonlySet<string> = new Set(["data.summary.text"]);

const kinds: Readonly<Record<string, Element["kind"]>> = {
  string: "string",
  number: "number",
  integer: "number",
  boolean: "boolean",
};

function elementsBelow(path: string, schema: JsonSchema): readonly (readonly [string, Element])[] {
  const { type = typeof schema.const, properties } = schema;
  const kind = kinds[type];
  if (kind !== undefined && !notInTheLog.has(path)) {
    const words = schema.const === undefined ? schema.enum : [schema.const];
    return [[path, { kind, ...(words === undefined ? {} : { words }) }]];
  }
  return Object.entries(properties ?? {}).flatMap(([name, member]) => elementsBelow(`${path}.${name}`, member));
}

function elementsOf(type: EventType): ReadonlyMap<string, Element> {
  // Our own schemas in the form that they are published in.
  return new Map(elementsBelow("data", z.toJSONSchema(eventDataSchemas[type], { io: "input" }) as JsonSchema));
}

const elements = new Map<EventType, ReadonlyMap<string, Element>>(
  publicEventTypes.map((type) => [type, elementsOf(type)]),
);

const isPrefix = (wanted: FilterValue): wanted is string => typeof wanted === "string" && wanted.endsWith("*");

function fits(wanted: FilterValue, found: unknown): boolean {
  if (isPrefix(wanted)) return typeof found === "string" && found.startsWith(wanted.slice(0, -1));
  return found === wanted;
}

function at(data: EventData, path: string): unknown {
  return path
    .split(".")
    .slice(1)
    .reduce<unknown>(
      (found, name) =>
        typeof found === "object" && found !== null && Object.hasOwn(found, name)
          ? Reflect.get(found, name)
          : undefined,
      data,
    );
}

/** Whether an event says what the filter wants. An empty filter wants everything. */
export function matchesFilter(filter: DataFilter, data: EventData): boolean {
  return Object.entries(filter).every(([path, wanted]) => {
    const found = at(data, path);
    return wanted.some((one) => fits(one, found));
  });
}

/** The types of which an event can hold every path of a filter: the others need not be looked at. */
export function filterableTypes(filter: DataFilter, types: readonly EventType[]): readonly EventType[] {
  const paths = Object.keys(filter);
  return types.filter((type) => paths.every((path) => elements.get(type)?.has(path) === true));
}

function canFit(wanted: FilterValue, { kind, words }: Element): boolean {
  if (typeof wanted !== kind) return false;
  return words === undefined || words.some((word) => fits(wanted, word));
}

function pathProblem(path: string, types: readonly EventType[]): string | undefined {
  if (types.some((type) => elements.get(type)?.has(path))) return undefined;
  const known = [...new Set(types.flatMap((type) => [...(elements.get(type)?.keys() ?? [])]))].toSorted();
  return `no event that is asked for says ${path}; they say ${known.join(", ")}`;
}

function valueProblem(path: string, wanted: FilterValue, types: readonly EventType[]): string | undefined {
  const found = types.flatMap((type) => elements.get(type)?.get(path) ?? []);
  if (found.some((element) => canFit(wanted, element))) return undefined;
  const words = [...new Set(found.flatMap((element) => element.words ?? []))];
  const instead = words.length === 0 ? `it is a ${found[0]?.kind ?? "string"}` : `it is one of ${words.join(", ")}`;
  return `${path} is never ${JSON.stringify(wanted)}: ${instead}`;
}

/**
 * Why a filter would let nothing through, most likely a typing error; undefined where it makes sense.
 * @param types the event types that are asked for
 */
export function filterProblem(filter: DataFilter, types: readonly EventType[]): string | undefined {
  const paths = Object.keys(filter);
  const unknown = paths.map((path) => pathProblem(path, types)).find((problem) => problem !== undefined);
  if (unknown !== undefined) return unknown;
  const able = filterableTypes(filter, types);
  if (able.length === 0) return `no event that is asked for says all of ${paths.join(", ")}`;
  return Object.entries(filter)
    .flatMap(([path, wanted]) => wanted.map((one) => valueProblem(path, one, able)))
    .find((problem) => problem !== undefined);
}
