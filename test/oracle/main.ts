/**
 * `npm run oracle [-- DIR | --resources DIR] [--warnings]`: the HL7 validation engine (Java) judges every kind of FHIR resource that the adapter emits, and veraPDF its PDFs, for the
 * sandbox's charts or every chart under DIR; with `--resources` what lies there instead, as `npm run peer -- --keep DIR` leaves it. Needs Java 17 and Maven. Exit 0 without an error, 1 with one, 2 where it cannot run.
 * Warnings are counted: mostly codes of systems (LOINC, US Core's categories) that the engine cannot hold without a terminology server.
 */
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { canaryCount, plantCanaries, withoutCanaries } from "./fhir/canaries.ts";
import { claimProfiles, giveDefinitions } from "./fhir/claim-profiles.ts";
import { emitResources } from "./fhir/emit.ts";

const project = join(import.meta.dirname, "fhir");

function validate(folder: string, definitions: string): string {
  const args = `${folder} ${definitions}`;
  const maven = [
    "-q",
    "-B",
    "-Dstyle.color=never",
    "compile",
    "exec:java",
    "-Dexec.mainClass=handover.ValidateFolder",
    `-Dexec.args=${args}`,
  ];
  const { status, stdout, stderr, error } = spawnSync("mvn", maven, {
    cwd: project,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw new Error("Maven cannot be started: install Java 17 and Maven", { cause: error });
  if (status !== 0) throw new Error(`the engine did not run to its end:\n${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  return stdout;
}

/** `severity, file, location, message` of each issue, and the files that were looked at. */
function read(output: string) {
  // Maven resets the terminal's colours in front of the first line, whatever it is told of styles.
  const lines = stripVTControlCharacters(output)
    .split("\n")
    .map((line) => line.split("\t"));
  return {
    validated: lines.filter(([first]) => first === "validated").length,
    issues: lines.filter(([first]) => first === "error" || first === "fatal" || first === "warning"),
  };
}

function tally(issues: readonly (readonly string[])[]): string {
  const counts = new Map<string, { count: number; file: string }>();
  for (const [severity = "", file = "", location = "", message = ""] of issues) {
    // Where in a list, and for which code of a system that the engine does not hold, makes no other issue.
    const kind = message.replace(/ for '.*'$/u, "");
    const key = `${severity}: ${location.replaceAll(/\[\d+\]/gu, "[]").replaceAll(/\/\*.*?\*\//gu, "")}: ${kind}`;
    const known = counts.get(key);
    counts.set(key, { count: (known?.count ?? 0) + 1, file: known?.file ?? file });
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b.count - a.count);
  return sorted.map(([key, { count, file }]) => `${count} x ${key} (${file})\n`).join("");
}

/** Resources and PDFs that something else has written. Returns how many. */
async function takeFiles(from: string, folder: string): Promise<number> {
  const names = (await readdir(from)).filter((name) => /\.(?:json|pdf)$/u.test(name));
  for (const name of names) await copyFile(join(from, name), join(folder, name));
  return names.length;
}

interface Judged {
  /** Charts to emit from; undefined: the sandbox's. */
  readonly charts: string | undefined;
  /** Judged in their place. */
  readonly resources: string | undefined;
}

async function main({ charts, resources }: Judged, showWarnings: boolean): Promise<number> {
  const place = await mkdtemp(join(tmpdir(), "handover-oracle-"));
  const folder = join(place, "judged");
  await mkdir(folder);
  try {
    const written = await (resources === undefined ? emitResources(folder, charts) : takeFiles(resources, folder));
    if (resources === undefined) claimProfiles(folder);
    const definitions = join(place, "definitions");
    const own = await giveDefinitions(join(project, "terminology"), definitions, folder);
    await plantCanaries(folder);
    const { validated, issues: all } = read(validate(folder, definitions));
    const { issues, missed } = withoutCanaries(all);
    const errors = issues.filter(([severity]) => severity !== "warning");
    const [files, warnings] = [validated - canaryCount, issues.length - errors.length];
    process.stdout.write(tally(showWarnings ? issues : errors));
    process.stdout.write(missed.map((what) => `a planted violation was not seen: ${what}\n`).join(""));
    process.stdout.write(
      `${files} of ${written + own} files validated, ${errors.length} errors, ${warnings} warnings\n`,
    );
    return errors.length === 0 && missed.length === 0 && files === written + own ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { resources: { type: "string" }, warnings: { type: "boolean", default: false } },
});
process.exitCode = await main({ charts: positionals[0], resources: values.resources }, values.warnings);
