/** The story for a terminal: a line a step as it ends, and a last line that says how it went. */
import type { Step } from "../../../sandbox/story/step.ts";

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`.padStart(8);

/** `  ok     0.21 s  hook          EHR: ...` */
export function stepLine({ name, ok, ms, witness }: Step): string {
  return `  ${ok ? "ok    " : "FAILED"} ${seconds(ms)}  ${name.padEnd(13)} ${witness.replaceAll("\n", "\n".padEnd(35))}\n`;
}

export function lastLine(steps: readonly Step[], totalMs: number): string {
  const failed = steps.filter(({ ok }) => !ok).map(({ name }) => name);
  const time = seconds(totalMs).trim();
  return failed.length === 0
    ? `\nAll ${steps.length} steps held, in ${time}.\n`
    : `\n${failed.length} of ${steps.length} steps failed: ${failed.join(", ")} (${time}).\n`;
}
