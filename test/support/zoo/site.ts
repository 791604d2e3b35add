/** Servers that speak bytes, not HTTP: what they send is up to the animal, malformed or never ending. */
import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer } from "node:net";

export interface RawSite {
  readonly port: number;
  /** Every connection that was ever made. */
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

export type OnSocket = (socket: Socket) => void;

/** Listens with any server that hands out sockets (`net` or `tls`). */
export async function listening(server: Server, host = "127.0.0.1", port = 0): Promise<RawSite> {
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => {
    sockets.push(socket);
    // The sender gives up on most animals: that is what is being tested.
    socket.on("error", () => undefined);
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

export const rawSite = async (onSocket: OnSocket, host?: string, port?: number): Promise<RawSite> =>
  listening(createServer({ allowHalfOpen: true }, onSocket), host, port);

const headEnd = "\r\n\r\n";

function isWhole(request: string): boolean {
  const end = request.indexOf(headEnd);
  if (end < 0) return false;
  const length = Number(/^content-length: *(\d+)/imu.exec(request)?.[1] ?? "0");
  return request.length - end - headEnd.length >= length;
}

/** Calls `then` each time a whole request has come. */
export function onRequest(socket: Socket, then: () => void): void {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    if (!isWhole(text)) return;
    text = "";
    then();
  });
}

/** Calls `act` every `everyMs` until the socket is closed. */
export function repeat(socket: Socket, everyMs: number, act: () => void): void {
  const timer = setInterval(act, everyMs);
  socket.on("close", () => clearInterval(timer));
}

/** Writes for ever, as fast as the other side takes it. */
export function pour(socket: Socket): void {
  const chunk = Buffer.alloc(64 * 1024, 0x61);
  const more = (): void => {
    while (socket.writable && socket.write(chunk)) continue;
  };
  socket.on("drain", more);
  more();
}
