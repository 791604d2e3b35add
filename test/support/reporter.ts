/** What `npm test` prints: failures in full, one line for each file that ended with its time, core's coverage and the counts. */
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { readClaims, unconfirmed } from "../../scripts/conformance/claims.ts";

interface FileCount {
  passed: number;
  failed: number;
  skipped: number;
  /** The last that the file wrote to stderr: why it could not be loaded, for one. */
  stderr: string;
}

const KEPT_STDERR = 4_000;

const root = process.cwd();
/** Share of core's lines that tests must run; the coverage of everything is printed beside it. */
const coreFloorPercent = 95;

interface CoveredFile {
  readonly path: string;
  readonly totalLineCount: number;
  readonly coveredLineCount: number;
  readonly totalBranchCount: number;
  readonly coveredBranchCount: number;
}

const percent = (covered: number, total: number): number => (total === 0 ? 100 : (100 * covered) / total);

function lineCoverage(files: readonly CoveredFile[]): number {
  return percent(
    files.reduce((sum, file) => sum + file.coveredLineCount, 0),
    files.reduce((sum, file) => sum + file.totalLineCount, 0),
  );
}

function branchCoverage(files: readonly CoveredFile[]): number {
  return percent(
    files.reduce((sum, file) => sum + file.coveredBranchCount, 0),
    files.reduce((sum, file) => sum + file.totalBranchCount, 0),
  );
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

function coverageLines(files: readonly CoveredFile[]): string {
  const core = files.filter((file) => relative(root, file.path).startsWith("src/core/"));
  const source = files.filter((file) => relative(root, file.path).startsWith("src/"));
  const lines = [
    `coverage  core ${lineCoverage(core).toFixed(1)} % of lines, ${branchCoverage(core).toFixed(1)} % of branches; all of src ${lineCoverage(source).toFixed(1)} % of lines`,
  ];
  const weakest = core.filter((file) => percent(file.coveredLineCount, file.totalLineCount) < coreFloorPercent);
  for (const file of weakest)
    lines.push(
      `          ${relative(root, file.path)} ${percent(file.coveredLineCount, file.totalLineCount).toFixed(1)} %`,
    );
  if (lineCoverage(core) < coreFloorPercent) lines.push(`FAILED    core's coverage lies below ${coreFloorPercent} %`);
  return `${lines.join("\n")}\n`;
}

const nameOf = (file: string | undefined): string => (file === undefined ? "?" : relative(root, file));

class Tally {
  readonly files = new Map<string, FileCount>();
  readonly failures: string[] = [];
  /** Names of the tests that passed. */
  readonly passed = new Map<string, string[]>();

  of(file: string): FileCount {
    const count = this.files.get(file) ?? { passed: 0, failed: 0, skipped: 0, stderr: "" };
    this.files.set(file, count);
    return count;
  }

  add(event: Extract<TestEvent, { type: "test:pass" | "test:fail" }>): string {
    const { data } = event;
    const file = nameOf(data.file);
    const error = event.type === "test:fail" ? event.data.details.error : undefined;
    // A suite fails with its tests; on its own account only when a hook of it threw.
    const own = data.details.type !== "suite" || (error !== undefined && isOwnFailure(error));
    if (!own) return "";
    const count = this.of(file);
    if (data.skip !== undefined || data.todo !== undefined) count.skipped += 1;
    else if (error === undefined) {
      count.passed += 1;
      this.passed.set(file, [...(this.passed.get(file) ?? []), data.name]);
    } else {
      count.failed += 1;
      this.failures.push(`${file}: ${data.name}`);
      const stderr = nameOf(data.name) === file || data.name === file ? count.stderr : "";
      return `FAILED  ${file}: ${data.name}\n${describe(error)}\n${stderr}\n`;
    }
    return "";
  }

  line(file: string, durationMs: number): string {
    const { passed, failed, skipped } = this.of(file);
    const parts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
    const seconds = `${(durationMs / 1_000).toFixed(1)} s`;
    return `${failed === 0 ? "ok    " : "FAILED"}  ${file}  ${parts.filter(Boolean).join(", ")}, ${seconds}\n`;
  }

  total(part: "passed" | "failed" | "skipped"): number {
    return [...this.files.values()].reduce((sum, count) => sum + count[part], 0);
  }
}

/** docs/conformance says that these tests prove something: one that was skipped, or never reached, proves nothing. */
function unconfirmedLines(tally: Tally): string {
  const ran = new Map([...tally.files.keys()].map((file) => [file, tally.passed.get(file) ?? []]));
  try {
    const lines = unconfirmed(readClaims(), ran).map(
      ({ file, name }) => `FAILED    names requirements, and did not run and pass: ${file}: ${name}\n`,
    );
    return [...new Set(lines)].join("");
  } catch (error) {
    return `FAILED    ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

function isOwnFailure(error: object): boolean {
  return "failureType" in error && error.failureType === "hookFailed";
}

/** A reporter for `node --test`. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const tally = new Tally();
  const begun = performance.now();
  let coverage = "";
  for await (const event of source) {
    if (event.type === "test:pass" || event.type === "test:fail") yield tally.add(event);
    else if (event.type === "test:stderr") {
      const count = tally.of(nameOf(event.data.file));
      count.stderr = `${count.stderr}${event.data.message}`.slice(-KEPT_STDERR);
      if (process.env["HANDOVER_TEST_VERBOSE"] !== undefined) yield event.data.message;
    } else if (event.type === "test:summary" && event.data.file !== undefined)
      yield tally.line(nameOf(event.data.file), event.data.duration_ms);
    else if (event.type === "test:coverage") coverage = coverageLines(event.data.summary.files);
  }
  yield `\n${coverage}${unconfirmedLines(tally)}`;
  if (tally.failures.length > 0) yield `\nfailed:\n${tally.failures.map((failure) => `  ${failure}\n`).join("")}`;
  const [passed, failed, skipped] = (["passed", "failed", "skipped"] as const).map((part) => tally.total(part));
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  yield `\n${passed} passed, ${failed} failed, ${skipped} skipped in ${tally.files.size} files, ${seconds} s\n`;
}
