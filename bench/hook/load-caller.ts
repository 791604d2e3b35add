/** The calling side of an open load, in a process of its own: calls leave at their times, whether or not earlier ones came back. */
import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "undici";

export interface LoadBatch {
  readonly url: string;
  /** The body of all calls, in which each call's own `encounter` and `instance` stand as `ENCOUNTER` and `INSTANCE`. */
  readonly template: string;
  readonly calls: readonly { readonly authorization: string; readonly encounter: string; readonly instance: string }[];
  readonly ratePerSecond: number;
}

export interface LoadAnswer {
  readonly status: number;
  /** From the moment the call was due, so that a late start counts. */
  readonly durationMs: number;
  readonly retryAfter: boolean;
}

const agent = new Agent({ allowH2: false, connections: 512 });

process.on("message", (batch: LoadBatch) => void run(batch));
process.on("disconnect", () => process.exit(0));

async function run({ url, template, calls, ratePerSecond }: LoadBatch): Promise<void> {
  const { origin, pathname } = new URL(url);
  const startedAtMs = performance.now();
  const send = async ({ authorization, encounter, instance }: LoadBatch["calls"][number], dueMs: number) => {
    const body = template.replaceAll("ENCOUNTER", encounter).replace("INSTANCE", instance);
    const headers = { "content-type": "application/json", authorization };
    const {
      statusCode,
      headers: answered,
      body: answer,
    } = await agent.request({ origin, path: pathname, method: "POST", headers, body });
    await answer.dump();
    const retryAfter = answered["retry-after"] !== undefined;
    return { status: statusCode, durationMs: performance.now() - dueMs, retryAfter };
  };
  const answers: Promise<LoadAnswer>[] = [];
  for (const [index, call] of calls.entries()) {
    const dueMs = startedAtMs + (index * 1_000) / ratePerSecond;
    const early = dueMs - performance.now();
    if (early > 0) await delay(early);
    answers.push(
      send(call, dueMs).catch(() => ({ status: 0, durationMs: performance.now() - dueMs, retryAfter: false })),
    );
  }
  process.send?.(await Promise.all(answers));
}
