/** OpenAPI descriptions that many routes share. */
import type { ZodOpenApiOperationObject } from "zod-openapi";
import { z } from "zod";

const problemAnswer = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    fix: z.string().optional(),
    at: z.string().optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details." });

type Responses = NonNullable<ZodOpenApiOperationObject["responses"]>;
type StatusName = `${1 | 2 | 3 | 4 | 5}${string}`;

const titles: Readonly<Record<number, string>> = {
  400: "A value is missing or wrong; `at` names it.",
  401: "Authentication failed.",
  403: "This caller may not do that.",
  404: "Unknown, or somebody else's.",
  406: "This rendering does not exist.",
  409: "Not allowed in the present state.",
  410: "The cursor or the job is past its retention.",
  412: "If-Match names an older version, or required chart data cannot be had.",
  413: "The body is too large.",
  415: "The content type is not accepted.",
  422: "The Idempotency-Key was used with another body.",
  428: "If-Match is required.",
  429: "Too many requests; see Retry-After.",
  503: "This replica is going down or the database is away; see Retry-After.",
};

/** A JSON answer. */
export function json(description: string, schema: z.ZodType): Responses[StatusName] {
  return { description, content: { "application/json": { schema } } };
}

/** Problem details by status. */
export function problems(...statuses: number[]): Responses {
  const entries = statuses.map((status) => [
    String(status),
    { description: titles[status] ?? "Problem", content: { "application/problem+json": { schema: problemAnswer } } },
  ]);
  return Object.fromEntries(entries) as Responses;
}
