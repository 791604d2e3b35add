/** The hospital's side of the run: takes what comes, keeps count of each id, and is sometimes out of order itself. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

interface Taken {
  readonly digest: string;
  times: number;
}

export interface CountingReceiver {
  readonly url: string;
  /** Requests that came whole. */
  readonly requests: number;
  /** Ids that came at least once. */
  readonly ids: ReadonlyMap<string, { readonly times: number }>;
  /** Of an id that had come before, with other bytes; or with a signature that does not verify. */
  readonly wrong: readonly string[];
  close(): Promise<void>;
}

export interface ReceiverOptions {
  readonly secret: string;
  readonly random: () => number;
  /** Shares of requests that are answered 500, and whose connection is cut instead. */
  readonly failing: number;
  readonly cutting: number;
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function countingReceiver(options: ReceiverOptions): Promise<CountingReceiver> {
  const verifier = new Webhook(options.secret);
  const ids = new Map<string, Taken>();
  const wrong: string[] = [];
  let requests = 0;

  const take = (headers: Readonly<Record<string, string>>, body: Buffer): void => {
    const id = headers["webhook-id"] ?? "";
    const digest = createHash("sha256").update(body).digest("base64");
    const known = ids.get(id);
    if (known === undefined) ids.set(id, { digest, times: 1 });
    else known.times += 1;
    if (known !== undefined && known.digest !== digest) wrong.push(`${id} came with other bytes`);
    try {
      verifier.verify(body, { ...headers });
    } catch {
      wrong.push(`${id} does not verify`);
    }
  };

  const answer = (response: ServerResponse): void => {
    const drawn = options.random();
    if (drawn < options.cutting) response.destroy();
    else response.writeHead(drawn < options.cutting + options.failing ? 500 : 204).end();
  };

  const server = createServer((request, response) => {
    void bytesOf(request).then(
      (body) => {
        requests += 1;
        const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
        take(Object.fromEntries(headers), body);
        answer(response);
      },
      // The sender died in the middle of its request: nothing came.
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    ids,
    wrong,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
