/** Waiting without guessing: polls until a condition holds, and fails with what it last saw. */
import { setTimeout as delay } from "node:timers/promises";

/** Calls `probe` until it returns something other than undefined or false; throws after `timeoutMs`. */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  what = "condition",
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  while (performance.now() < deadline) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await delay(10);
  }
  throw new Error(`${what} did not come true within ${timeoutMs} ms`, { cause: lastError });
}
