/** Delivery in a process of its own, to be killed: real database, real requests. */
import { openDatabase } from "../../src/db/connect.ts";
import { startDelivery } from "../support/delivery.ts";

const url = process.env["FAULT_DATABASE_URL"];
if (url === undefined) throw new Error("FAULT_DATABASE_URL is missing");

startDelivery(openDatabase(url), { leaseMs: 1000, sweepMs: 100 });
// The parent is gone: nothing is left to test.
process.on("disconnect", () => process.exit(1));
