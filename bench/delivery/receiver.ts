/** The receiving side in a process of its own: counts, and answers 204 at once; `/hang` never answers. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

let count = 0;
let waiting: { readonly wanted: number } | undefined;

function arrived(): void {
  count += 1;
  if (waiting === undefined || count < waiting.wanted) return;
  process.send?.({ kind: "count", atMs: Date.now() });
  waiting = undefined;
}

const server = createServer((request, response) => {
  const id = String(request.headers["webhook-id"] ?? "");
  const path = request.url ?? "";
  const hangs = path.startsWith("/hang");
  const atMs = performance.timeOrigin + performance.now();
  request.resume().on("end", () => {
    if (hangs) return;
    response.writeHead(204).end();
    if (path.startsWith("/timed")) process.send?.({ kind: "arrival", id, path, atMs });
    arrived();
  });
});
server.keepAliveTimeout = 60_000;

process.on("message", (message: { readonly wanted: number }) => {
  count = 0;
  waiting = message;
});
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () =>
  process.send?.({ kind: "url", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);
