/** Who takes part in a run against a foreign server. */
import { setTimeout as delay } from "node:timers/promises";
import { Missed } from "../../sandbox/story/step.ts";
import type { LoadedChart } from "../../sandbox/charts/load.ts";
import type { Adapter } from "./adapter.ts";
import type { ForeignServer } from "./foreign-server.ts";
import type { Hospital } from "./hospital.ts";

export interface World {
  /** Asked directly: the witness. */
  readonly server: ForeignServer;
  readonly adapter: Adapter;
  /** Files drafts and signed documents, with the AI's label. */
  readonly labelled: Hospital;
  /** Its EHR takes no label: a Provenance says it beside the document. Signed documents only. */
  readonly unlabelled: Hospital;
  /** One for each part of the story, so that none stands in another's way. */
  readonly charts: readonly LoadedChart[];
}

const LIMIT_MS = 120_000;

/** Asks again and again until there is an answer. A dead worker's lease on a write runs out within a minute. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, limitMs = LIMIT_MS): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Missed(`${what}: not within ${limitMs / 1000} s`);
    await delay(100);
  }
}
