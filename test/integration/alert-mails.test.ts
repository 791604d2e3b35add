/** Alerts by e-mail, at a real SMTP server: owed with what happened, sent until taken, one mail for a storm. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { checkMail } from "../../src/cli/doctor/mail.ts";
import { loadConfig } from "../../src/config/load.ts";
import { resolveBySystem, walledConnector } from "../../src/egress/connector.ts";
import type { MailOutcome, SmtpSettings } from "../../src/mail/smtp.ts";
import { smtpSender } from "../../src/mail/smtp.ts";
import { apiCaller } from "../support/api-call.ts";
import { makeCertificate } from "../support/certificates.ts";
import { addEvents } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { MailServer, MailServerOptions } from "../support/mail-server.ts";
import { mailAuthority, mailHeader, mailText, startMailServer } from "../support/mail-server.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";

const password = "mail-password-canary-41";
const account = { user: "handover", password };
const mail = {
  to: "ops@hospital.example",
  subject: "An alert",
  text: "Something happened.",
  id: "7d1f9d5e-0001-4000-8000-000000000001",
};

interface Attempt {
  readonly outcome: MailOutcome;
  readonly server: MailServer;
}

/** Sends one mail to a server of this kind. */
async function attempt(
  options: MailServerOptions = {},
  settings: Partial<SmtpSettings> = {},
  allow: readonly string[] = ["127.0.0.1/32", "::1/128"],
): Promise<Attempt> {
  const server = await startMailServer(options);
  const connect = walledConnector({ allow, connectTimeoutMs: 5_000, tls: {}, resolve: resolveBySystem });
  const sender = smtpSender(
    {
      host: "localhost",
      port: server.port,
      secure: options.secure ?? false,
      from: "handover@hospital.example",
      ca: mailAuthority.pem,
      ...settings,
    },
    connect,
    "adapter.example",
  );
  const outcome = await sender.send(mail);
  await server.close();
  return { outcome, server };
}

