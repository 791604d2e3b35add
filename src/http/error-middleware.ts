/** The last handlers of the app: nothing found, and anything thrown. */
import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import { AdapterError, toAdapterError } from "../core/errors.ts";
import { errorFields } from "../telemetry/error-fields.ts";
import type { Log } from "../telemetry/log.ts";
import { annotate, annotationsOf } from "./annotations.ts";
import type { ErrorStyle } from "./render-error.ts";
import { renderError } from "./render-error.ts";
import { requestIdOf } from "./request-id.ts";

export const notFound: RequestHandler = () => {
  throw new AdapterError("not_found");
};

/** What express and its body reader throw, by their HTTP status. */
function fromHttpError(thrown: unknown): AdapterError {
  if (!(thrown instanceof Error) || thrown instanceof AdapterError) return toAdapterError(thrown);
  const status: unknown = Reflect.get(thrown, "status");
  if (status === 413) return new AdapterError("too_large", { cause: thrown });
  if (status === 415)
    return new AdapterError("unsupported_media_type", {
      message: "Compressed bodies are not accepted.",
      at: "Content-Encoding",
      cause: thrown,
    });
  // A client that goes away in mid-body, and path escapes that do not decode, are both 400.
  if (typeof status === "number" && status >= 400 && status < 500)
    return new AdapterError("request_malformed", { cause: thrown });
  return toAdapterError(thrown);
}

/** A refused credential, for the audit log and the metrics. */
export interface Refusal {
  readonly reason: string;
  readonly family: string;
  /** Where the claimed caller is one of a tenant's. */
  readonly tenant?: string;
  readonly issuer?: string;
}

export interface ErrorMiddlewareDeps {
  readonly log: Log;
  readonly styleOf: (path: string) => ErrorStyle;
  readonly familyOf: (path: string) => string;
  readonly onRefused: (refusal: Refusal) => void;
}

export function errorMiddleware({ log, styleOf, familyOf, onRefused }: ErrorMiddlewareDeps): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const error = fromHttpError(thrown);
    annotate(response, { code: error.code, detail: error.detail });
    const path = request.originalUrl.split("?", 1)[0] ?? "/";
    if (error.status >= 500)
      log.error("http.failed", { requestId: requestIdOf(response), family: familyOf(path), ...errorFields(error) });
    if (error.code === "unauthenticated") onRefused(refusalOf(response, error, familyOf(path)));
    // Too late for an answer: the client must see a broken stream, not a complete one.
    if (response.headersSent) return void response.destroy();
    const { status, headers, body } = renderError(error, styleOf(path), requestIdOf(response));
    response
      .status(status)
      .set({ ...headers })
      .end(request.method === "HEAD" ? undefined : body);
  };
}

function refusalOf(response: Response, error: AdapterError, family: string): Refusal {
  const { tenant, issuer } = annotationsOf(response);
  return {
    reason: error.detail ?? "credential.missing",
    family,
    ...(typeof tenant === "string" ? { tenant } : {}),
    ...(typeof issuer === "string" ? { issuer } : {}),
  };
}
