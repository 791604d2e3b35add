/** The e-mail channel of Subscriptions at a real SMTP server: what arrives, what is tried again, what ends, and what is never in it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import type { ReceivedMail } from "../support/mail-server.ts";
import { mailHeader, mailText } from "../support/mail-server.ts";
import type { MailingApp } from "../support/mailing-app.ts";
import { startMailingApp } from "../support/mailing-app.ts";
import { askFor, subscribed, subscriptionWhen } from "../support/subscriber.ts";
import { api, jobIn, jobWhen, stayOf } from "../support/whole-app-users.ts";

let bed: MailingApp;
before(async () => {
  bed = await startMailingApp(() => [{ subscriptions: { emailDomains: ["hospital.example"] } }]);
});
after(() => bed?.stop());

const address = (name: string): string => `${name}@hospital.example`;
const mailsTo = (name: string): readonly ReceivedMail[] =>
  bed.mail.received.filter(({ to }) => to.includes(address(name)));

const board = (name: string, payload = "text/plain") => ({
  topic: "job-completed",
  channel: { type: "email", endpoint: `mailto:${address(name)}`, payload } as const,
});

async function complete(index: number): Promise<string> {
  const { patientId, encounterId } = stayOf(bed.app, index);
  const json = { patient: `Patient/${patientId}`, encounter: `Encounter/${encounterId}` };
  const { id } = jobIn(await api(bed.app, "POST", "/v1/jobs", { json }));
  await jobWhen(bed.app, id);
  return id;
}

const deliveriesOf = (id: string) =>
  bed.app.database.asOwner(
    "select state, code, attempts from handover.delivery where endpoint = $1 order by sequence",
    [id],
  );

/** What would name somebody: ids, names, birth date of the stay's patient, and the job. */
function naming(index: number, job: string): readonly string[] {
  const { patientId, encounterId } = stayOf(bed.app, index);
  const patient = bed.app.sandbox.ehr.store.read("Patient", patientId);
  const names = (patient?.["name"] ?? []) as readonly {
    readonly family?: string;
    readonly given?: readonly string[];
  }[];
  const texts = names.flatMap(({ family, given = [] }) => [family ?? [], ...given].flat());
  const birthDate = String(patient?.["birthDate"]);
  const all = [job, patientId, encounterId, birthDate, ...texts].filter((text) => text.length > 3);
  assert.ok(all.length > 4);
  return all;
}

test("a handshake and each event come under STARTTLS with our account, and name nobody in head, text or attachment", async () => {
  const { app, mail, password } = bed;
  const id = await subscribed(app, board("ward", "text/plain;attach=application/fhir+json"));
  const job = await complete(0);
  const [handshake, told] = await eventually(() => mailsTo("ward").length === 2 && mailsTo("ward"), "both", 30_000);
  assert.ok(handshake !== undefined && told !== undefined);
  for (const each of [handshake, told]) {
    assert.deepEqual([each.secure, each.user, each.to], [true, "handover", [address("ward")]]);
    assert.equal(mailHeader(each, "Auto-Submitted"), "auto-generated");
    // Attachments are written in base64: they are looked into as well.
    const attached = /\r\n\r\n(?<base64>(?:[A-Za-z0-9+/=]{1,76}\r\n)+)/u.exec(each.raw)?.groups?.["base64"] ?? "";
    const bundle = Buffer.from(attached, "base64").toString();
    assert.match(bundle, /"resourceType":"Bundle"/u);
    const whole = [each.raw, mailText(each), bundle].join("\n");
    for (const word of [...naming(0, job), password]) assert.ok(!whole.includes(word), `${word} in\n${whole}`);
  }
  assert.match(mailHeader(handshake, "Subject"), /^Subscription begins/u);
  assert.match(mailText(told), new RegExp(`Subscription/${id}/\\$events\\?eventsSinceNumber=1`, "u"));
  assert.notEqual(mailHeader(told, "Message-ID"), mailHeader(handshake, "Message-ID"));
  assert.ok(!app.logLines.some((line) => line.includes("@hospital.example") || line.includes(password)));
  assert.ok(mail.connections() > 0);
});

test("a server that is not ready is tried again, one that is slow is waited for, and the mail comes once", async () => {
  const { app, mail } = bed;
  const id = await subscribed(app, board("later"));
  mail.refuse(address("later"), 451);
  const { reached, release } = mail.stall(address("later"));
  await complete(1);
  await reached;
  assert.equal(mailsTo("later").length, 1, "the handshake alone");
  assert.equal((await deliveriesOf(id))[0]?.["state"], "pending");
  release();
  await eventually(async () => (await deliveriesOf(id))[0]?.["state"] === "delivered", "taken after all", 60_000);
  assert.deepEqual(await deliveriesOf(id), [{ state: "delivered", code: "mail_taken", attempts: 2 }]);
  const ids = mailsTo("later").map((each) => mailHeader(each, "Message-ID"));
  assert.deepEqual([ids.length, new Set(ids).size], [2, 2]);
  assert.equal((await subscriptionWhen(app, id, "active")).error, undefined);
});

test("an address that is refused for good ends the mail, and at the handshake the Subscription", async () => {
  const { app, mail } = bed;
  const id = await subscribed(app, board("moved"));
  mail.refuse(address("moved"), 550);
  await complete(2);
  await eventually(async () => (await deliveriesOf(id))[0]?.["state"] === "dead", "given up", 30_000);
  assert.deepEqual(await deliveriesOf(id), [{ state: "dead", code: "smtp_550", attempts: 1 }]);
  assert.equal(mailsTo("moved").length, 1, "the handshake alone");

  mail.refuse(address("nobody"), 550);
  const made = await askFor(app, board("nobody"));
  assert.equal(made.status, 201, made.text);
  const { error } = await subscriptionWhen(app, String(made.at("id")), "error");
  assert.equal(error, "smtp_550");
  assert.deepEqual(mailsTo("nobody"), []);
});
