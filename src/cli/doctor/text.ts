/** Checks for people: a line each, notes and faults with what to do. */
import type { Check } from "./check.ts";

const MARGIN = "".padEnd(25);

export function checksText(checks: readonly Check[]): string {
  return `${checks.map(line).join("")}${lastLine(checks)}`;
}

function line({ name, ok, found, fix }: Check): string {
  const mark = ok ? (fix === undefined ? "ok    " : "note  ") : "FAILED";
  const head = `  ${mark}  ${name.padEnd(14)} ${found.replaceAll("\n", `\n${MARGIN}`)}\n`;
  return fix === undefined ? head : `${head}${MARGIN}${ok ? "Do" : "Fix"}: ${fix}\n`;
}

function lastLine(checks: readonly Check[]): string {
  const failed = checks.filter((check) => !check.ok).length;
  const notes = checks.filter((check) => check.ok && check.fix !== undefined).length;
  const beside = notes === 0 ? "" : `; ${notes} ${notes === 1 ? "note" : "notes"}`;
  return failed === 0
    ? `\nAll ${checks.length} checks hold${beside}.\n`
    : `\n${failed} of ${checks.length} checks failed${beside}.\n`;
}
