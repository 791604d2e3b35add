/** Ports for the demo: a memorable one where it is free, else any. */
import { createServer } from "node:net";

/** Resolves with `preferred` when nobody listens there, else with a free port. Loopback only. */
export async function pickPort(preferred?: number): Promise<number> {
  return (preferred === undefined ? undefined : await tryPort(preferred)) ?? (await tryPort(0)) ?? 0;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}
