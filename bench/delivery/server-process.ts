/** Delivery alone in a process of its own, so that its memory is its own: starts at once, and says at its end what it came to. */
import { openDatabase } from "../../src/db/connect.ts";
import { startDelivery } from "../../test/support/delivery.ts";

const url = process.env["BENCH_DATABASE_URL"];
if (url === undefined) throw new Error("BENCH_DATABASE_URL is missing");

startDelivery(openDatabase(url));
process.on("message", () => {
  const { maxRSS } = process.resourceUsage();
  process.send?.({ peakMegabytes: maxRSS / 1024 }, () => process.exit(0));
});
process.on("disconnect", () => process.exit(1));
