/** Gives each request an id, which the answer, the log and an error's text share. */
import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";
import { annotate, annotationsOf } from "./annotations.ts";

const HEADER = "x-request-id";

/** A caller's own id is kept when it is harmless in a log and a header; anything else is replaced. */
export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get(HEADER);
  const id = given !== undefined && /^[\w-]{8,64}$/u.test(given) ? given : randomUUID();
  annotate(response, { requestId: id });
  response.setHeader(HEADER, id);
  next();
};

export function requestIdOf(response: Parameters<RequestHandler>[1]): string {
  const { requestId: id } = annotationsOf(response);
  return typeof id === "string" ? id : "";
}
