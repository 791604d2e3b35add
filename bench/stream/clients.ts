/** Clients of streams in a process of their own: open connections, then say how long each piece of text was under way. */
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:http";
import { wallClockMs } from "./clock.ts";

export type ToClients =
  | { readonly kind: "open"; readonly urls: readonly string[] }
  /** Report once this many pieces have come. */
  | { readonly kind: "expect"; readonly pieces: number };
export type FromClients = { readonly kind: "opened" } | { readonly kind: "delays"; readonly ms: readonly number[] };

const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
let delays: number[] = [];
let expected = Number.POSITIVE_INFINITY;
const send = (message: FromClients): void => void process.send?.(message);

function arrived(text: string): void {
  const nowMs = wallClockMs();
  for (const [, sentAt] of text.matchAll(/@([\d.]+)@/gu)) delays.push(nowMs - Number(sentAt));
  if (delays.length < expected) return;
  send({ kind: "delays", ms: delays });
  delays = [];
  expected = Number.POSITIVE_INFINITY;
}

/** Resolves with the first bytes: from then on the stream is live. */
function open(url: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const follow = (response: IncomingMessage): void => {
    let rest = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      resolve();
      const text = rest + chunk;
      const end = text.lastIndexOf("\n\n") + 2;
      rest = text.slice(end);
      arrived(text.slice(0, end));
    });
  };
  request(url, { agent }, follow).on("error", reject).end();
  return promise;
}

process.on("message", (message: ToClients) => {
  if (message.kind === "expect") expected = message.pieces;
  else void Promise.all(message.urls.map(open)).then(() => send({ kind: "opened" }));
});
process.on("disconnect", () => process.exit(0));
