/** The subscription server in a process of its own, to be killed: FHIR routes, websockets, keeper, delivery and the log's order. */
import { openDatabase } from "../../../src/db/connect.ts";
import { startSequencer } from "../../../src/events/sequencer.ts";
import { createWakeUp } from "../../../src/events/wake-up.ts";
import { listen } from "../../../src/http/server.ts";
import { startSubscriptionServer } from "../../support/subscriptions.ts";

const [url, port] = [process.env["FAULT_DATABASE_URL"], Number(process.env["FAULT_PORT"])];
if (url === undefined) throw new Error("FAULT_DATABASE_URL is missing");

const database = openDatabase(url);
const wakeUp = createWakeUp(database);
startSequencer({ database, wakeUp });
const server = startSubscriptionServer(database, { wakeUp });
const handle = server.sockets.upgrade.bind(server.sockets);
await listen(server.app, { host: "127.0.0.1", port, upgrade: { path: "/fhir/ws", handle } });
process.send?.("ready");
// The parent is gone: nothing is left to test.
process.on("disconnect", () => process.exit(1));
