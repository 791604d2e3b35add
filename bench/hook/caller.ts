/** The calling side in a process of its own: sends one batch of prepared requests and says how long each took. */
import { Agent } from "undici";

export interface PreparedCall {
  readonly label: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Batch {
  readonly calls: readonly PreparedCall[];
  /** Calls under way at once. */
  readonly concurrency: number;
}

export interface Sent {
  readonly label: string;
  readonly durationMs: number;
  readonly status: number;
  readonly answer: string;
}

const agent = new Agent({ allowH2: false });

async function send(call: PreparedCall): Promise<Sent> {
  const { origin, pathname } = new URL(call.url);
  const headers = { "content-type": "application/json", ...call.headers };
  const startedAtMs = performance.now();
  const response = await agent.request({ origin, path: pathname, method: "POST", headers, body: call.body });
  const answer = await response.body.text();
  return { label: call.label, durationMs: performance.now() - startedAtMs, status: response.statusCode, answer };
}

process.on("message", (batch: Batch) => void run(batch));
process.on("disconnect", () => process.exit(0));

async function run({ calls, concurrency }: Batch): Promise<void> {
  const sent: Sent[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++]) sent.push(await send(call));
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  process.send?.(sent);
}
