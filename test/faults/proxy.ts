/** A TCP proxy in front of Postgres that can go silent without closing anything, as a cut network does. */
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";

export interface Proxy {
  readonly port: number;
  /** While true, bytes are swallowed in both directions and new connections hang. */
  setBlackHole(on: boolean): void;
  /** Our ends of the connections to Postgres, as pg_stat_activity names them. */
  outboundPorts(): readonly number[];
  close(): Promise<void>;
}

function relay(from: Socket, to: Socket, silent: () => boolean): void {
  from.on("data", (chunk) => {
    if (!silent()) to.write(chunk);
  });
  from.on("error", () => to.destroy());
  from.on("close", () => {
    // A cut network does not carry the closing either.
    if (!silent()) to.destroy();
  });
}

export async function startProxy(targetPort: number, targetHost = "127.0.0.1"): Promise<Proxy> {
  let silent = false;
  const sockets = new Set<Socket>();
  const outbounds = new Set<Socket>();
  const server = createServer((inbound) => {
    const outbound = connect(targetPort, targetHost);
    outbounds.add(outbound);
    outbound.on("close", () => outbounds.delete(outbound));
    for (const socket of [inbound, outbound]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
    }
    relay(inbound, outbound, () => silent);
    relay(outbound, inbound, () => silent);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    setBlackHole(on) {
      silent = on;
      // What was in flight is lost for good; connections that slept through it are of no use afterwards.
      if (!on) for (const socket of sockets) socket.destroy();
    },
    outboundPorts: () => [...outbounds].flatMap((socket) => (socket.localPort === undefined ? [] : [socket.localPort])),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
