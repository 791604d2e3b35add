/** Reads request bodies: raw first, then by the content type that the route accepts. Nothing is inflated. */
import type { RequestHandler } from "express";
import express from "express";
import { AdapterError } from "../core/errors.ts";
import { parseJson } from "./parse-json.ts";

export interface BodyRule {
  readonly limitBytes: number;
  /** Media types that the route takes; JSON ones when absent. */
  readonly types?: readonly string[];
}

const jsonTypes = ["application/json", "application/fhir+json"] as const;
const formTypes = ["application/x-www-form-urlencoded"] as const;

/**
 * The media type of a Content-Type header, or undefined where it names another charset than UTF-8.
 * RFC 8259, 8.1: JSON between systems is UTF-8; a charset parameter has no meaning, and a false one is a mistake.
 */
export function mediaType(header: string | undefined): string | undefined {
  const [type = "", ...parameters] = (header ?? "").split(";").map((part) => part.trim().toLowerCase());
  for (const parameter of parameters) {
    const [name, value = ""] = parameter.split("=");
    if (name === "charset" && !["utf-8", "utf8"].includes(value.replace(/^"(.*)"$/u, "$1"))) return undefined;
  }
  return type === "" ? undefined : type;
}

function checkType(header: string | undefined, types: readonly string[]): void {
  const type = mediaType(header);
  if (type === undefined || !types.includes(type)) {
    throw new AdapterError("unsupported_media_type", {
      at: "Content-Type",
      message: `Send ${types.join(" or ")} in UTF-8.`,
    });
  }
}

/** Reads the body as bytes into `request.body`. Compressed bodies are 415: nothing here inflates. */
export function rawBody(limitBytes: number): RequestHandler {
  return express.raw({ type: () => true, limit: limitBytes, inflate: false });
}

function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

/** `request.body` becomes the parsed JSON. An empty body is malformed: these routes need one. */
export function jsonBody({ limitBytes, types = jsonTypes }: BodyRule): RequestHandler[] {
  return parsedBody({ limitBytes, types }, parseJson);
}

/** As `jsonBody` where a body comes; without one `request.body` stays undefined. */
export function optionalJsonBody(rule: BodyRule): RequestHandler[] {
  return jsonBody(rule).map((handler): RequestHandler => (request, response, next) => {
    // RFC 9112, 6.3: a request has a body where one of these says so.
    const hasBody = request.get("transfer-encoding") !== undefined || Number(request.get("content-length") ?? 0) > 0;
    return hasBody ? handler(request, response, next) : next();
  });
}

/** `request.body` becomes a Map of the form's fields; a field given twice is an error (RFC 6749, 3.2). */
export function formBody({ limitBytes, types = formTypes }: BodyRule): RequestHandler[] {
  return parsedBody({ limitBytes, types }, parseForm);
}

/** `request.body` becomes the parameters of a search by POST (FHIR R4, 3.1.0.9), which may be given more than once. */
export function searchBody({ limitBytes, types = formTypes }: BodyRule): RequestHandler[] {
  return parsedBody({ limitBytes, types }, (bytes) => new URLSearchParams(Buffer.from(bytes).toString("utf8")));
}

function parsedBody(
  { limitBytes, types }: Required<BodyRule>,
  parse: (bytes: Uint8Array) => unknown,
): RequestHandler[] {
  return [
    (request, _response, next) => {
      checkType(request.get("content-type"), types);
      next();
    },
    rawBody(limitBytes),
    (request, _response, next) => {
      request.body = parse(bytesOf(request.body));
      next();
    },
  ];
}

function parseForm(bytes: Uint8Array): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(Buffer.from(bytes).toString("utf8"))) {
    if (fields.has(name)) throw new AdapterError("parameter_invalid", { message: "A parameter is given twice." });
    fields.set(name, value);
  }
  return fields;
}
