/** The HTTP server with every time-out set, and its graceful end. */
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

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
  /** Takes over the requests that ask to become a websocket on its path. */
  readonly upgrade?: Upgrade;
}

export interface Upgrade {
  readonly path: string;
  readonly handle: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
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
export async function listen(handler: RequestListener, { host, port, upgrade }: ListenOptions): Promise<HttpServer> {
  // Asked for anything else (curl asks for h2c), it is answered as the plain request that it is too.
  const shouldUpgradeCallback = ({ headers, url }: IncomingMessage): boolean =>
    headers.upgrade?.toLowerCase() === "websocket" && url?.split("?")[0] === upgrade?.path;
  const options = { ...limits, requireHostHeader: true, insecureHTTPParser: false, shouldUpgradeCallback };
  const server = createServer(options, handler);
  if (upgrade !== undefined) server.on("upgrade", upgrade.handle);
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
