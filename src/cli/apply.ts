/** `handover apply -f FILE`: brings the tenants of the database, and their endpoints, in line with a file. */
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { ApplyReport } from "../app/apply-tenants.ts";
import { applyTenants } from "../app/apply-tenants.ts";
import type { CheckedFile } from "../config/file.ts";
import { parseFile } from "../config/file.ts";
import type { LoadInput, LoadedConfig } from "../config/load.ts";
import { loadConfig } from "../config/load.ts";
import { configurationError } from "../config/problem.ts";
import { AdapterError } from "../core/errors.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { withTenantStore } from "./tenant-store.ts";

export interface ApplyCommand {
  readonly flags: NonNullable<LoadInput["flags"]>;
  /** `-` reads standard input. */
  readonly file: string;
  readonly prune: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Exit code 0 when the database says what the file says (or would, with `dryRun`).
 * @throws AdapterError configuration_invalid that lists every problem: nothing was then changed
 */
export async function apply(command: ApplyCommand, io: Io): Promise<number> {
  const loaded = loadConfig({ flags: command.flags });
  const file = readFile(command.file);
  const warnings = notApplied(file, loaded);
  const { written: named } = file;
  if (named === undefined)
    throw new AdapterError("configuration_invalid", {
      message: `${nameOf(command.file)} has no \`tenants\`: there is nothing to apply. With --prune, \`tenants: []\` removes all.`,
    });
  const { prune, dryRun } = command;
  const report = await withTenantStore(loaded, (deps) =>
    applyTenants({ kind: "apply", named, prune }, deps, { source: `file ${nameOf(command.file)}`, dryRun }),
  );
  if (command.json) io.stdout(`${JSON.stringify({ dryRun, ...report, warnings }, undefined, 2)}\n`);
  else {
    for (const warning of warnings) io.stderr(`Warning: ${warning}\n`);
    io.stdout(reportText(report, dryRun));
  }
  return exitCodes.ok;
}

const nameOf = (file: string): string => (file === "-" ? "(standard input)" : file);

function readFile(path: string): CheckedFile {
  let text: string;
  try {
    text = readFileSync(path === "-" ? 0 : path, "utf8");
  } catch {
    throw new AdapterError("configuration_invalid", { message: `The file ${nameOf(path)} cannot be read.` });
  }
  const result = parseFile(text, nameOf(path));
  if (!("file" in result)) throw configurationError(result.problems);
  return result;
}

/** Networks are a matter of each machine, not of a tenant: told where the file says something else than is in force here. */
function notApplied({ file, parts }: CheckedFile, { config }: LoadedConfig): readonly string[] {
  const own = (["egress", "inboundAllow", "retention", "clientCertificates", "mail"] as const).filter(
    (part) => parts.includes(part) && !isDeepStrictEqual(file[part], config[part]),
  );
  return own.map(
    (part) => `${part} is not applied: it belongs to each process's own file (HANDOVER_CONFIG), read at its start.`,
  );
}

const words = {
  created: "created",
  changed: "changed",
  unchanged: "unchanged",
  removed: "removed",
  restored: "restored",
  "left-removed": "left removed",
} as const;

/** A line for each tenant and each endpoint; what changed by its path, never by its value. */
export function reportText({ tenants, endpoints }: ApplyReport, dryRun: boolean): string {
  const lines = [
    ...tenants.map(({ id, outcome, changed }) => {
      const paths = changed.length === 0 ? "" : `: ${changed.join(", ")}`;
      return `  ${words[outcome].padEnd(10)} tenant ${id}${paths}`;
    }),
    ...endpoints.map(
      ({ tenant, endpoint, outcome }) => `  ${words[outcome].padEnd(10)} endpoint ${tenant}/${endpoint}`,
    ),
  ];
  const changes = [...tenants, ...endpoints].filter(({ outcome }) => outcome !== "unchanged").length;
  const end = changes === 0 ? "Nothing to change." : `${changes} ${changes === 1 ? "change" : "changes"}.`;
  return `${lines.map((line) => `${line}\n`).join("")}${end}${dryRun ? " Nothing was written: --dry-run." : ""}\n`;
}
