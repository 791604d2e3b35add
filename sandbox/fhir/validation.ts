import { createRequire } from "node:module";
import { OperationOutcomeError, validateResource } from "@medplum/core";
import type { OperationOutcomeIssue } from "@medplum/fhirtypes";
import { FhirError } from "./outcome.ts";
import { narrativeProblem } from "./narrative.ts";
import { asLibraryResource, isObject, localForm } from "./resource.ts";
import type { JsonResource } from "./resource.ts";

/** The part of the `fhir` package used here: it knows required codes and reference targets, which @medplum/core lets pass. */
interface CodeValidator {
  validate(
    resource: object,
    options: object,
  ): { messages: { severity?: string; message?: string; location?: string }[] };
}

// CommonJS without a usable export map for ES modules.
const { Fhir } = createRequire(import.meta.url)("fhir") as { Fhir: new () => CodeValidator };
let codeValidator: CodeValidator | undefined;

/**
 * Checks a resource against base R4: structure, cardinality, formats, invariants, required codes, reference targets and
 * narrative. Neither library does all of it; the union is what a strict server refuses.
 *
 * @returns the errors; empty when the resource is valid
 */
export function validationIssues(resource: JsonResource): OperationOutcomeIssue[] {
  return [...structureIssues(resource), ...codeIssues(resource), ...narrativeIssues(resource)];
}

/** @throws FhirError 422 with every error found */
export function requireValid(resource: JsonResource): void {
  const issue = validationIssues(resource);
  if (issue.length > 0) throw new FhirError(422, { resourceType: "OperationOutcome", issue });
}

function structureIssues(resource: JsonResource): OperationOutcomeIssue[] {
  try {
    validateResource(asLibraryResource(resource), { base64BinaryMaxBytes: 64 * 1024 * 1024 });
    return [];
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error;
    return error.outcome.issue.filter(({ severity }) => severity === "error" || severity === "fatal");
  }
}

function codeIssues(resource: JsonResource): OperationOutcomeIssue[] {
  codeValidator ??= new Fhir();
  const { messages } = codeValidator.validate(resource, { errorOnUnexpected: false });
  return messages.flatMap(({ severity, message = "", location }) =>
    severity === "error" && isCertain(message)
      ? [
          {
            severity: "error" as const,
            code: "code-invalid" as const,
            details: { text: message },
            ...(location && { expression: [location] }),
          },
        ]
      : [],
  );
}

/** Its other messages repeat the structure check, or judge contained, conditional and foreign references it cannot know. */
function isCertain(message: string): boolean {
  if (/^Code ".*" not found in value set/u.test(message)) return true;
  const [, json] = /^Invalid type for reference (\{.*\})$/u.exec(message) ?? [];
  const parsed: unknown = json === undefined ? undefined : JSON.parse(json);
  const reference = isObject(parsed) ? parsed["reference"] : undefined;
  return typeof reference === "string" && localForm(reference, "") !== undefined;
}

function narrativeIssues(resource: JsonResource): OperationOutcomeIssue[] {
  return narratives(resource, resource.resourceType).flatMap(({ div, path }) => {
    const problem = narrativeProblem(div);
    if (!problem) return [];
    const text = `A narrative must not hold ${problem}`;
    return [{ severity: "error" as const, code: "invalid" as const, details: { text }, expression: [path] }];
  });
}

/** Every `text.div` in a resource: its own, of sections, of contained resources. */
function narratives(value: unknown, path: string): { div: string; path: string }[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => narratives(item, `${path}[${at}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === "div" && typeof item === "string"
      ? [{ div: item, path: `${path}.div` }]
      : narratives(item, `${path}.${key}`),
  );
}
