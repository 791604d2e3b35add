/** Reads the configuration file: JSON, or YAML 1.2 with plain values only. */
import { parseDocument } from "yaml";
import type { z } from "zod";
import { fileSchema } from "./tenant-schema.ts";
import type { FileConfig } from "./tenant-schema.ts";
import type { Problem } from "./problem.ts";
import { problemsOf } from "./problem.ts";

export type FileResult =
  | { readonly file: FileConfig; readonly problems: readonly [] }
  | { readonly problems: readonly Problem[] };

/** Settings when there is no file: no tenants, closed networks. */
export const emptyFile: FileConfig = fileSchema.parse({});

/**
 * Parses and checks the file's text. `name` is used in messages only.
 * YAML tags and merge keys are refused and `${...}` stays literal: a value is what it looks like.
 */
export function parseFile(text: string, name: string): FileResult {
  const source = `file ${name}`;
  const document = parseDocument(text, { version: "1.2", merge: false, customTags: [], prettyErrors: false });
  const complaint = document.errors[0] ?? document.warnings[0];
  if (complaint !== undefined) {
    // The parser's own message can quote the text around the fault, which may be a secret: the code and place suffice.
    const position = document.errors[0] === undefined ? "" : ` at character ${complaint.pos[0]}`;
    return {
      problems: [
        { setting: "(syntax)", source, message: `not readable as JSON or YAML${position}: ${complaint.code}` },
      ],
    };
  }
  return checkFile(document.toJS({ maxAliasCount: 50 }) ?? {}, source);
}

/** Checks values that are already parsed (demo, tests, `apply`). */
export function checkFile(value: unknown, source: string): FileResult {
  const parsed: z.ZodSafeParseResult<FileConfig> = fileSchema.safeParse(value);
  return parsed.success ? { file: parsed.data, problems: [] } : { problems: problemsOf(parsed.error, source) };
}
