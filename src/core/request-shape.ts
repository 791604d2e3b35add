/** Requests checked by their schemas: the first thing that is wrong becomes a 400 that names its place and what may stand there. */
import type { z } from "zod";
import { AdapterError } from "./errors.ts";

/** `context.patientId`, `sections[2].text`: as the caller would write it. Empty for the whole. */
export function dottedPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`))
    .join("");
}

const MAX_PLACE = 200;

/**
 * The value in the schema's form. `whole` names it (`body`, `query`) where no member is to blame;
 * `above` stands before every place.
 * @throws AdapterError `parameter_missing` or `parameter_invalid`. What was given is never repeated: bodies hold charts.
 */
export function parseOr400<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  whole: string,
  above: readonly PropertyKey[] = [],
): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = closest(parsed.error.issues[0], above);
  const unknownKey = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const at = dottedPath([...(issue?.path ?? []), ...unknownKey]).slice(0, MAX_PLACE) || whole;
  if (issue?.input === undefined) throw new AdapterError("parameter_missing", { at });
  const wanted = wantedBy(issue);
  throw new AdapterError("parameter_invalid", {
    at,
    ...(wanted === undefined ? {} : { message: `A value is not allowed: ${wanted}.` }),
  });
}

type Issue = z.core.$ZodIssue;

/** Of a choice between forms, the form that came closest: refused furthest inside, or for more than its type. */
function closest(issue: Issue | undefined, above: readonly PropertyKey[]): Issue | undefined {
  if (issue === undefined) return undefined;
  const placed = { ...issue, path: [...above, ...issue.path] };
  if (issue.code !== "invalid_union" || issue.input === undefined) return placed;
  const forms = issue.errors.flatMap(([first]) => closest(first, placed.path) ?? []);
  return forms.reduce((best, form) => (nearness(form) > nearness(best) ? form : best), forms[0] ?? placed);
}

const nearness = ({ code, path }: Issue): number => 2 * path.length + (code === "invalid_type" ? 0 : 1);

/** What the schema asks for, in words; nothing in it comes from the caller. */
function wantedBy(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${issue.expected}`;
    case "invalid_value":
      return `expected ${issue.values.map(String).join(" or ")}`;
    case "too_big":
      return `at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
    case "too_small":
      return `at least ${issue.minimum}${issue.origin === "string" ? " characters" : ""}`;
    case "unrecognized_keys":
      return "there is no such member";
    case "invalid_format":
      return issue.message.startsWith("Invalid") ? `expected ${issue.format}` : `expected ${issue.message}`;
    case "custom":
      return issue.message;
    default:
      return undefined;
  }
}
