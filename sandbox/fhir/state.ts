import { randomUUID } from "node:crypto";
import { loadDefinitions } from "./definitions.ts";
import type { Definitions } from "./definitions.ts";
import type { JsonResource } from "./resource.ts";
import { createSearchIndex } from "./search-index.ts";
import type { SearchIndex } from "./search-index.ts";
import { parametersOf } from "./search-parameters.ts";
import type { TypeParameters } from "./search-parameters.ts";
import { createResourceStore } from "./store.ts";
import type { ResourceStore } from "./store.ts";

/** A site's own rule for writes, beyond R4: returns what is wrong with the resource, or undefined. */
export type WriteRule = (resource: JsonResource) => string | undefined;

/** How this EHR behaves where real ones differ. */
export interface FhirBehaviour {
  /** Answer to a stale If-Match: most answer 412, HAPI 409. */
  readonly conflictStatus: 409 | 412;
  /** Page size when `_count` is absent, and the most a page holds. */
  readonly pageSize: { readonly default: number; readonly max: number };
  /** Whether PUT may create (http.html#upsert). */
  readonly updateCreate: boolean;
  /** Whether references to patients and encounters that do not exist are refused. */
  readonly referentialIntegrity: boolean;
  readonly writeRules: readonly WriteRule[];
  /** Search parameters of R4 that this server does not know. */
  readonly unknownParameters: UnknownParameters;
  /** How a Binary is read: by the media type asked for (binary.html#rest), or as its bytes whatever was asked. */
  readonly binaries: "negotiated" | "bytes";
  /** How it tells by itself: by topic, by a search as HAPI does it, or not at all. */
  readonly subscriptions: "backport" | "classic" | "none";
}

/** R4 lets a server leave out what it does not know, unless the client asks it to be strict; some leave it out all the same. */
export interface UnknownParameters {
  /** As `Goal.patient`. */
  readonly names: readonly string[];
  readonly handling: "refuse" | "ignore-unless-strict" | "ignore";
}

/** Everything the parts of the FHIR server share. */
export interface FhirState {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly definitions: Definitions;
  /** Resource types that can be read and written. */
  readonly types: ReadonlySet<string>;
  readonly store: ResourceStore;
  readonly index: SearchIndex;
  readonly behaviour: FhirBehaviour;
  readonly now: () => Date;
  readonly newId: () => string;
  parametersOf(type: string): TypeParameters;
  /** Runs writes one after another, so that a conditional create sees what the one before it created. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

const defaults: FhirBehaviour = {
  conflictStatus: 412,
  pageSize: { default: 50, max: 100 },
  updateCreate: true,
  referentialIntegrity: true,
  writeRules: [],
  unknownParameters: { names: [], handling: "refuse" },
  binaries: "negotiated",
  subscriptions: "none",
};

/** Types that promise behaviour: stored as plain resources they would look accepted and do nothing. */
const withoutBehaviour = ["Parameters", "OperationOutcome"];

/** An empty server state. */
export function createFhirState(options: {
  readonly baseUrl: string;
  readonly behaviour?: Partial<FhirBehaviour>;
  readonly now?: () => Date;
  readonly newId?: () => string;
}): FhirState {
  const definitions = loadDefinitions();
  const parameters = memoize((type: string) => parametersOf(type, definitions));
  const now = options.now ?? (() => new Date());
  const behaviour = { ...defaults, ...options.behaviour };
  const idle = new Set(behaviour.subscriptions === "none" ? ["Subscription", ...withoutBehaviour] : withoutBehaviour);
  const store = createResourceStore(now);
  const index = createSearchIndex(parameters);
  store.observe(index);
  return {
    baseUrl: options.baseUrl,
    definitions,
    types: new Set([...definitions.resourceTypes].filter((type) => !idle.has(type))),
    store,
    index,
    behaviour,
    now,
    newId: options.newId ?? randomUUID,
    parametersOf: parameters,
    exclusively: createQueue(),
  };
}

function memoize<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}

function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const run = last.then(work);
    last = run.catch(() => undefined);
    return run;
  };
}
