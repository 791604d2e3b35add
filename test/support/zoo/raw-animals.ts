/** Receivers on plain sockets: silence, drips, floods, broken ends and broken HTTP. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { Animal } from "./animal.ts";
import { fails, succeeds } from "./animal.ts";
import type { OnSocket, RawSite } from "./site.ts";
import { onRequest, pour, rawSite, repeat } from "./site.ts";

type Kept = Omit<Animal, "open">;

/** An animal on a plain socket. */
function raw(kept: Kept, onSocket: OnSocket, witness?: (site: RawSite) => void): Animal {
  return {
    ...kept,
    async open() {
      const site = await rawSite(onSocket);
      return {
        url: `http://127.0.0.1:${site.port}/hook`,
        close: () => site.close(),
        ...(witness === undefined ? {} : { witness: () => witness(site) }),
      };
    },
  };
}

/** Answers each request with these bytes; the connection stays as it is. */
function says(kept: Kept, answer: string | Buffer, then: (socket: Socket) => void = () => undefined): Animal {
  return raw(kept, (socket) =>
    onRequest(socket, () => {
      socket.write(answer);
      then(socket);
    }),
  );
}

const megabyte = 1024 * 1024;
const ok = "HTTP/1.1 200 OK\r\n";
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;
const noContent = "HTTP/1.1 204 No Content\r\n\r\n";

export const silent: readonly Animal[] = [
  raw({ does: "accepts the connection and never reads or speaks", ...fails("timeout") }, (socket) => socket.pause()),
  raw({ does: "reads the request and never answers", ...fails("timeout") }, (socket) => socket.resume()),
  raw({ does: "drips its answer's head, a byte at a time", ...fails("timeout") }, (socket) =>
    onRequest(socket, () => {
      const left = `${ok}x-slow: `.split("");
      repeat(socket, 20, () => socket.write(left.shift() ?? "a"));
    }),
  ),
  raw({ does: "never ends its list of small headers", ...fails("timeout") }, (socket) =>
    onRequest(socket, () => {
      socket.write(ok);
      repeat(socket, 50, () => socket.write("x-more: 1\r\n"));
    }),
  ),
  raw({ does: "takes only the beginning of a big request", big: true, ...fails("timeout") }, (socket) =>
    socket.once("data", () => socket.pause()),
  ),
];

export const floods: readonly Animal[] = [
  raw({ does: "drips its answer's body, a byte at a time", ...succeeds("http_200") }, (socket) =>
    onRequest(socket, () => {
      socket.write(`${ok}content-length: 100000\r\n\r\n`);
      repeat(socket, 50, () => socket.write("."));
    }),
  ),
  raw(
    { does: "sends a body without end", ...succeeds("http_200") },
    (socket) =>
      onRequest(socket, () => {
        socket.write(`${ok}\r\n`);
        pour(socket);
      }),
    ({ sockets }) => {
      assert.ok(sockets.length > 0);
      for (const socket of sockets) {
        assert.ok(socket.destroyed || socket.readableEnded, "the sender hung up");
        assert.ok(socket.bytesWritten < 16 * megabyte, `${socket.bytesWritten} bytes could be sent`);
      }
    },
  ),
  raw(
    { does: "refuses with a body without end", ...fails("http_500") },
    (socket) =>
      onRequest(socket, () => {
        socket.write("HTTP/1.1 500 Oh\r\n\r\n");
        pour(socket);
      }),
    ({ sockets }) => {
      for (const socket of sockets) assert.ok(socket.bytesWritten < 16 * megabyte);
    },
  ),
  says(
    { does: "answers with 50 MB in 48 KB of gzip, unasked", ...succeeds("http_200") },
    (() => {
      const bomb = gzipSync(Buffer.alloc(50 * megabyte));
      return Buffer.concat([
        Buffer.from(`${ok}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`),
        bomb,
      ]);
    })(),
  ),
  says(
    { does: "sends 100 KB of headers", ...fails("answer_malformed") },
    `${ok}${Array.from({ length: 100 }, (_, index) => `x-${index}: ${"a".repeat(1000)}\r\n`).join("")}\r\n`,
  ),
  says(
    { does: "sends one header of 100 KB", ...fails("answer_malformed") },
    `${ok}set-cookie: ${"a".repeat(100_000)}\r\n\r\n`,
  ),
  raw({ does: "floods before any status", ...fails("answer_malformed") }, (socket) =>
    onRequest(socket, () => pour(socket)),
  ),
];

