/** Reads the configuration file: JSON, or YAML 1.2 with plain values only. */
import { parseDocument } from "yaml";
import type { z } from "zod";
import { fileSchema } from "./tenant-schema.ts";
import type { FileConfig } from "./tenant-schema.ts";
import type { Problem } from "./problem.ts";
import { problemsOf } from "./problem.ts";

/** A tenant's entry as somebody wrote it, before defaults: what they add is left to each version that reads it. */
export interface WrittenTenant {
  readonly id: string;
  readonly written: unknown;
}

export interface CheckedFile {
  readonly file: FileConfig;
  /** The tenants' entries as written; undefined where the file has no `tenants` at all, and says nothing about any. */
  readonly written: readonly WrittenTenant[] | undefined;
  /** Names of its parts, as they stand in it. */
  readonly parts: readonly string[];
}

export type FileResult = (CheckedFile & { readonly problems: readonly [] }) | { readonly problems: readonly Problem[] };

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
  const value = valuesOf(document);
  if (value !== undefined) return checkFile(value, source);
  return { problems: [{ setting: "(syntax)", source, message: "its aliases repeat too much, or themselves" }] };
}

/** Undefined where aliases would grow a short text into a huge one, or a value would hold itself. */
function valuesOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    // By way of JSON: it is kept as JSON, and what an alias repeats is a value of its own in each place.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 50 }) ?? {}));
  } catch {
    return undefined;
  }
}

/** Checks values that are already parsed (demo, tests, `apply`). */
export function checkFile(value: unknown, source: string): FileResult {
  const parsed: z.ZodSafeParseResult<FileConfig> = fileSchema.safeParse(value);
  if (!parsed.success) return { problems: problemsOf(parsed.error, source) };
  const given = Object(value) as { readonly tenants?: readonly unknown[] };
  const written = given.tenants?.map((entry, index) => ({ id: parsed.data.tenants[index]?.id ?? "", written: entry }));
  return { file: parsed.data, written, parts: Object.keys(given), problems: [] };
}