describe("one mail over SMTP", () => {
  test("goes out under STARTTLS, with our account, a lasting Message-ID, and marked as a machine's (RFC 3207, 3834)", async () => {
    const { outcome, server } = await attempt(account, account);
    assert.deepEqual(outcome, { kind: "sent" });
    const [received] = server.received;
    assert.ok(received !== undefined);
    assert.deepEqual(
      [received.secure, received.user, received.to, received.from],
      [true, "handover", [mail.to], "handover@hospital.example"],
    );
    assert.equal(mailHeader(received, "Message-ID"), `<${mail.id}@adapter.example>`);
    assert.equal(mailHeader(received, "Auto-Submitted"), "auto-generated");
    assert.match(mailText(received), /Something happened\./u);
  });

  test("goes out under TLS from the first byte", async () => {
    const { outcome, server } = await attempt({ secure: true });
    assert.deepEqual([outcome.kind, server.received[0]?.secure], ["sent", true]);
  });

  const stranger = makeCertificate({ commonName: "localhost", names: ["DNS:localhost"], purpose: "server" });
  const otherName = makeCertificate({
    commonName: "other.example",
    names: ["DNS:other.example"],
    purpose: "server",
    issuer: mailAuthority,
  });
  const failures: readonly [what: string, run: () => Promise<Attempt>, outcome: MailOutcome][] = [
    [
      "a server without TLS is told nothing",
      () => attempt({ plain: true }),
      { kind: "retry", code: "tls_not_offered" },
    ],
    [
      "a certificate of a stranger, STARTTLS",
      () => attempt({ certificate: stranger }),
      { kind: "retry", code: "tls_invalid" },
    ],
    [
      "a certificate of a stranger, TLS",
      () => attempt({ certificate: stranger, secure: true }),
      { kind: "retry", code: "tls_invalid" },
    ],
    [
      "a certificate for another name",
      () => attempt({ certificate: otherName }),
      { kind: "retry", code: "tls_invalid" },
    ],
    [
      "a password that is wrong",
      () => attempt(account, { ...account, password: "wrong" }),
      { kind: "retry", code: "authentication_refused" },
    ],
    ["an address behind the wall, by name", () => attempt({}, {}, []), { kind: "retry", code: "blocked_address" }],
    [
      "an address behind the wall, as it is written",
      () => attempt({}, { host: "127.0.0.1" }, []),
      { kind: "retry", code: "blocked_address" },
    ],
    ["nothing listens there", () => attempt({}, { port: 9 }), { kind: "retry", code: "connection_refused" }],
  ];
  for (const [what, run, expected] of failures)
    test(`${what}: ${"code" in expected ? expected.code : ""}, and no mail is given away`, async () => {
      const { outcome, server } = await run();
      assert.deepEqual(outcome, expected);
      assert.deepEqual(server.received, []);
    });

  test("behind the wall no connection is made at all", async () => {
    assert.equal((await attempt({}, {}, [])).server.connections(), 0);
  });

  test("a server that drips its greeting, or falls silent, holds nobody: it is tried again (RFC 5321, 4.5.3.2)", async () => {
    const drips = createServer((socket) => {
      const timer = setInterval(() => socket.write("220-a moment\r\n"), 20);
      socket.on("close", () => clearInterval(timer)).on("error", () => undefined);
    });
    const silent = createServer((socket) => void socket.on("error", () => undefined));
    for (const server of [drips, silent]) {
      const closed = Promise.withResolvers<void>();
      server.once("connection", (socket: Socket) => socket.resume().once("close", () => closed.resolve()));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const connect = walledConnector({
        allow: ["127.0.0.1/32"],
        connectTimeoutMs: 5_000,
        tls: {},
        resolve: resolveBySystem,
      });
      const settings = { host: "127.0.0.1", port, secure: false, from: "a@b.example" };
      const outcome = await smtpSender(settings, connect, "adapter.example", 500).send(mail);
      assert.deepEqual(outcome, { kind: "retry", code: "timeout" });
      await closed.promise;
      server.close();
    }
  });

  test("a passing refusal is told from one for good", async () => {
    const server = await startMailServer();
    const connect = walledConnector({
      allow: ["127.0.0.1/32", "::1/128"],
      connectTimeoutMs: 5_000,
      tls: {},
      resolve: resolveBySystem,
    });
    const settings = {
      host: "localhost",
      port: server.port,
      secure: false,
      from: "a@b.example",
      ca: mailAuthority.pem,
    };
    const sender = smtpSender(settings, connect, "adapter.example");
    server.refuse(mail.to, 451, 550);
    assert.deepEqual(await sender.send(mail), { kind: "retry", code: "smtp_451" });
    assert.deepEqual(await sender.send(mail), { kind: "refused", code: "smtp_550" });
    assert.deepEqual(await sender.send(mail), { kind: "sent" });
    await server.close();
  });
});

