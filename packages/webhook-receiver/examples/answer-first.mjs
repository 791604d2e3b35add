/**
 * A webhook endpoint in plain Node: answers at once, processes later.
 *
 *   WEBHOOK_SECRETS="whsec_new whsec_old" PORT=8080 node answer-first.mjs
 *
 * Prints one line of JSON for what it does; PORT=0 takes any free port and the first line tells which.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { createReceiver, createSequenceTracker, isNewer, versionOf } from "@handover/webhook-receiver";

const words = (text = "") => text.split(/\s+/u).filter((word) => word !== "");
const tell = (line) => console.log(JSON.stringify(line));

const receiver = createReceiver({
  secrets: words(process.env.WEBHOOK_SECRETS),
  publicKeys: words(process.env.WEBHOOK_PUBLIC_KEYS),
  onError: (error, event) => tell({ did: "failed", id: event?.id, error: String(error) }),
});
const sequence = createSequenceTracker("endpointSequence");

/** What this system holds of each job's summary. In a real one: a table. */
const applied = new Map();

/** Runs after the sender has its 204, so it may take as long as it takes. */
async function processLater(event) {
  const place = sequence.observe(event);
  if (place?.order === "gap") tell({ did: "missed", from: place.from, to: place.to });
  if (versionOf(event) !== undefined && !isNewer(event, applied.get(event.data.job))) {
    tell({ did: "passed over", id: event.id, type: event.type });
    return;
  }
  applied.set(event.data.job, versionOf(event) ?? applied.get(event.data.job));
  tell({ did: "processed", id: event.id, type: event.type });
}

const server = createServer(async (request, response) => {
  const handled = await receiver.handle(request, response, processLater);
  if (handled.outcome === "duplicate") tell({ did: "duplicate", id: handled.event.id });
  if (handled.outcome === "refused") tell({ did: "refused", reason: handled.error.code });
});

server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1");
await once(server, "listening");
tell({ did: "listening", port: server.address().port });
process.once("SIGTERM", () => server.close());
