/** Receivers whose name leads elsewhere: rebinding, mixed answers, private addresses in disguise. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { LookupAddress } from "node:dns";
import { isIPv6 } from "node:net";
import type { Resolve } from "../../../src/egress/connector.ts";
import type { Animal, NameAnswer } from "./animal.ts";
import { fails } from "./animal.ts";
import { listening, onRequest, rawSite } from "./site.ts";

/** Answers for the zoo's names; other names under `zoo.example` are this machine. */
export function zooResolver(names: Readonly<Record<string, readonly NameAnswer[]>>): Resolve {
  const asked = new Map<string, number>();
  return (hostname, done) => {
    const answers = names[hostname] ?? [["127.0.0.1"]];
    const turn = asked.get(hostname) ?? 0;
    asked.set(hostname, turn + 1);
    const answer = answers[Math.min(turn, answers.length - 1)] ?? "unknown";
    if (answer === "silent") return;
    if (answer === "unknown") return done(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), []);
    done(
      null,
      answer.map((address): LookupAddress => ({ address, family: isIPv6(address) ? 6 : 4 })),
    );
  };
}

/** Named well at first, and answering 500 then; the second lookup leads inside, where a server counts who calls. */
function rebinds(host: string, inside: string): Animal {
  return {
    does: `resolves to ${inside} at its second attempt`,
    endpoint: { retry: { attempts: 2, baseSeconds: 0.05, factor: 1, maxSeconds: 1, jitter: 0 } },
    names: { [`${host}.zoo.example`]: [["127.0.0.1"], [inside]] },
    attempts: [
      { outcome: "retry", code: "http_500", httpStatus: 500 },
      { outcome: "dead", code: "blocked_address" },
    ],
    async open() {
      const site = await rawSite((socket) =>
        onRequest(socket, () => socket.end("HTTP/1.1 500 Oh\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")),
      );
      const trap = await listening(createServer(), "127.0.0.2", site.port);
      return {
        url: `http://${host}.zoo.example:${site.port}/hook`,
        witness: () => assert.equal(trap.sockets.length, 0, "nothing inside was called"),
        close: async () => void (await Promise.all([site.close(), trap.close()])),
      };
    },
  };
}

function named(does: string, host: string, answer: NameAnswer, expected = fails("blocked_address")): Animal {
  return {
    does,
    ...expected,
    names: { [`${host}.zoo.example`]: [answer] },
    async open() {
      const trap = await listening(createServer(), "127.0.0.2");
      return {
        url: `http://${host}.zoo.example:${trap.port}/hook`,
        witness: () => assert.equal(trap.sockets.length, 0),
        close: () => trap.close(),
      };
    },
  };
}

export const nameAnimals: readonly Animal[] = [
  rebinds("rebinds-loopback", "127.0.0.2"),
  rebinds("rebinds-metadata", "169.254.169.254"),
  rebinds("rebinds-mapped", "::ffff:127.0.0.2"),
  rebinds("rebinds-nat64", "64:ff9b::7f00:2"),
  named("resolves to a good address and a private one", "mixed", ["127.0.0.1", "10.0.0.1"]),
  named("resolves to a private address and a good one", "mixed-first", ["127.0.0.2", "127.0.0.1"]),
  named("resolves to this machine's IPv6 address", "loopback6", ["::1"]),
  named("resolves to a link-local address with a zone", "zone", ["fe80::1%lo"]),
  named("resolves to what is no address", "nonsense", ["0177.0.0.2"]),
  named("resolves to nothing", "nothing", []),
  named("has no name any more", "unknown", "unknown", fails("name_not_resolved")),
  named("has a name server that never answers", "silent", "silent", fails("timeout")),
];
