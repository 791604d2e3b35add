/** Opens an HTTP server for one sandbox piece, and can take it down and up again on the same port. */
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";

export interface Listener {
  readonly port: number;
  /** Origin without a trailing slash. */
  readonly url: string;
  /** Refuses connections, as a host whose process has died: open sockets are destroyed. */
  readonly down: () => Promise<void>;
  /** Listens again on the same port. */
  readonly up: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Listens on `port` (0: any free port) of `host`. Rejects when the port is taken. */
export async function listen(handler: RequestListener, port = 0, host = "127.0.0.1"): Promise<Listener> {
  let server = await open(handler, port, host);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the sandbox server has no TCP address");
  const down = (): Promise<void> => shut(server);
  return {
    port: address.port,
    url: `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${address.port}`,
    down,
    up: async () => {
      if (!server.listening) server = await open(handler, address.port, host);
    },
    close: down,
  };
}

function open(handler: RequestListener, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(handler);
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
