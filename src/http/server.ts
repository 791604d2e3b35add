/** The HTTP server with every time-out set, and its graceful end. */
import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpServer {
  /** Port it listens on (a port of 0 was chosen by the system). */
  readonly port: number;
  /** Takes no new connection, lets running answers end, and cuts what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Node's own defaults (60 s and 300 s, checked each 30 s) let a slow client hold a socket for minutes. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 20_000,
  maxHeaderSize: 16_384,
} as const;
const MAX_REQUESTS_PER_SOCKET = 10_000;

/** Rejects when the address cannot be had. */
export async function listen(handler: RequestListener, { host, port }: ListenOptions): Promise<HttpServer> {
  const server = createServer({ ...limits, requireHostHeader: true, insecureHTTPParser: false }, handler);
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return { port: (server.address() as AddressInfo).port, close: (graceMs) => closeGracefully(server, graceMs) };
}

async function closeGracefully(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed.finally(() => clearTimeout(timer));
}
