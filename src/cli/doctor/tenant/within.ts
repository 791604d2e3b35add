/** No check may hold the others up, or end the whole examination: each has its own time and its own failure. */
import { errorFields } from "../../../telemetry/error-fields.ts";
import type { Check } from "../check.ts";
import { broken } from "../check.ts";

/** Longer than any chain of bounded requests takes: it ends only what no time-out reaches, such as name resolution. */
const CHECK_TIMEOUT_MS = 40_000;

/** Runs one check; a hang or an unforeseen error becomes a failed check of that name. Never rejects. */
export async function within(
  name: string,
  work: () => Promise<readonly Check[]>,
  timeoutMs = CHECK_TIMEOUT_MS,
): Promise<readonly Check[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Check[]>((resolve) => {
    const fix = "Try name resolution (`getent hosts NAME`) and the address (`curl -v URL`) from this machine.";
    timer = setTimeout(() => resolve([broken(name, `no result within ${timeoutMs / 1000} s`, fix)]), timeoutMs);
  });
  const found = work().catch((error: unknown) => [
    broken(name, `the check itself failed: ${JSON.stringify(errorFields(error))}`, "Report this: it is our fault."),
  ]);
  return Promise.race([found, late]).finally(() => clearTimeout(timer));
}
