/** Receivers whose answer is well formed, and absurd. */
import assert from "node:assert/strict";
import type { Animal } from "./animal.ts";
import { fails, waits } from "./animal.ts";
import { onRequest, rawSite } from "./site.ts";

function answers(
  kept: Omit<Animal, "open">,
  statusLine: string,
  headers: Readonly<Record<string, string>> = {},
): Animal {
  return {
    ...kept,
    async open() {
      const lines = Object.entries({ ...headers, "content-length": "0" }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      const site = await rawSite((socket) =>
        onRequest(socket, () => socket.write(`HTTP/1.1 ${statusLine}\r\n${lines.join("")}\r\n`)),
      );
      return { url: `http://127.0.0.1:${site.port}/hook`, close: () => site.close() };
    },
  };
}

function redirects(status: number): Animal {
  return {
    does: `redirects with ${status} to another service of this machine`,
    ...fails(`http_${status}`),
    async open() {
      const target = await rawSite((socket) => socket.resume());
      const location = `http://127.0.0.1:${target.port}/admin`;
      const site = await rawSite((socket) =>
        onRequest(socket, () =>
          socket.write(`HTTP/1.1 ${status} Go\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`),
        ),
      );
      return {
        url: `http://127.0.0.1:${site.port}/hook`,
        witness: () => assert.equal(target.sockets.length, 0, "the target sees nothing"),
        close: async () => void (await Promise.all([site.close(), target.close()])),
      };
    },
  };
}

/** The next attempt would come after a minute, by the endpoint's own schedule. */
const retry = { attempts: 2, baseSeconds: 60, factor: 1, maxSeconds: 60, jitter: 0 };
const ceilingSeconds = 4 * 3600;
const inFuture = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString();

function asksToWait(status: 429 | 503, value: string, meaning: string, seconds: number): Animal {
  return answers(
    {
      does: `${status} and Retry-After ${meaning}`,
      endpoint: { retry },
      ...waits(`http_${status}`, seconds - 10, seconds + 5),
    },
    `${status} Later`,
    { "retry-after": value },
  );
}

const gone = answers({ does: "410, for good", ...fails("http_410") }, "410 Gone");

export const statusAnimals: readonly Animal[] = [
  ...[300, 301, 302, 303, 304, 305, 307, 308].map(redirects),
  gone,
  asksToWait(429, "864000", "in ten days: no longer than the ceiling", ceilingSeconds),
  asksToWait(503, "864000", "in ten days: no longer than the ceiling", ceilingSeconds),
  asksToWait(429, "Fri, 31 Dec 9999 23:59:59 GMT", "at the end of times: no longer than the ceiling", ceilingSeconds),
  asksToWait(429, inFuture(600), "at a date: then", 600),
  asksToWait(503, "600", "in seconds: then", 600),
  asksToWait(429, "-5", "negative: by the schedule", 60),
  asksToWait(429, "Sun, 06 Nov 1994 08:49:37 GMT", "in the past: by the schedule", 60),
  asksToWait(429, "0", "at once: by the schedule", 60),
  asksToWait(429, "soon", "in words: by the schedule", 60),
  asksToWait(429, "1e9", "in no number of seconds: by the schedule", 60),
  asksToWait(429, "2026-11-21T12:00:00Z", "in another calendar's spelling: by the schedule", 60),
];
