/** A sandbox EHR for one test file, with a client that speaks FHIR JSON. */
import { createSandboxEhr } from "../../sandbox/ehr.ts";
import type { SandboxEhr, SandboxEhrOptions } from "../../sandbox/ehr.ts";
import { sandboxUsers } from "../../sandbox/users.ts";

/** A parsed answer. */
export interface FhirAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or undefined without a body. */
  readonly body: unknown;
  /** What stands at a path such as `issue.0.code` of the body. */
  readonly at: (path: string) => unknown;
}

/** Walks into parsed JSON; undefined where a step is missing, so that the assertion after it says so. */
export function valueAt(json: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, step) => (isIndexed(value) ? value[step] : undefined), json);
}

function isIndexed(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Sends one request to the FHIR base. */
export type FhirCall = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<FhirAnswer>;

/** Starts an EHR with the two standard users and whatever else is asked. */
export function startEhr(options: SandboxEhrOptions = {}): Promise<SandboxEhr> {
  return createSandboxEhr({ users: sandboxUsers, ...options });
}

/** A client with a token of these scopes; paths are below the FHIR base, or absolute URLs. */
export function fhirClient(
  ehr: SandboxEhr,
  scopes: string,
  context: { readonly patient?: string; readonly fhirUser?: string; readonly clientId?: string } = {},
): FhirCall {
  const token = ehr.mintToken({ clientId: "test", scopes: scopes.split(" "), ...context });
  return (method, path, body, headers = {}) => {
    const url = path.startsWith("http") ? path : `${ehr.fhirBaseUrl}/${path}`;
    return send(url, method, body, { authorization: `Bearer ${token}`, ...headers });
  };
}

async function send(
  url: string,
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<FhirAnswer> {
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/fhir+json",
      ...(body !== undefined && { "content-type": "application/fhir+json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, body: parsed, at: (path) => valueAt(parsed, path) };
}

/** `Type/id` of each entry of a searchset in the given mode. */
export function entriesOf(answer: FhirAnswer, mode: "match" | "include" = "match"): string[] {
  const entries = answer.at("entry");
  if (!Array.isArray(entries)) return [];
  return entries
    .filter((entry) => valueAt(entry, "search.mode") === mode)
    .map((entry) => [valueAt(entry, "resource.resourceType"), valueAt(entry, "resource.id")].join("/"));
}

/** URL of the `next` link of a searchset. */
export function nextOf(answer: FhirAnswer): string | undefined {
  const links = answer.at("link");
  const next: unknown = Array.isArray(links) ? links.find((link) => valueAt(link, "relation") === "next") : undefined;
  const url = valueAt(next, "url");
  return typeof url === "string" ? url : undefined;
}

/** A minimal, valid DocumentReference of a patient. */
export function documentOf(patient: string, over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    resourceType: "DocumentReference",
    status: "current",
    docStatus: "final",
    type: { coding: [{ system: "http://loinc.org", code: "18842-5" }] },
    subject: { reference: `Patient/${patient}` },
    identifier: [{ system: "urn:test:job", value: "1" }],
    content: [{ attachment: { contentType: "text/plain;charset=utf-8", data: "aGVsbG8=" } }],
    ...over,
  };
}

/** A chart of one inpatient as a collection Bundle: patient, encounter, and `observations` laboratory results. */
export function chartOf(patient: string, observations: number): Record<string, unknown> {
  const subject = { reference: `Patient/${patient}` };
  const encounter = { reference: `Encounter/${patient}-stay` };
  const resources = [
    { resourceType: "Patient", id: patient, name: [{ family: "Ådahl", given: ["Nora"] }], birthDate: "1950-02-03" },
    {
      resourceType: "Encounter",
      id: `${patient}-stay`,
      status: "in-progress",
      class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "IMP" },
      subject,
      period: { start: "2026-03-01T08:00:00Z" },
    },
    ...Array.from({ length: observations }, (_unused, at) => observationOf(patient, at, { subject, encounter })),
  ];
  return { resourceType: "Bundle", type: "collection", entry: resources.map((resource) => ({ resource })) };
}

function observationOf(patient: string, at: number, links: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    resourceType: "Observation",
    id: `${patient}-obs-${at}`,
    status: at % 10 === 0 ? "preliminary" : "final",
    category: [
      {
        coding: [
          {
            system: "http://terminology.hl7.org/CodeSystem/observation-category",
            code: at % 2 === 0 ? "laboratory" : "vital-signs",
          },
        ],
      },
    ],
    code: { coding: [{ system: "http://loinc.org", code: at % 2 === 0 ? "718-7" : "8867-4" }] },
    ...links,
    effectiveDateTime: new Date(Date.UTC(2026, 2, 1) + at * 3_600_000).toISOString(),
    valueQuantity: { value: 10 + (at % 7), unit: "g/dL", system: "http://unitsofmeasure.org", code: "g/dL" },
  };
}
