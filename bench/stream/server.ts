/** One server with both: the product's streams over the log, and the bare fan-out that they are measured against. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { Streaming } from "../../src/streaming/streaming.ts";
import { createStreaming } from "../../src/streaming/streaming.ts";
import type { Heart } from "../../test/support/adapter-heart.ts";
import { anApiClient } from "../../test/support/memory-log.ts";

export interface StreamServer {
  readonly url: string;
  /** Writes to every client of `/bare/{job}`: no log, no database. */
  writeBare(job: string, bytes: string): void;
  close(): void;
}

function openBare(clients: Map<string, Set<ServerResponse>>, job: string, response: ServerResponse): void {
  const set = clients.get(job) ?? new Set();
  clients.set(job, set.add(response));
  response.writeHead(200, { "content-type": "text/event-stream" }).write("retry: 2000\n\n");
}

async function openStream(heart: Heart, streaming: Streaming, id: string, response: ServerResponse): Promise<void> {
  const job = await heart.jobs.get("general", id);
  if (job === undefined) throw new Error("no such job");
  await streaming.open({ principal: anApiClient(), job, after: job.lastSequence, response });
}

/** `heart` is a replica of its own: what another one appends reaches it by NOTIFY, as in production. */
export async function startStreamServer(heart: Heart): Promise<StreamServer> {
  const bare = new Map<string, Set<ServerResponse>>();
  const streaming = createStreaming({
    log: heart.eventLog,
    wakeUp: heart.wakeUp,
    revalidate: async () => true,
    limits: { maxStreamsPerUser: 10_000 },
  });
  const server = createServer((request, response) => {
    const [, kind, job = ""] = (request.url ?? "").split("/");
    if (kind === "bare") openBare(bare, job, response);
    else openStream(heart, streaming, job, response).catch(() => response.writeHead(500).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    writeBare(job, bytes) {
      for (const response of bare.get(job) ?? []) response.write(bytes);
    },
    close() {
      streaming.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
