/** An HTTP receiver in this process: records what comes, answers as the test says. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";

export interface Received {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly atMs: number;
}

/** Answers one request; `undefined` leaves it hanging. */
export type Answer = (received: Received, response: ServerResponse) => void;

export interface WebhookSite {
  readonly url: string;
  readonly received: Received[];
  /** Requests being answered right now, and the most there ever were. */
  readonly load: { now: number; most: number };
  /** From now on; the default is an empty 204. */
  answer(how: Answer): void;
  /** Resolves once `count` requests have come. */
  came(count: number, timeoutMs?: number): Promise<readonly Received[]>;
  close(): Promise<void>;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function webhookSite(): Promise<WebhookSite> {
  const received: Received[] = [];
  const load = { now: 0, most: 0 };
  const watchers = new Set<() => void>();
  let answer: Answer = (_received, response) => response.writeHead(204).end();
  const server = createServer((request, response) => {
    load.now += 1;
    load.most = Math.max(load.most, load.now);
    response.on("close", () => (load.now -= 1));
    void readAll(request).then(
      (body) => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        const one = { path: request.url ?? "", method: request.method ?? "", headers, body, atMs: Date.now() };
        received.push(one);
        answer(one, response);
        for (const watcher of watchers) watcher();
      },
      () => response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    load,
    answer: (how) => void (answer = how),
    came(count, timeoutMs = 15_000) {
      return new Promise((resolve, reject) => {
        const check = (): void => {
          if (received.length < count) return;
          clearTimeout(timer);
          watchers.delete(check);
          resolve(received);
        };
        const timer = setTimeout(() => {
          watchers.delete(check);
          reject(new Error(`${received.length} of ${count} requests came`));
        }, timeoutMs);
        watchers.add(check);
        check();
      });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
