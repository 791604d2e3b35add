/**
 * Clients of the websocket channel that nobody here wrote: the one that browsers and Node bring along, and, where Python has the
 * package `websockets`, that one (scripts/verify-websocket). The replica that they hang on is restarted in between.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";
import type { Bundle, Parameters } from "fhir/r4.js";
import { eventually } from "../support/eventually.ts";
import { bindingOf, subscribed } from "../support/subscriber.ts";
import type { Replica, WholeApp } from "../support/whole-app.ts";
import { apiKey, startWholeApp } from "../support/whole-app.ts";
import { api, jobIn, jobWhen, stayOf } from "../support/whole-app-users.ts";

let app: WholeApp;
beforeEach(async () => {
  app = await startWholeApp();
});
afterEach(() => app?.stop());

/** Completes the job of a stay. */
async function complete(index: number): Promise<string> {
  const { patientId, encounterId } = stayOf(app, index);
  const json = { patient: `Patient/${patientId}`, encounter: `Encounter/${encounterId}` };
  const { id } = jobIn(await api(app, "POST", "/v1/jobs", { json }));
  await jobWhen(app, id);
  return id;
}

/** Type of a notification, and the numbers of its events. */
function toldBy({ entry }: Bundle): { readonly type: string; readonly numbers: readonly number[] } {
  const status = entry?.[0]?.resource as Parameters;
  const parameter = status.parameter ?? [];
  const events = parameter.filter(({ name }) => name === "notification-event");
  return {
    type: parameter.find(({ name }) => name === "type")?.valueCode ?? "",
    numbers: events.map(({ part }) => Number(part?.find(({ name }) => name === "event-number")?.valueString)),
  };
}

async function eventsFrom(id: string, first: number): Promise<readonly number[]> {
  const answer = await api(app, "GET", `/fhir/Subscription/${id}/$events?eventsSinceNumber=${first}`);
  return toldBy(answer.json() as Bundle).numbers;
}

/** Where a replica takes websockets: the address is its own, the path everybody's. */
const socketOf = ({ url }: Replica, binding: { readonly url: string }): string =>
  `${url.replace(/^http/u, "ws")}${new URL(binding.url).pathname}`;

test("the WebSocket of browsers and Node: bound, told, sent away in order, back again without a gap and with nothing twice", async () => {
  const id = await subscribed(app, { topic: "job-completed", channel: { type: "websocket" } });
  const told: { readonly type: string; readonly numbers: readonly number[] }[] = [];
  const connect = async (replica: Replica): Promise<WebSocket> => {
    const binding = await bindingOf(app);
    const socket = new WebSocket(socketOf(replica, binding));
    socket.addEventListener("message", ({ data }) => void told.push(toldBy(JSON.parse(String(data)) as Bundle)));
    await once(socket, "open");
    const before = told.length;
    socket.send(`bind-with-token ${binding.token}`);
    await eventually(() => told.length > before && told.at(-1)?.type === "handshake", "the handshake", 20_000);
    return socket;
  };
  const numbers = () => told.flatMap((one) => one.numbers);

  const first = await app.replica("api");
  const socket = await connect(first);
  await complete(0);
  await eventually(() => numbers().length === 1, "the first event", 20_000);
  const closed = once(socket, "close");
  await first.stop();
  const [event] = await closed;
  assert.deepEqual([Reflect.get(event, "code"), Reflect.get(event, "wasClean")], [1001, true]);

  await complete(1);
  await eventually(async () => (await eventsFrom(id, 2)).length === 1, "counted while nobody listened", 20_000);
  const second = await app.replica("api");
  const again = await connect(second);
  const missed = await eventsFrom(id, 2);
  await complete(2);
  await eventually(() => numbers().length === 2, "the third event", 20_000);
  assert.deepEqual([numbers(), missed], [[1, 3], [2]]);
  again.close();
  await second.stop();
});

const python = process.env["WEBSOCKETS_PYTHON"] ?? "python3";
const hasPython = spawnSync(python, ["-c", "import websockets"], { stdio: "ignore" }).status === 0;

test(
  "Python's websockets: the same",
  { skip: hasPython ? false : "python3 has no package websockets; WEBSOCKETS_PYTHON names one that has" },
  async () => {
    const id = await subscribed(app, { topic: "job-completed", channel: { type: "websocket" } });
    const first = await app.replica("api");
    const [port, path] = [new URL(first.url).port, new URL((await bindingOf(app)).url).pathname];
    const client = spawn(
      python,
      [join(import.meta.dirname, "..", "..", "scripts", "verify-websocket", "client.py"), app.url, id, path],
      { env: { ...process.env, HANDOVER_API_KEY: apiKey }, stdio: ["pipe", "pipe", "inherit"] },
    );
    const lines: string[] = [];
    createInterface(client.stdout).on("line", (line) => void lines.push(line));
    const says = (line: string) => eventually(() => lines.includes(line), `${line} among ${lines.join(", ")}`, 30_000);
    const ended = once(client, "close");
    client.stdin.write(`${port}\n`);
    await says("handshake");
    await complete(0);
    await says("event 1");
    await first.stop();
    await says("closed 1001");
    await complete(1);
    await eventually(async () => (await eventsFrom(id, 2)).length === 1, "counted while nobody listened", 20_000);
    const second = await app.replica("api");
    client.stdin.write(`${new URL(second.url).port}\n`);
    await says("missed 2");
    await complete(2);
    await says("event 3");
    client.stdin.end();
    await second.stop();
    assert.equal((await ended)[0], 0);
    assert.deepEqual(lines, ["handshake", "event 1", "closed 1001", "handshake", "missed 2", "event 3", "closed 1001"]);
  },
);
