/** In the place of batches, for tests that make none. */
import type { Batches } from "../../src/jobs/batches/batches.ts";

export const noBatches: Batches = {
  create: () => Promise.reject(new Error("no batches here")),
  get: async () => undefined,
};
