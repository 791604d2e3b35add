import type { Request, Response } from "express";
import type { FhirError } from "./outcome.ts";
import { isObject, referenceTo } from "./resource.ts";
import type { JsonResource } from "./resource.ts";
import type { InteractionResult } from "./interaction.ts";
import type { FhirBehaviour } from "./state.ts";

/** Writes an interaction's result with the headers of http.html: ETag, Last-Modified, Location. */
export function sendResult(response: Response, result: InteractionResult, baseUrl: string, request?: Request): void {
  const { status, resource } = result;
  const version = resource && versionOf(resource);
  if (version) {
    response.set("ETag", `W/"${version.id}"`);
    response.set("Last-Modified", new Date(version.lastUpdated).toUTCString());
    if (tellsPlace(request, status)) response.set("Location", `${baseUrl}/${version.place}/_history/${version.id}`);
    if (request && isUnchanged(request, version.id)) return void response.status(304).end();
  }
  if (!resource || wantsNothingBack(request)) return void response.status(status).end();
  sendJson(response, status, resource);
}

/** A Binary's own bytes. */
interface FileContent {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** The file that a read of a Binary is answered with; undefined where the resource is wanted (binary.html#rest). */
export function fileIn(
  { status, resource }: InteractionResult,
  request: Request,
  { binaries }: Pick<FhirBehaviour, "binaries">,
): FileContent | undefined {
  if (status !== 200 || request.method !== "GET" || resource?.resourceType !== "Binary") return undefined;
  const asksForFhir = /\bapplication\/(?:fhir\+)?json\b/u.test(request.get("accept") ?? "");
  if (binaries === "negotiated" && asksForFhir) return undefined;
  const { contentType, data } = resource;
  return {
    contentType: typeof contentType === "string" ? contentType : "application/octet-stream",
    bytes: Buffer.from(typeof data === "string" ? data : "", "base64"),
  };
}

/** Writes a file. */
export function sendFile(response: Response, { contentType, bytes }: FileContent): void {
  response.status(200).set("Content-Type", contentType).end(bytes);
}

/** Writes a refusal as OperationOutcome. */
export function sendOutcome(response: Response, refusal: FhirError): void {
  if (response.headersSent) return void response.destroy();
  for (const [name, value] of Object.entries(refusal.headers)) response.set(name, value);
  const { id: _internal, ...outcome } = refusal.outcome;
  sendJson(response, refusal.status, outcome);
}

function sendJson(response: Response, status: number, body: unknown): void {
  response.status(status).type("application/fhir+json; charset=utf-8").end(JSON.stringify(body));
}

interface ResourceVersion {
  readonly id: string;
  readonly lastUpdated: string;
  readonly place: string;
}

function versionOf(resource: JsonResource): ResourceVersion | undefined {
  const { meta, resourceType, id } = resource;
  if (!id || !isObject(meta) || typeof meta["versionId"] !== "string" || typeof meta["lastUpdated"] !== "string")
    return undefined;
  return { id: meta["versionId"], lastUpdated: meta["lastUpdated"], place: referenceTo({ resourceType, id }) };
}

/** A create tells where the resource is, also when the condition found it there already. */
function tellsPlace(request: Request | undefined, status: number): boolean {
  return request?.method === "POST" || (request?.method === "PUT" && status === 201);
}

function isUnchanged(request: Request, versionId: string): boolean {
  const asked = request.get("if-none-match");
  return (
    request.method === "GET" && asked !== undefined && asked.replace(/^W\//u, "").replaceAll('"', "") === versionId
  );
}

function wantsNothingBack(request: Request | undefined): boolean {
  return request !== undefined && request.method !== "GET" && /\breturn=minimal\b/u.test(request.get("prefer") ?? "");
}
