/** A page of the hospital's that can only call out: it subscribes to one patient over a websocket, and is told when the draft is there. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { Bundle, CapabilityStatement, Parameters, Subscription } from "fhir/r4.js";
import { WebSocket } from "ws";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import { api, stayOf } from "../support/whole-app-users.ts";

let app: WholeApp;
before(async () => {
  app = await startWholeApp();
});
after(() => app?.stop());

const content = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content";
const filter = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria";

async function subscribe(patient: string): Promise<string> {
  const resource: Subscription = {
    resourceType: "Subscription",
    status: "requested",
    reason: "The ward's board",
    criteria: `${app.url}/topics/job-completed`,
    _criteria: { extension: [{ url: filter, valueString: `Task?patient=${patient}` }] },
    channel: { type: "websocket", _payload: { extension: [{ url: content, valueCode: "id-only" }] } },
  };
  const headers = { "content-type": "application/fhir+json" };
  const made = await api(app, "POST", "/fhir/Subscription", { headers, json: resource });
  assert.equal(made.status, 201, made.text);
  const { id = "" } = made.json() as Subscription;
  const status = async (): Promise<string> =>
    ((await api(app, "GET", `/fhir/Subscription/${id}`)).json() as Subscription).status;
  await eventually(async () => (await status()) === "active", "active");
  return id;
}

test("the socket is where the CapabilityStatement says; it is told of its patient's job and of no other's", async () => {
  const { patientId, encounterId } = stayOf(app);
  const statement = (await api(app, "GET", "/fhir/metadata")).json() as CapabilityStatement;
  const url = statement.rest?.[0]?.extension?.[0]?.valueUri ?? "";
  const mine = await subscribe(patientId);
  const others = await subscribe("somebody-else");
  const issued = (await api(app, "GET", "/fhir/Subscription/$get-ws-binding-token")).json() as Parameters;
  const token = issued.parameter?.find(({ name }) => name === "token")?.valueString ?? "";
  const socket = new WebSocket(url);
  const bundles: Bundle[] = [];
  socket.on("message", (data: Buffer) => bundles.push(JSON.parse(data.toString()) as Bundle));
  await once(socket, "open");
  socket.send(`bind-with-token ${token}`);
  await eventually(() => bundles.length === 2, "two handshakes");
  const headers = { prefer: "respond-async" };
  await api(app, "POST", `/fhir/Encounter/${encounterId}/$discharge-summary`, { headers });
  await eventually(() => bundles.length === 3, "the notification", 30_000);
  const [, focus] = bundles[2]?.entry ?? [];
  assert.match(focus?.fullUrl ?? "", /\/fhir\/Task\//u);
  assert.ok(JSON.stringify(bundles[2]).includes(mine) && !JSON.stringify(bundles[2]).includes(others));
  // The replica goes down in order: its sockets are sent away, not cut.
  const closed = once(socket, "close");
  await app.adapter.stop();
  assert.equal((await closed)[0], 1001);
});
