/** Answers with which the model server refuses a request, in the shape of the API it speaks. */
import type { Response } from "express";
import type { ChatRequest } from "./request.ts";
import { readPrompt, strictSchemaProblem } from "./request.ts";
import type { ModelFault } from "./faults.ts";

export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

export const REFUSALS = {
  unauthorized: {
    status: 401,
    type: "invalid_request_error",
    code: "invalid_api_key",
    message: "Incorrect API key provided.",
  },
  rateLimited: {
    status: 429,
    type: "requests",
    code: "rate_limit_exceeded",
    message: "Rate limit reached.",
    retryAfterSeconds: 1,
  },
  serverError: {
    status: 500,
    type: "server_error",
    code: "server_error",
    message: "The server had an error while processing your request.",
  },
  noSuchModel: {
    status: 404,
    type: "invalid_request_error",
    code: "model_not_found",
    message: "The model does not exist.",
  },
} as const satisfies Record<string, Refusal>;

export function invalidRequest(message: string, code = "invalid_value"): Refusal {
  return { status: 400, type: "invalid_request_error", code, message };
}

/** What stands against answering: a fault of status, or a request that a strict server would not take. */
export function refusalFor(request: ChatRequest, fault: ModelFault | undefined): Refusal | undefined {
  if (fault === "rate-limited") return REFUSALS.rateLimited;
  if (fault === "server-error") return REFUSALS.serverError;
  if (fault === "unauthorized") return REFUSALS.unauthorized;
  const format = request.response_format;
  if (format?.type === "json_schema") {
    if (fault === "schema-refused") return invalidRequest("response_format of type json_schema is not supported");
    const problem = format.json_schema.strict === true ? strictSchemaProblem(format.json_schema.schema) : undefined;
    if (problem !== undefined)
      return invalidRequest(`Invalid schema for response_format: ${problem}`, "invalid_schema");
  }
  if (readPrompt(request) === undefined) {
    return invalidRequest("the scripted model needs a user message of JSON with 'task' and 'facts'");
  }
  return undefined;
}

export function sendRefusal(res: Response, refusal: Refusal): void {
  if (refusal.retryAfterSeconds !== undefined) res.setHeader("retry-after", String(refusal.retryAfterSeconds));
  const { type, code, message } = refusal;
  res.status(refusal.status).json({ error: { message, type, param: null, code } });
}