export const brokenEnds: readonly Animal[] = [
  raw({ does: "resets the connection at once", ...fails("connection_reset") }, (socket) => socket.resetAndDestroy()),
  raw({ does: "resets instead of answering", ...fails("connection_reset") }, (socket) =>
    onRequest(socket, () => socket.resetAndDestroy()),
  ),
  raw({ does: "closes instead of answering", ...fails("connection_reset") }, (socket) =>
    onRequest(socket, () => socket.destroySoon()),
  ),
  raw({ does: "resets in the middle of its head", ...fails("connection_reset") }, (socket) =>
    onRequest(socket, () => socket.write(`${ok}content-le`, () => socket.resetAndDestroy())),
  ),
  raw({ does: "closes in the middle of its head", ...fails("connection_reset") }, (socket) =>
    onRequest(socket, () => socket.end(`${ok}content-le`)),
  ),
  raw({ does: "says 200 and closes in the middle of its body", ...succeeds("http_200") }, (socket) =>
    onRequest(socket, () => socket.end(`${ok}content-length: 100\r\n\r\nhalf`)),
  ),
  says({ does: "says 200, and the end of its body never comes", ...succeeds("http_200") }, `${ok}\r\nso far`),
  raw({ does: "says 413 before it has taken a big request", big: true, ...fails("http_413") }, (socket) =>
    socket.once("data", () => {
      socket.pause();
      socket.write("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    }),
  ),
  {
    does: "does not listen",
    ...fails("connection_refused"),
    open: async () => ({ url: "http://127.0.0.1:1/hook", close: async () => undefined }),
  },
];

export const brokenHttp: readonly Animal[] = [
  says({ does: "speaks something else than HTTP", ...fails("answer_malformed") }, "220 mail.example ESMTP\r\n"),
  says({ does: "speaks HTTP 0.9", ...fails("answer_malformed") }, "<html>hello</html>\r\n\r\n"),
  says({ does: "gives a negative length", ...fails("answer_malformed") }, `${ok}content-length: -1\r\n\r\n`),
  says(
    { does: "gives two lengths that differ", ...fails("answer_malformed") },
    `${ok}content-length: 1\r\ncontent-length: 2\r\n\r\nab`,
  ),
  says(
    { does: "gives a length and chunks at once", ...fails("answer_malformed") },
    `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  says({ does: "puts a NUL into a header", ...fails("answer_malformed") }, `${ok}x: a\0b\r\n\r\n`),
  says({ does: "says 200 and sends a chunk without a size", ...succeeds("http_200") }, `${chunked}zz\r\n`),
  says(
    { does: "says 200 and sends more than its length", ...succeeds("http_200") },
    `${ok}content-length: 2\r\n\r\n0123456789`,
  ),
  says(
    { does: "answers with a status that does not exist", ...fails("http_999") },
    "HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n",
  ),
  says(
    { does: "switches protocols unasked", ...fails("answer_malformed") },
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
  ),
  says(
    { does: "says early hints, then 204", ...succeeds("http_204") },
    `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${noContent}`,
  ),
  raw({ does: "says early hints for ever", ...fails("timeout") }, (socket) =>
    onRequest(socket, () => repeat(socket, 50, () => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"))),
  ),
  says(
    { does: "says continue unasked, then 204", ...fails("answer_malformed") },
    `HTTP/1.1 100 Continue\r\n\r\n${noContent}`,
  ),
  raw({ does: "says continue for ever", ...fails("answer_malformed") }, (socket) =>
    onRequest(socket, () => repeat(socket, 50, () => socket.write("HTTP/1.1 100 Continue\r\n\r\n"))),
  ),
];
