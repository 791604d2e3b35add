/** Clients of a subscription server that is killed again and again: no gap and nothing twice, by $events and by websocket. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Bundle, Parameters, Subscription } from "fhir/r4.js";
import { appendEvents } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { publicUrl } from "../support/subscriptions.ts";
import type { SubscriptionClient } from "./subscriptions/clients.ts";
import { ask, listenOn, pull } from "./subscriptions/clients.ts";

const tenant = "general";
let db: TestDatabase;
let base: string;
let child: ChildProcess;

before(async () => {
  db = await createTestDatabase();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  base = `http://127.0.0.1:${address.port}`;
  server.close();
  await once(server, "close");
});
after(async () => {
  child.kill("SIGKILL");
  await db.drop();
});

async function start(): Promise<void> {
  const env = { ...process.env, FAULT_DATABASE_URL: db.appUrl, FAULT_PORT: new URL(base).port };
  child = fork(join(import.meta.dirname, "subscriptions", "server-process.ts"), { env });
  await once(child, "message");
}

async function kill(): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** A Subscription that nothing is sent to: its events are pulled, or told over a websocket of the client's. */
async function subscribed(name: string): Promise<SubscriptionClient> {
  const token = `${tenant}:${name}`;
  const content = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content";
  const made: Subscription = {
    resourceType: "Subscription",
    status: "requested",
    reason: "Signed summaries",
    criteria: `${publicUrl}/topics/summary-signed`,
    channel: { type: "websocket", _payload: { extension: [{ url: content, valueCode: "id-only" }] } },
  };
  const answer = await fetch(`${base}/fhir/Subscription`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/fhir+json" },
    body: JSON.stringify(made),
  });
  const { id } = (await answer.json()) as { id: string };
  const isActive = async () => ((await ask({ base, token }, `Subscription/${id}`)) as Subscription).status === "active";
  await eventually(isActive, "active", 20_000);
  return { base, token, subscription: id };
}

test("two clients that pull, a slow one and one on a websocket, through five kills: every event once and in order", async () => {
  await start();
  const names = ["one", "two", "slow", "socket"];
  const [one, two, slow, socket] = await Promise.all(names.map((name) => subscribed(name)));
  if (one === undefined || two === undefined || slow === undefined || socket === undefined) throw new Error("none");
  const [rounds, each] = [5, 30];
  const total = rounds * each;
  const clients = [pull(one, total, 100), pull(two, total, 7), pull(slow, total, 2)] as const;
  const heard = listenOn(socket, total);
  for (let round = 0; round < rounds; round += 1) {
    // Without positions: whichever process lives gives them, in the midst of which it may die.
    for (let index = 0; index < each; index += 1) await appendEvents(db, { tenant, job: `r${round}-${index}` }, 1);
    await kill();
    await start();
  }
  const told = await Promise.all(clients);
  const jobs = new Set(told[0].map(({ focus }) => focus));
  assert.equal(jobs.size, total, "each is about another job");
  for (const own of told) {
    assert.deepEqual(
      own.map(({ number }) => number),
      Array.from({ length: total }, (_, index) => index + 1),
    );
    assert.deepEqual(own, told[0], "the same numbers for the same events");
  }
  assert.deepEqual(
    new Map([...(await heard)].toSorted(([a], [b]) => a - b)),
    new Map(told[0].map((t) => [t.number, t.focus])),
  );
  for (const { token, subscription } of [one, two, slow, socket]) {
    const status = ((await ask({ base, token }, `Subscription/${subscription}/$status`)) as Bundle).entry?.[0]
      ?.resource;
    const counted = (status as Parameters).parameter?.find(({ name }) => name === "events-since-subscription-start");
    assert.equal(counted?.valueString, String(total));
  }
});
