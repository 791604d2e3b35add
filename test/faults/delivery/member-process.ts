/** A replica of delivery in a process of its own, to be killed: sequencer, wake-up, fan-out and lanes over a real database. */
import { openDatabase } from "../../../src/db/connect.ts";
import { startSequencer } from "../../../src/events/sequencer.ts";
import { createWakeUp } from "../../../src/events/wake-up.ts";
import { startDelivery } from "../../support/delivery.ts";

const url = process.env["FAULT_DATABASE_URL"];
if (url === undefined) throw new Error("FAULT_DATABASE_URL is missing");

const database = openDatabase(url);
const wakeUp = createWakeUp(database);
startSequencer({ database, wakeUp });
startDelivery(database, { wakeUp, leaseMs: 2000, sweepMs: 250, random: Math.random });
// The parent is gone: nothing is left to test.
process.on("disconnect", () => process.exit(1));
