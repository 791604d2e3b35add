/** The subscription server in a process of its own, so that its memory is its own; tells it when asked. */
import { openDatabase } from "../../src/db/connect.ts";
import { startSequencer } from "../../src/events/sequencer.ts";
import { createWakeUp } from "../../src/events/wake-up.ts";
import { listen } from "../../src/http/server.ts";
import { startSubscriptionServer } from "../../test/support/subscriptions.ts";

const url = process.env["BENCH_DATABASE_URL"];
if (url === undefined) throw new Error("BENCH_DATABASE_URL is missing");

const database = openDatabase(url);
const wakeUp = createWakeUp(database);
startSequencer({ database, wakeUp });
const server = startSubscriptionServer(database, { wakeUp, sockets: { lookMs: 250, recheckMs: 15_000 } });
const handle = server.sockets.upgrade.bind(server.sockets);
const { port } = await listen(server.app, { host: "127.0.0.1", port: 0, upgrade: { path: "/fhir/ws", handle } });

process.on("message", () => {
  globalThis.gc?.();
  process.send?.({ megabytes: process.memoryUsage.rss() / 1024 / 1024 });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port });
