/** Prefetch templates: the tokens of CDS Hooks 2.0 and nothing more, so that every EHR can fill them. */

const tokens = /\{\{\s*context\.(userId|patientId|encounterId)\s*\}\}/gu;
const anyToken = /\{\{[^}]*\}\}/u;

export interface TemplateValues {
  readonly userId?: string;
  readonly patientId: string;
  readonly encounterId?: string | undefined;
}

/** A read or a search, ready to be sent to a FHIR server. */
export type PlannedRead =
  | { readonly kind: "read"; readonly type: string; readonly id: string }
  | { readonly kind: "search"; readonly type: string; readonly params: Readonly<Record<string, string>> };

/** Fills a template. Undefined where a value that it needs is absent. */
export function fillTemplate(template: string, values: TemplateValues): PlannedRead | undefined {
  const filled = template.replaceAll(tokens, (token, name: keyof TemplateValues) => values[name] ?? token);
  if (anyToken.test(filled)) return undefined;
  const [path = "", query] = filled.split("?", 2);
  if (query !== undefined)
    return { kind: "search", type: path, params: Object.fromEntries(new URLSearchParams(query)) };
  const [type = "", id = ""] = path.split("/", 2);
  return { kind: "read", type, id };
}

const read = /^[A-Z][A-Za-z]+\/\{\{context\.(?:patientId|encounterId)\}\}$/u;
const search = /^[A-Z][A-Za-z]+\?[\w.-]+=[^&]+(?:&[\w.-]+=[^&]+)*$/u;

/** What is wrong with a template, or undefined. Rules 8 and 9 of 2.0: known tokens, plain reads and searches. */
export function templateProblem(template: string): string | undefined {
  const rest = template.replaceAll(tokens, "x");
  if (anyToken.test(rest)) return "uses a token outside CDS Hooks 2.0";
  if (!read.test(template) && !search.test(template)) return "is neither an instance read nor a type search";
  if (/[?&][^=]*:(?!in=)/u.test(template)) return "uses a search modifier that not every EHR has";
  return undefined;
}
