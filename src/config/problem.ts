/** One thing that is wrong with the configuration, in words that name the setting and where it came from. */
import type { z } from "zod";
import { AdapterError } from "../core/errors.ts";
import { dottedPath } from "../core/request-shape.ts";

export interface Problem {
  /** `PORT`, `tenants[0].ehr.fhirBaseUrl`. */
  readonly setting: string;
  /** `environment`, `flag --port`, `file handover.yaml`. */
  readonly source: string;
  /** Never repeats the value: it may be a secret. */
  readonly message: string;
}

/** Zod's issues as problems. Its messages name types and patterns, not the received value. */
export function problemsOf(error: z.ZodError, source: string, prefix: readonly PropertyKey[] = []): Problem[] {
  return error.issues.map((issue) => ({
    setting: dottedPath([...prefix, ...issue.path]) || "(top level)",
    source,
    message: issue.message,
  }));
}

/** All problems in one error, so that a person mends them in one go. */
export function configurationError(problems: readonly Problem[]): AdapterError {
  const lines = problems.map(({ setting, source, message }) => `  ${setting} (${source}): ${message}`);
  return new AdapterError("configuration_invalid", {
    message: `${problems.length === 1 ? "A setting is" : `${problems.length} settings are`} wrong:\n${lines.join("\n")}`,
  });
}
