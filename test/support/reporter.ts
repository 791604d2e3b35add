/** What `npm test` prints: failures in full, one line a file, the counts and core's coverage at the end. */
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

interface FileCount {
  passed: number;
  failed: number;
  skipped: number;
  durationMs: number;
}

const root = process.cwd();
/** Share of core's lines that tests must run; the coverage of everything is printed beside it. */
export const coreFloorPercent = 95;

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

class Tally {
  readonly files = new Map<string, FileCount>();
  readonly failures: string[] = [];

  add(event: Extract<TestEvent, { type: "test:pass" | "test:fail" }>): string {
    const { data } = event;
    const file = data.file === undefined ? "?" : relative(root, data.file);
    if (data.details.type === "suite") return "";
    const count = this.files.get(file) ?? { passed: 0, failed: 0, skipped: 0, durationMs: 0 };
    this.files.set(file, count);
    if (data.nesting === 0) count.durationMs += data.details.duration_ms;
    if (data.skip !== undefined || data.todo !== undefined) count.skipped += 1;
    else if (event.type === "test:pass") count.passed += 1;
    else {
      count.failed += 1;
      const text = `FAILED  ${file}: ${data.name}\n${describe(event.data.details.error)}\n\n`;
      this.failures.push(`${file}: ${data.name}`);
      return text;
    }
    return "";
  }

  total(part: keyof FileCount): number {
    return [...this.files.values()].reduce((sum, count) => sum + count[part], 0);
  }
}

/** A reporter for `node --test`. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const tally = new Tally();
  const begun = performance.now();
  let coverage = "";
  for await (const event of source) {
    if (event.type === "test:pass" || event.type === "test:fail") yield tally.add(event);
    else if (event.type === "test:stderr" && process.env["HANDOVER_TEST_VERBOSE"] !== undefined)
      yield event.data.message;
    else if (event.type === "test:coverage") coverage = coverageLines(event.data.summary.files);
  }
  for (const [file, count] of [...tally.files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    yield `${count.failed === 0 ? "ok    " : "FAILED"}  ${file}  ${count.passed} passed${count.failed === 0 ? "" : `, ${count.failed} failed`}${count.skipped === 0 ? "" : `, ${count.skipped} skipped`}\n`;
  }
  yield `\n${coverage}`;
  if (tally.failures.length > 0) yield `\nfailed:\n${tally.failures.map((failure) => `  ${failure}\n`).join("")}`;
  yield `\ntests ${tally.total("passed") + tally.total("failed") + tally.total("skipped")}  passed ${tally.total("passed")}  failed ${tally.total("failed")}  skipped ${tally.total("skipped")}  files ${tally.files.size}  seconds ${((performance.now() - begun) / 1_000).toFixed(1)}\n`;
}
