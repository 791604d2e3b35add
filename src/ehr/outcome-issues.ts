/** What an EHR says is wrong, as far as its OperationOutcome tells. May speak of the patient: for sealed rows, never for logs. */
import { z } from "zod";

export const issueSchema = z.object({
  /** IssueSeverity: `error`, `fatal` ... */
  severity: z.string().max(20),
  /** IssueType: `invalid`, `code-invalid` ... */
  code: z.string().max(40),
  /** In the EHR's own words. */
  text: z.string().optional(),
  /** FHIRPath of the element. */
  expression: z.string().optional(),
});
export type OutcomeIssue = z.infer<typeof issueSchema>;

const outcome = z.looseObject({
  resourceType: z.literal("OperationOutcome"),
  issue: z.array(
    z.looseObject({
      severity: z.string().optional(),
      code: z.string().optional(),
      diagnostics: z.string().optional(),
      details: z
        .looseObject({
          text: z.string().optional(),
          coding: z.array(z.looseObject({ display: z.string().optional() })).optional(),
        })
        .optional(),
      expression: z.array(z.string()).optional(),
      location: z.array(z.string()).optional(),
    }),
  ),
});

const MOST = 20;
const MOST_CHARACTERS = 500;

const short = (text: string | undefined): string | undefined =>
  text
    ?.replaceAll(/\p{C}+/gu, " ")
    .trim()
    .slice(0, MOST_CHARACTERS);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The grave issues of an answer's body, at most 20; none where it is no OperationOutcome. */
export function issuesIn(body: string): readonly OutcomeIssue[] {
  const read = outcome.safeParse(parsed(body));
  if (!read.success) return [];
  return read.data.issue
    .filter(({ severity }) => severity !== "information" && severity !== "warning")
    .slice(0, MOST)
    .map(({ severity = "error", code = "processing", diagnostics, details, expression, location }) => {
      const text = short(details?.text ?? diagnostics ?? details?.coding?.[0]?.display);
      const at = short(expression?.[0] ?? location?.[0]);
      return {
        severity: severity.slice(0, 20),
        code: code.slice(0, 40),
        ...(text === undefined ? {} : { text }),
        ...(at === undefined ? {} : { expression: at }),
      };
    });
}
