/** What a client hears that asks for a type, an interaction or an operation that is not here (R4 http, 3.1.0.4). */
import type { RequestHandler } from "express";
import { AdapterError } from "../../core/errors.ts";
import type { FhirCapability, FhirRoute } from "./fhir-route.ts";

const typeForm = /^[A-Z][A-Za-z]{1,63}$/u;
const operationForm = /^\$[A-Za-z][A-Za-z0-9-]{0,63}$/u;

interface Offer {
  /** In words, by type: interactions and operations. */
  readonly byType: ReadonlyMap<string, readonly string[]>;
  /** Types of which single ones are published, for anybody. */
  readonly published: ReadonlySet<string>;
}

function wordOf(capability: FhirCapability): string {
  return "interaction" in capability ? capability.interaction : `$${capability.operation.name}`;
}

function offerOf(routes: readonly FhirRoute[], publishedPaths: Iterable<string>): Offer {
  const capabilities = routes.flatMap(({ capability }) => capability ?? []);
  const byType = Map.groupBy(capabilities, ({ type }) => type);
  const published = [...publishedPaths].flatMap((path) => /^\/fhir\/([A-Z][A-Za-z]+)\//u.exec(path)?.[1] ?? []);
  return {
    byType: new Map([...byType].map(([type, found]) => [type, [...new Set(found.map(wordOf))]])),
    published: new Set(published),
  };
}

const listed = (words: Iterable<string>): string => [...words].toSorted().join(", ");

function everyOperation({ byType }: Offer): string {
  return listed(
    [...byType].flatMap(([type, words]) =>
      words.filter((word) => word.startsWith("$")).map((word) => `${type}/${word}`),
    ),
  );
}

/** Undefined where the path names nothing of FHIR's: then it is just not there. */
function explanationOf(offer: Offer, segments: readonly string[]): string | undefined {
  const [first = "", ...others] = segments;
  const last = segments.at(-1) ?? "";
  if (first === "") return "Batches and transactions are not taken here: a request goes to a type.";
  if (operationForm.test(last) && (typeForm.test(first) || others.length === 0))
    return `There is no operation ${last} here. There are: ${everyOperation(offer)}.`;
  if (!typeForm.test(first)) return undefined;
  const words = offer.byType.get(first);
  if (words !== undefined) return `This is not offered for ${first}. There are: ${listed(words)}.`;
  if (!offer.published.has(first)) return `${first} is not served here. Types are: ${listed(offer.byType.keys())}.`;
  // One that is not there is an unknown id; all else is another interaction than read.
  return others.length === 1 ? undefined : `${first} is read by its id, and nothing else is offered for it.`;
}

/** The last handler below /fhir: nothing before it knew the path. */
export function notOffered(routes: readonly FhirRoute[], publishedPaths: Iterable<string>): RequestHandler {
  const offer = offerOf(routes, publishedPaths);
  return (request) => {
    const message = explanationOf(offer, request.path.split("/").slice(1));
    throw message === undefined ? new AdapterError("not_found") : new AdapterError("not_offered", { message });
  };
}
