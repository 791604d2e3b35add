/**
 * The worker dies by kill -9 when the EHR has stored a transaction and before it hears of that: whoever takes over leaves
 * exactly one of everything. The same with a server of other authors: `npm run peer`, step transaction-killed.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { AdapterProcess } from "../../src/cli/demo/adapter-process.ts";
import { startAdapterProcess } from "../../src/cli/demo/adapter-process.ts";
import { eventually } from "../support/eventually.ts";
import type { TenantOptions, WholeApp } from "../support/whole-app.ts";
import { masterKey, startWholeApp, tenantFile } from "../support/whole-app.ts";
import { api, jobIn, jobWhen, openPage, sign, stayOf } from "../support/whole-app-users.ts";

const tenant: TenantOptions = {
  scopes: "system/*.rs system/DocumentReference.cu system/Provenance.c system/Device.c",
  writeProfile: { basedOn: "hapi" },
};
let app: WholeApp;
let folder: string;
const workers: AdapterProcess[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "handover-kill-"));
  app = await startWholeApp({ roles: "api", tenants: () => [tenant] });
  const file = { egress: { allow: ["127.0.0.1/32"] }, tenants: [tenantFile(app.sandbox, tenant)] };
  await writeFile(join(folder, "handover.json"), JSON.stringify(file), { mode: 0o600 });
});
after(async () => {
  await Promise.all(workers.map((one) => one.stop()));
  await app?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startWorker(): Promise<AdapterProcess> {
  const worker = await startAdapterProcess("worker", {
    DATABASE_URL: app.database.appUrl,
    HANDOVER_CONFIG: join(folder, "handover.json"),
    HANDOVER_DATA_DIR: folder,
    HANDOVER_MASTER_KEY: masterKey,
    HANDOVER_ROLES: "worker",
    PUBLIC_URL: app.url,
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "warn",
  });
  workers.push(worker);
  return worker;
}

const inEhr = (type: string) => [...app.sandbox.ehr.store.list(type)];
const documentsOf = (job: string) =>
  inEhr("DocumentReference").filter((one) => JSON.stringify(one["identifier"] ?? []).includes(`"${job}.`));

test("a transaction that was stored and never answered is there once: one document, one Provenance, one Device, one event", async () => {
  const worker = await startWorker();
  const stay = stayOf(app);
  const json = { patient: `Patient/${stay.patientId}`, encounter: `Encounter/${stay.encounterId}` };
  const { id: job } = jobIn(await api(app, "POST", "/v1/jobs", { json }));
  await jobWhen(app, job);
  const page = await openPage(app, { label: "", type: "smart", url: `${app.url}/smart/launch`, appContext: job }, stay);
  const held = app.sandbox.ehr.faults.add({ method: "POST", path: /^\/fhir\/?$/u, holdAfterWrite: true, times: 1 });
  assert.equal((await sign(page, job)).status, 200);
  await eventually(() => held.struck() === 1 && documentsOf(job).length === 1, "the EHR holds it", 60_000);
  await worker.kill();
  const row = async () =>
    (await app.database.asOwner("select state, attempts from handover.document_write where job = $1", [job]))[0];
  assert.equal((await row())?.["state"], "pending", "nobody has heard of it");
  // A dead worker's lease on a write runs out within a minute; nothing waits for that here.
  await app.database.asOwner("update handover.document_write set lease_until = now() where job = $1", [job]);
  await startWorker();
  await eventually(async () => (await row())?.["state"] === "written", "written", 90_000);

  const [document, ...more] = documentsOf(job);
  assert.deepEqual(more, []);
  const target = `DocumentReference/${String(document?.id)}`;
  const provenances = inEhr("Provenance").filter((one) => JSON.stringify(one["target"]).includes(`"${target}"`));
  assert.equal(provenances.length, 1);
  const devices = inEhr("Device").filter((one) => JSON.stringify(one["identifier"] ?? []).includes("/devices"));
  assert.equal(devices.length, 1);
  const told = await app.database.asOwner("select type from handover.event where job = $1 and type like 'document.%'", [
    job,
  ]);
  assert.deepEqual(told, [{ type: "document.written" }]);
});
