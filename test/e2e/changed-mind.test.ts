/** What a signer changes after signing reaches the EHR too: amended and retracted summaries, also when the EHR was away. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { DocumentReference } from "fhir/r4.js";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import type { Page, Stay } from "../support/whole-app-users.ts";
import {
  api,
  discharge,
  jobOf,
  jobWhen,
  linkOf,
  openPage,
  parseEnvelope,
  sign,
  stayOf,
} from "../support/whole-app-users.ts";

const AMENDED = "Call the ward on Monday for the culture result.";

let app: WholeApp;
before(async () => {
  app = await startWholeApp({ tenants: () => [{ scopes: "system/*.rs system/DocumentReference.cu" }] });
});
after(() => app?.stop());

interface Signed {
  readonly job: string;
  readonly page: Page;
  readonly act: (name: "amend" | "retract", body: object) => Promise<void>;
}

async function signed(stay: Stay): Promise<Signed> {
  const call = await discharge(app, stay);
  const job = jobOf(call);
  await jobWhen(app, job);
  const page = await openPage(app, linkOf(call), stay);
  assert.equal((await sign(page, job)).status, 200);
  return {
    job,
    page,
    async act(name, body) {
      const read = await page.call("GET", `/v1/jobs/${job}/summary`);
      const headers = { "if-match": read.headers.get("etag") ?? "" };
      const answer = await page.call("POST", `/v1/jobs/${job}/summary/${name}`, { json: body, headers });
      assert.equal(answer.status, 200, answer.text);
    },
  };
}

const amendment = { reason: "Culture pending", sections: [{ id: "instructions", text: AMENDED }] };
const retraction = { reason: "Written for the wrong stay" };

/** The job's documents as the EHR holds them, the oldest first. */
function documents(job: string): readonly DocumentReference[] {
  const all = [...app.sandbox.ehr.store.list("DocumentReference")] as unknown as readonly DocumentReference[];
  return all
    .filter(({ identifier }) => identifier?.[0]?.value?.startsWith(`${job}.`) === true)
    .toSorted((x, y) => (x.identifier?.[0]?.value ?? "").localeCompare(y.identifier?.[0]?.value ?? ""));
}

async function told(job: string, type: string): Promise<readonly unknown[]> {
  const answer = await api(app, "GET", `/v1/jobs/${job}/events`, { headers: { accept: "application/json" } });
  const events = answer.at("events");
  assert.ok(Array.isArray(events), answer.text);
  return events.map(parseEnvelope).filter((event) => event.type === type);
}

const textOf = (document: DocumentReference | undefined): string =>
  Buffer.from(document?.content[0]?.attachment.data ?? "", "base64").toString("utf8");

describe("after signing", () => {
  test("an amended summary is a document of its own that replaces the signed one", async () => {
    const { job, act } = await signed(stayOf(app, 0));
    await eventually(() => documents(job).length === 1, "the signed document");
    await act("amend", amendment);
    const [first, second] = await eventually(() => {
      const found = documents(job);
      return found.length === 2 ? found : undefined;
    }, "the amended document");
    assert.equal(second?.docStatus, "amended");
    assert.deepEqual(second?.relatesTo, [
      { code: "replaces", target: { reference: `DocumentReference/${first?.id}` } },
    ]);
    assert.ok(textOf(second).includes(AMENDED) && !textOf(first).includes(AMENDED));
    const old = await eventually(
      () => documents(job).find(({ status }) => status === "superseded"),
      "the old one's mark",
    );
    assert.deepEqual([old.id, old.docStatus, second?.status], [first?.id, "final", "current"]);
  });

  test("a retracted summary is marked as entered in error where it stands, and the log says so", async () => {
    const { job, act } = await signed(stayOf(app, 1));
    await eventually(() => documents(job).length === 1, "the signed document");
    await act("retract", retraction);
    const [document] = await eventually(() => {
      const found = documents(job);
      return found[0]?.status === "entered-in-error" ? found : undefined;
    }, "the mark");
    assert.equal(document?.docStatus, "entered-in-error");
    await eventually(async () => (await told(job, "document.written")).length === 2, "the news of both");
  });

  test("amended while the EHR takes nothing: what stands last arrives, once, and nothing is lost without a word", async () => {
    const stay = stayOf(app, 2);
    const fault = app.sandbox.ehr.faults.add({ method: "POST", path: "/fhir/DocumentReference", status: 503 });
    const { job, act } = await signed(stay);
    await eventually(() => fault.struck() > 0, "a refused write");
    await act("amend", amendment);
    fault.remove();
    const found = await eventually(
      () => (documents(job).length > 0 ? documents(job) : undefined),
      "the amended document",
      30_000,
    );
    assert.deepEqual(
      found.map(({ docStatus }) => docStatus),
      ["amended"],
    );
    await eventually(async () => (await told(job, "document.written")).length === 1, "the news of it");
  });

  test("retracted after the EHR's answer to the first write was lost, it is marked where it stands", async () => {
    const path = "/fhir/DocumentReference";
    const lost = app.sandbox.ehr.faults.add({ method: "POST", path, dropAfterWrite: true, times: 1 });
    const away = app.sandbox.ehr.faults.add({ method: "POST", path, status: 503, after: 1 });
    const { job, act } = await signed(stayOf(app, 3));
    await eventually(() => lost.struck() > 0, "the lost answer");
    await act("retract", retraction);
    away.remove();
    await eventually(() => documents(job)[0]?.status === "entered-in-error", "the mark", 30_000);
    assert.equal(documents(job).length, 1);
  });

  test("retracted before it ever reached the EHR, it never does", async () => {
    const fault = app.sandbox.ehr.faults.add({ method: "POST", path: "/fhir/DocumentReference", status: 503 });
    const { job, act } = await signed(stayOf(app, 4));
    await act("retract", retraction);
    const open = `select 1 from handover.document_write where job = $1 and state = 'pending'`;
    // Only then is the EHR well again: a try that was on its way before the retraction would rightly have got in.
    await eventually(async () => (await app.database.asOwner(open, [job])).length === 0, "nothing owed", 30_000);
    fault.remove();
    assert.deepEqual(documents(job), []);
  });
});