describe("alerts of an adapter", () => {
  let app: WholeApp;
  let server: MailServer;
  let site: WebhookSite;
  let folder: string;
  const operator = "night@hospital.example";
  const call = apiCaller(() => app);
  let counter = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "handover-mail-"));
    await writeFile(join(folder, "ca.pem"), mailAuthority.pem);
    server = await startMailServer(account);
    site = await webhookSite();
    app = await startWholeApp({
      tenants: () => [{ endpoints: [], alerts: { email: [operator] } }],
      environment: { MAIL_PASSWORD: password },
      file: {
        egress: { allow: ["127.0.0.1/32", "::1/128"] },
        mail: {
          host: "localhost",
          port: server.port,
          user: "handover",
          passwordEnv: "MAIL_PASSWORD",
          from: "handover@hospital.example",
          caFile: join(folder, "ca.pem"),
          everySeconds: 2,
        },
      },
    });
  });
  after(async () => {
    await app.stop();
    await server.close();
    await site.close();
    await rm(folder, { recursive: true });
  });

  const to = (address: string) => server.received.filter((one) => one.to.includes(address));
  const states = async (recipient: string): Promise<readonly Record<string, unknown>[]> =>
    app.database.asOwner(
      "select state, code, total, attempts from handover.alert_mail where recipient = $1 order by started_at",
      [recipient],
    );

  /** How much was told of these endpoints in the log of events. */
  const eventsOf = async (ids: readonly string[]): Promise<number> => {
    const [row] = await app.database.asOwner("select count(*)::int as n from handover.event where job = any ($1)", [
      ids.map((id) => `endpoint/${id}`),
    ]);
    return Number(row?.["n"]);
  };

  /** An endpoint whose receiver has gone, and what it is sent. */
  async function goneEndpoint(contact: string): Promise<string> {
    const id = `gone-${(counter += 1)}`;
    site.answer((_received, response) => response.writeHead(410).end());
    await call("POST", "/v1/endpoints", { id, url: `${site.url}/${id}`, contact, events: ["summary.*"] });
    await addEvents(app.database, { tenant: "general", job: `job-${id}`, type: "summary.signed" }, 1);
    return id;
  }

  test("go to the endpoint's contact and the tenant's operators: what happened, what to do, topic, event, link", async () => {
    const id = await goneEndpoint("his-team@hospital.example");
    const [received] = await eventually(() => {
      const found = to("his-team@hospital.example");
      return found.length > 0 ? found : undefined;
    }, "a mail to the contact");
    await eventually(() => to(operator).length > 0, "a mail to the operators");
    assert.ok(received !== undefined);
    assert.match(
      mailHeader(received, "Subject"),
      new RegExp(`^\\[Handover\\] general: endpoint ${id} is disabled`, "u"),
    );
    const text = mailText(received);
    const [event] = await app.database.asOwner(
      "select id from handover.event where job = $1 and type = 'endpoint.disabled'",
      [`endpoint/${id}`],
    );
    for (const part of [
      "answered 410 Gone",
      `handover endpoint resume ${id}`,
      "endpoint.disabled",
      String(event?.["id"]),
      `${app.url}/v1/endpoints/${id}`,
    ])
      assert.ok(text.includes(part), `${part} in\n${text}`);
    assert.doesNotMatch(text, /Patient\/|Encounter\//u);
    assert.deepEqual(await states("his-team@hospital.example"), [{ state: "sent", code: null, total: 2, attempts: 1 }]);
    assert.ok(!app.logLines.some((line) => line.includes("hospital.example") || line.includes(password)));
  });

  test("a server that is not ready is tried again, and the mail comes once", async () => {
    const contact = "later@hospital.example";
    server.refuse(contact, 451);
    await goneEndpoint(contact);
    await eventually(async () => (await states(contact))[0]?.["code"] === "smtp_451", "a first attempt");
    assert.equal((await states(contact))[0]?.["state"], "sending");
    await app.database.asOwner("update handover.alert_mail set due_at = now() where recipient = $1", [contact]);
    await eventually(async () => (await states(contact))[0]?.["state"] === "sent", "the mail after all");
    assert.deepEqual([to(contact).length, (await states(contact))[0]?.["attempts"]], [1, 2]);
  });

  test("an address that is refused for good is given up, and says so", async () => {
    const contact = "nobody@hospital.example";
    server.refuse(contact, 550);
    await goneEndpoint(contact);
    await eventually(async () => (await states(contact))[0]?.["state"] === "failed", "given up");
    assert.equal((await states(contact))[0]?.["code"], "smtp_550");
    assert.deepEqual(to(contact), []);
  });

  test("a storm is one mail at once and one with a count; every event is told of once", async () => {
    const contact = "storm@hospital.example";
    const id = await goneEndpoint(contact);
    await eventually(() => to(contact).length === 1, "the first at once");
    for (let round = 0; round < 13; round += 1) {
      await call("POST", `/v1/endpoints/${id}/resume`);
      await call("POST", `/v1/endpoints/${id}/pause`);
      await app.database.asOwner("update handover.endpoint set status = 'disabled' where id = $1", [id]);
    }
    const told = await eventually(async () => {
      const rows = await states(contact);
      return rows.length > 1 && rows.every(({ state }) => state === "sent") ? rows : undefined;
    }, "all sent");
    const events = await eventsOf([id]);
    assert.ok(events > 10, `${events} events`);
    assert.equal(
      told.reduce((sum, { total }) => sum + Number(total), 0),
      events,
    );
    assert.ok(told.length <= 6, `${told.length} mails for ${events} events`);
    const last = to(contact).at(-1);
    assert.ok(last !== undefined);
    assert.match(mailHeader(last, "Subject"), /, and \d+ more$/u);
  });

  test("two replicas send each mail once", async () => {
    const contact = "twice@hospital.example";
    const other = await app.replica("worker");
    const ids = await Promise.all(Array.from({ length: 4 }, () => goneEndpoint(contact)));
    await eventually(async () => {
      const rows = await states(contact);
      const told = rows.reduce((sum, { total }) => sum + Number(total), 0);
      return told >= 8 && told === (await eventsOf(ids)) && rows.every(({ state }) => state === "sent");
    }, "all four told of, with what was not delivered");
    assert.equal(to(contact).length, (await states(contact)).length);
    const messages = server.received.map((one) => mailHeader(one, "Message-ID"));
    assert.equal(new Set(messages).size, messages.length);
    await other.stop();
  });

  test("a contact that is no address is nobody to write to", async () => {
    const before = server.received.length;
    const id = await goneEndpoint("Night desk, extension 4711");
    await eventually(async () => (await call("GET", `/v1/endpoints/${id}`)).body.status === "disabled", "disabled");
    assert.deepEqual(await states("Night desk, extension 4711"), []);
    assert.ok(server.received.slice(before).every(({ to: [first] }) => first === operator));
  });

  test("what was lost with its process is taken up by another, under the same Message-ID", async () => {
    const contact = "crash@hospital.example";
    await app.database.asOwner(
      `insert into handover.alert_mail (tenant, id, recipient, state, events, total, attempts, due_at, started_at)
       select 'general', 'lost-1', $1, 'sending', jsonb_build_array(jsonb_build_object('log', job, 'sequence', seq)), 1, 1, now(), now()
       from handover.event where type = 'endpoint.disabled' limit 1`,
      [contact],
    );
    const [received] = await eventually(() => (to(contact).length > 0 ? to(contact) : undefined), "the mail");
    assert.ok(received !== undefined);
    assert.match(mailHeader(received, "Message-ID"), /^<lost-1@/u);
  });

  test("doctor tells whether the server would take them", async () => {
    const config = {
      egress: { allow: ["127.0.0.1/32", "::1/128"] },
      mail: {
        host: "localhost",
        port: server.port,
        user: "handover",
        passwordEnv: "MAIL_PASSWORD",
        from: "handover@hospital.example",
        caFile: join(folder, "ca.pem"),
      },
    };
    const look = async (file: object, given = password) =>
      checkMail(
        loadConfig({ demo: true, file, environment: { PUBLIC_URL: app.url, MAIL_PASSWORD: given, PORT: "8080" } }),
      );
    const [well] = await look(config);
    assert.deepEqual([well?.ok, well?.found], [true, `localhost:${server.port} lets us send, under TLS`]);
    const [wrong] = await look(config, "another");
    assert.deepEqual([wrong?.ok, wrong?.found], [false, `localhost:${server.port}: authentication_refused`]);
    const [walled] = await look({ ...config, egress: { allow: [] } });
    assert.match(walled?.fix ?? "", /egress\.allow/u);
    const { mail: whole } = config;
    assert.throws(
      () =>
        loadConfig({ demo: true, file: { mail: { ...whole, user: undefined } }, environment: { MAIL_PASSWORD: "x" } }),
      /user and passwordEnv/u,
    );
    assert.deepEqual(await look({}), []);
  });

  test("figures say how mails fare", async () => {
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    assert.match(metrics, /handover_alert_mails_total\{outcome="sent"\} [1-9]/u);
    assert.match(metrics, /handover_alert_mails_total\{outcome="refused"\} 1/u);
  });
});
