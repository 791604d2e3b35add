/** A FHIR server that nobody here wrote, asked directly: the witness of what the adapter left in it. */
import type { Bundle, CapabilityStatement, FhirResource } from "fhir/r4.js";
import { z } from "zod";

export interface ForeignAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface ForeignServer {
  /** FHIR base without a trailing slash. */
  readonly base: string;
  capability(): Promise<CapabilityStatement>;
  /** `path` below the base. Whatever is answered is an answer. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ForeignAnswer>;
  /** Undefined where the server has none (any more). */
  read(type: string, id: string): Promise<FhirResource | undefined>;
  /** The matches of the first page; undefined where the server knows no such type or parameter. */
  search(query: string): Promise<readonly FhirResource[] | undefined>;
}

const LIMIT_MS = 30_000;
const FHIR = "application/fhir+json";
const resource = z.looseObject({ resourceType: z.string() });

/** What was answered, as a resource. The server is foreign: only its being one is checked. */
export function resourceOf(text: string): FhirResource {
  return resource.parse(JSON.parse(text)) as unknown as FhirResource;
}

/** @param authorization of the server itself, as `Bearer ...`; undefined where it asks for none */
export function createForeignServer(base: string, authorization: string | undefined): ForeignServer {
  const proof = authorization === undefined ? {} : { authorization };
  const ask: ForeignServer["ask"] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${base}/${path}`, {
      method,
      headers: { accept: FHIR, ...(body === undefined ? {} : { "content-type": FHIR }), ...proof, ...headers },
      signal: AbortSignal.timeout(LIMIT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return {
    base,
    ask,
    async capability() {
      const { status, text } = await ask("GET", "metadata");
      if (status !== 200) throw new Error(`${base}/metadata was answered ${status}`);
      const found = resourceOf(text);
      if (found.resourceType !== "CapabilityStatement") throw new Error(`${base} is no FHIR server`);
      return found;
    },
    async read(type, id) {
      const { status, text } = await ask("GET", `${type}/${id}`);
      return status === 200 ? resourceOf(text) : undefined;
    },
    async search(query) {
      const { status, text } = await ask("GET", query);
      if (status !== 200) return undefined;
      return matchesOf(resourceOf(text) as Bundle<FhirResource>);
    },
  };
}

function matchesOf({ entry }: Bundle<FhirResource>): readonly FhirResource[] {
  return (entry ?? []).flatMap(({ resource: found, search }) =>
    found === undefined || search?.mode === "include" || search?.mode === "outcome" ? [] : [found],
  );
}
