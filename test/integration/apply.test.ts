/** `handover apply` and running replicas: who is served changes without a restart, and nobody else notices. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import request from "supertest";
import { z } from "zod";
import type { App } from "../../src/app.ts";
import { createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/load.ts";
import { inheritedEnvironment } from "../../src/cli/demo/adapter-process.ts";
import { runCli } from "../../src/cli/program.ts";
import type { Finished } from "../support/cli.ts";
import { handover, startHandover } from "../support/cli.ts";
import { addEvents } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { TestKey } from "../support/jwt-issuer.ts";
import { hookClaims, makeTestKey, signJwt } from "../support/jwt-issuer.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { listenLocally } from "../support/tampered-ehr.ts";

const PUBLIC_URL = "https://adapter.example";
const SERVICE = "/cds-services/discharge-summary";
const secrets = {
  HANDOVER_SECRET_GENERAL: "key-of-the-general-gateway",
  HANDOVER_SECRET_LAKESIDE: "key-of-the-lakeside-gateway",
  HANDOVER_SECRET_HIS: `whsec_${Buffer.alloc(32, 4).toString("base64")}`,
};
/** Only the command knows it: what names it can be stored and cannot be served. */
const absent = { HANDOVER_SECRET_ELSEWHERE: "a-key-that-no-replica-holds" };
const keys = { general: makeTestKey("g1"), lakeside: makeTestKey("l1"), second: makeTestKey("l2") };

interface Entry {
  readonly id: string;
  readonly [member: string]: unknown;
}

function entry(id: "general" | "lakeside", key: TestKey, more: object = {}): Entry {
  return {
    id,
    name: `${id} hospital`,
    environment: "test",
    network: { allowHttp: true, allow: ["127.0.0.1/32"] },
    ehr: {
      fhirBaseUrl: `https://${id}.example/fhir`,
      cdsHooks: { issuers: [{ iss: `https://${id}.example`, jwks: { keys: [key.publicJwk] } }] },
      smart: { clientId: "handover" },
    },
    apiClients: [{ id: `gateway-${id}`, keyEnv: `HANDOVER_SECRET_${id.toUpperCase()}` }],
    ...more,
  };
}

const general = entry("general", keys.general);
const lakeside = entry("lakeside", keys.lakeside);

let database: TestDatabase;
let folder: string;
let environment: Record<string, string>;
const replicas: App[] = [];

async function startReplica(roles: string, tenants: readonly Entry[] | undefined): Promise<App> {
  const file = tenants === undefined ? {} : { tenants };
  const app = await createApp(
    loadConfig({
      environment: { ...environment, ...secrets, PORT: "0", HANDOVER_ROLES: roles, LOG_LEVEL: "silent" },
      file,
    }),
  );
  replicas.push(app);
  return app;
}

before(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), "handover-apply-"));
  environment = {
    DATABASE_URL: database.appUrl,
    DATABASE_MIGRATION_URL: database.ownerUrl,
    HANDOVER_MASTER_KEY: "ab".repeat(32),
    PUBLIC_URL,
  };
  for (const roles of ["api,worker", "api"]) await startReplica(roles, [general]);
});
after(async () => {
  await Promise.all(replicas.map((app) => app.stop(500)));
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const agents = () => replicas.map((app) => request(`http://127.0.0.1:${app.port}`));

/** The statuses with which each replica answers a hook signed with this key. */
async function hookStatuses(id: string, key: TestKey): Promise<readonly number[]> {
  const token = (): string => signJwt(key, hookClaims(`https://${id}.example`, PUBLIC_URL + SERVICE, Date.now()));
  const body = (): object => ({
    hook: "patient-view",
    hookInstance: randomUUID(),
    context: { userId: "Practitioner/d1", patientId: "p1", encounterId: "e1" },
  });
  const answers = await Promise.all(
    agents().map((agent) => agent.post(SERVICE).set("authorization", `Bearer ${token()}`).send(body())),
  );
  return answers.map(({ status }) => status);
}

async function apiStatuses(key: string): Promise<readonly number[]> {
  const answers = await Promise.all(
    agents().map((agent) => agent.get("/v1/jobs").set("authorization", `Bearer ${key}`)),
  );
  return answers.map(({ status }) => status);
}

/** What each replica allows a browser of this origin. */
async function allowedOrigins(origin: string): Promise<readonly unknown[]> {
  const answers = await Promise.all(agents().map((agent) => agent.get("/cds-services").set("origin", origin)));
  return answers.map(({ headers }) => Object(headers)["access-control-allow-origin"]);
}

const all = (statuses: readonly number[], wanted: number): boolean => statuses.every((status) => status === wanted);

const ownEnvironment = process.env;
let running = 0;

/** Runs a command in this process, which is quicker than a new one; meanwhile the environment is that of a command. */
async function run(args: readonly string[]): Promise<Finished> {
  let [stdout, stderr] = ["", ""];
  running += 1;
  process.env = { ...inheritedEnvironment(ownEnvironment), ...environment, ...secrets, ...absent };
  try {
    const io = { stdout: (text: string) => void (stdout += text), stderr: (text: string) => void (stderr += text) };
    return { code: await runCli(args, io), stdout, stderr };
  } finally {
    running -= 1;
    if (running === 0) process.env = ownEnvironment;
  }
}

/** Writes the tenants into a file and applies it. */
async function apply(tenants: readonly Entry[], args: readonly string[] = [], over: object = {}): Promise<Finished> {
  const file = join(folder, `${randomUUID()}.json`);
  await writeFile(file, JSON.stringify({ tenants, ...over }));
  return run(["apply", "-f", file, ...args]);
}

async function applied(tenants: readonly Entry[], args: readonly string[] = []): Promise<string> {
  const end = await apply(tenants, args);
  assert.equal(end.code, 0, end.stderr);
  return end.stdout;
}

/** Well above the second that replicas let pass between two looks, for a busy machine. */
const TAKEN_OVER_MS = 8_000;
const takenOver = (probe: () => Promise<boolean>, what: string): Promise<true> =>
  eventually(async () => ((await probe()) ? true : undefined), what, TAKEN_OVER_MS);

/** A stream of a job that waits for its launch, and so stays open. */
async function openStream(key: string): Promise<{ readonly open: () => boolean; readonly close: () => void }> {
  const [agent] = agents();
  const authorization = `Bearer ${key}`;
  const stay = { patient: "Patient/p9", encounter: "Encounter/e9" };
  const made = await agent?.post("/v1/jobs").set("authorization", authorization).send(stay);
  assert.equal(made?.status, 202);
  const { id } = z.object({ id: z.string() }).parse(made?.body);
  const headers = { authorization, accept: "text/event-stream" };
  const [app] = replicas;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port: app?.port, path: `/v1/jobs/${id}/events`, headers }, resolve).on("error", reject);
  });
  let closed = false;
  response.on("close", () => void (closed = true)).resume();
  assert.equal(response.statusCode, 200);
  return { open: () => !closed, close: () => response.destroy() };
}

describe("apply, and replicas that run", () => {
  it("adds a tenant, changes its issuers, removes it and brings it back; another tenant's stream stays open", async () => {
    const stream = await openStream(secrets.HANDOVER_SECRET_GENERAL);
    assert.deepEqual(await hookStatuses("lakeside", keys.lakeside), [401, 401]);

    assert.match(await applied([lakeside]), /^ {2}created {4}tenant lakeside$/mu);
    await takenOver(async () => all(await hookStatuses("lakeside", keys.lakeside), 200), "lakeside is served");
    assert.ok(all(await apiStatuses(secrets.HANDOVER_SECRET_LAKESIDE), 200));
    const own = await openStream(secrets.HANDOVER_SECRET_LAKESIDE);

    const origin = "https://lakeside.example";
    assert.deepEqual(await allowedOrigins(origin), [undefined, undefined]);
    const issuers = [{ iss: origin, jwks: { keys: [keys.second.publicJwk] } }];
    const ehr = { ...Object(lakeside["ehr"]), cdsHooks: { issuers, corsOrigins: [origin] } };
    assert.match(
      await applied([{ ...lakeside, ehr }]),
      /^ {2}changed {4}tenant lakeside: ehr\.cdsHooks\.corsOrigins, ehr\.cdsHooks\.issuers$/mu,
    );
    await takenOver(async () => all(await hookStatuses("lakeside", keys.second), 200), "the new key counts");
    assert.deepEqual(await allowedOrigins(origin), [origin, origin]);
    assert.deepEqual(await hookStatuses("lakeside", keys.lakeside), [401, 401], "the old one does not");
    assert.ok(own.open(), "a change of its settings closed its stream");

    assert.match(await applied([general], ["--prune"]), /^ {2}removed {4}tenant lakeside$/mu);
    await takenOver(async () => all(await hookStatuses("lakeside", keys.second), 401), "lakeside is refused");
    assert.deepEqual(await apiStatuses(secrets.HANDOVER_SECRET_LAKESIDE), [401, 401]);
    assert.deepEqual(await hookStatuses("general", keys.general), [200, 200]);
    await eventually(() => !own.open(), "its own stream is closed");

    assert.match(await applied([lakeside]), /^ {2}restored {3}tenant lakeside/mu);
    await takenOver(async () => all(await hookStatuses("lakeside", keys.lakeside), 200), "lakeside is back");
    assert.ok(stream.open(), "the stream of the other tenant was closed");
    stream.close();
  });

  it("applied twice changes nothing; --dry-run writes nothing; --json says the same as data", async () => {
    await applied([lakeside]);
    assert.match(await applied([lakeside]), /unchanged {2}tenant lakeside\nNothing to change\./u);
    const before = await database.asOwner("select * from handover.tenant order by tenant");
    const dry = await applied([{ ...lakeside, name: "Another name" }], ["--dry-run", "--json"]);
    assert.deepEqual(JSON.parse(dry), {
      dryRun: true,
      tenants: [{ id: "lakeside", outcome: "changed", changed: ["name"] }],
      endpoints: [],
      warnings: [],
    });
    assert.deepEqual(await database.asOwner("select * from handover.tenant order by tenant"), before);
  });

  it("reads YAML from standard input", async () => {
    const yaml =
      "tenants:\n  - id: by-pipe\n    name: By pipe\n    environment: test\n    ehr: { fhirBaseUrl: https://pipe.example/fhir }\n";
    const command = startHandover(["apply", "-f", "-", "--dry-run"], { ...environment, ...secrets }, yaml);
    const end = await command.finished;
    assert.equal(end.code, 0, end.stderr);
    assert.match(end.stdout, /created {4}tenant by-pipe\n1 change\. Nothing was written/u);
  });

  it("commands that run at once take turns: none is lost, none fails", async () => {
    const tenants = ["one", "two", "three"].map((id) => ({
      id,
      name: id,
      environment: "test",
      ehr: { fhirBaseUrl: `https://${id}.example/fhir` },
    }));
    const ends = await Promise.all(tenants.map((tenant) => apply([tenant])));
    assert.deepEqual(
      ends.map(({ code, stderr }) => [code, stderr]),
      tenants.map(() => [0, ""]),
    );
    const rows = await database.asOwner(
      "select count(*)::int as n, count(distinct revision)::int as r from handover.tenant",
    );
    assert.equal(rows[0]?.["n"], rows[0]?.["r"]);
    assert.match(await applied([general, lakeside], ["--prune"]), /removed {4}tenant one/u);
  });

  it("stores settings sealed: no key, no issuer and no header in clear", async () => {
    await applied([lakeside]);
    const rows = JSON.stringify(await database.asOwner("select t::text from handover.tenant t"));
    for (const text of ["lakeside.example", "HANDOVER_SECRET", "lakeside hospital"])
      assert.ok(!rows.includes(text) && !rows.includes(Buffer.from(text).toString("hex")), text);
  });
});

describe("apply refuses, and changes nothing", () => {
  before(() => applied([lakeside]));
  const twin = { ...entry("lakeside", keys.second), id: "twin", apiClients: [] };
  const refusals: readonly [string, readonly Entry[], RegExp][] = [
    [
      "an issuer that another stored tenant has",
      [twin],
      /twin\.ehr\.cdsHooks.*same iss and tenant as tenant lakeside/u,
    ],
    [
      "a secret that is not there",
      [{ ...lakeside, apiClients: [{ id: "x", keyEnv: "HANDOVER_SECRET_NOWHERE" }] }],
      /HANDOVER_SECRET_NOWHERE is not set/u,
    ],
    [
      "a secret written into the file",
      [{ ...lakeside, apiClients: [{ id: "x", key: "hunter2-hunter2-hunter2" }] }],
      /for the demo only/u,
    ],
    ["a setting that there is not", [{ ...lakeside, nmae: "x" }], /nmae/u],
    [
      "an endpoint that may not be called, beside tenants that are right",
      [
        { ...lakeside, name: "Right" },
        {
          ...entry("general", keys.general),
          endpoints: [{ id: "his", url: "http://10.0.0.1/hook", secretEnv: "HANDOVER_SECRET_HIS" }],
        },
      ],
      /tenant general, endpoint his: its url may not be called/u,
    ],
    [
      "a production hospital over http",
      [{ ...lakeside, environment: "production", network: {}, ehr: { fhirBaseUrl: "http://lakeside.example/fhir" } }],
      /must be https in production/u,
    ],
  ];
  for (const [title, tenants, wanted] of refusals)
    it(title, async () => {
      const before = await database.asOwner("select * from handover.tenant order by tenant");
      const end = await apply(tenants);
      assert.equal(end.code, 78, end.stdout);
      assert.match(end.stderr, wanted);
      assert.doesNotMatch(end.stderr + end.stdout, /hunter2/u);
      assert.deepEqual(await database.asOwner("select * from handover.tenant order by tenant"), before);
    });

  it("a file without tenants, one that is not there, one that is no YAML", async () => {
    for (const [name, text, wanted] of [
      ["empty.yaml", "egress: {}", /has no `tenants`/u],
      ["absent.yaml", undefined, /cannot be read/u],
      ["broken.yaml", "tenants: [", /not readable as JSON or YAML/u],
    ] as const) {
      if (text !== undefined) await writeFile(join(folder, name), text);
      const end = await run(["apply", "-f", join(folder, name)]);
      assert.equal(end.code, 78);
      assert.match(end.stderr, wanted);
    }
  });

  it("says that networks of the whole process are not a tenant's to change", async () => {
    const end = await apply([lakeside], ["--dry-run"], {
      egress: { allow: ["10.0.0.0/8"] },
      inboundAllow: ["10.0.0.0/8"],
      retention: { attemptDays: 30 },
    });
    assert.equal(end.code, 0);
    assert.match(end.stderr, /egress is not applied: it belongs to each process's own file/u);
    assert.match(end.stderr, /inboundAllow is not applied/u);
    assert.match(end.stderr, /retention is not applied/u);
  });
});

/** A figure of each replica. */
async function metricOf(name: string): Promise<readonly number[]> {
  const texts = await Promise.all(agents().map(async (agent) => (await agent.get("/metrics")).text));
  return texts.map((text) => Number(new RegExp(`^${name} (\\d+)`, "mu").exec(text)?.[1]));
}

describe("what one tenant lacks hurts no other", () => {
  it("settings that name a secret which a replica does not hold: the last good ones stay in force there", async () => {
    await applied([lakeside]);
    await takenOver(async () => all(await hookStatuses("lakeside", keys.lakeside), 200), "lakeside is served");
    const away = { apiClients: [{ id: "x", keyEnv: "HANDOVER_SECRET_ELSEWHERE" }] };
    await applied([entry("lakeside", keys.second, away)]);
    await takenOver(async () => (await metricOf("handover_tenants_refused")).every((n) => n === 1), "both tell");
    assert.deepEqual(await hookStatuses("lakeside", keys.lakeside), [200, 200]);
    assert.deepEqual(await hookStatuses("lakeside", keys.second), [401, 401]);
    assert.deepEqual(await hookStatuses("general", keys.general), [200, 200]);
    await applied([lakeside]);
    await takenOver(async () => (await metricOf("handover_tenants_refused")).every((n) => n === 0), "mended");
  });
});

describe("an entry that another hand put into the database", () => {
  it("is not believed: the last good settings stay in force, a start is not stopped by it, applying mends it", async () => {
    await applied([general, lakeside], ["--prune"]);
    await takenOver(async () => all(await hookStatuses("lakeside", keys.lakeside), 200), "lakeside is served");
    // Whole and rightly sealed, for another tenant.
    await database.asOwner(
      `update handover.tenant t set sealed = o.sealed, revision = (select max(revision) + 1 from handover.tenant)
       from handover.tenant o where t.tenant = 'lakeside' and o.tenant = 'general'`,
    );
    await takenOver(async () => (await metricOf("handover_tenants_refused")).every((n) => n === 1), "it is told");
    assert.ok(all(await hookStatuses("lakeside", keys.lakeside), 200));
    const app = await startReplica("api", [general]);
    assert.ok(all(await hookStatuses("general", keys.general), 200), "the new replica serves the others");
    replicas.splice(replicas.indexOf(app), 1);
    await app.stop(0);
    const show = await run(["tenant", "show", "lakeside"]);
    assert.match(show.stdout, /cannot be used here: its settings do not open/u);
    assert.match(await applied([lakeside]), /changed {4}tenant lakeside/u);
    await takenOver(async () => (await metricOf("handover_tenants_refused")).every((n) => n === 0), "mended");
  });
});

describe("a start's file beside what was applied", () => {
  it("a restart with the old file does not undo a later apply; a file without tenants says nothing of any", async () => {
    await applied([entry("general", keys.second)]);
    await takenOver(async () => all(await hookStatuses("general", keys.second), 200), "the applied key counts");
    for (const tenants of [[general], undefined]) {
      await startReplica("api", tenants);
      assert.ok(all(await hookStatuses("general", keys.second), 200), "and goes on counting, everywhere");
    }
    await applied([general]);
    await takenOver(async () => all(await hookStatuses("general", keys.general), 200), "general as at the beginning");
  });

  it("a tenant that only starts brought is no longer served once the file of a start does not name it", async () => {
    const own = await createTestDatabase();
    const start = async (tenants: readonly Entry[]): Promise<App> =>
      createApp(
        loadConfig({
          environment: { ...environment, DATABASE_URL: own.appUrl, ...secrets, PORT: "0", LOG_LEVEL: "silent" },
          file: { tenants },
        }),
      );
    const statusOf = async (app: App): Promise<number> =>
      (
        await request(`http://127.0.0.1:${app.port}`)
          .get("/v1/jobs")
          .set("authorization", `Bearer ${secrets.HANDOVER_SECRET_LAKESIDE}`)
      ).status;
    const seen: number[] = [];
    for (const tenants of [[general, lakeside], [general], [general, lakeside]]) {
      const app = await start(tenants);
      seen.push(await statusOf(app));
      await app.stop(0);
    }
    assert.deepEqual(seen, [200, 401, 200]);
    await own.drop();
  });
});

describe("a removed tenant", () => {
  it("is owed what happened meanwhile: nothing is sent while it is gone, and all of it when it is back", async () => {
    const received: string[] = [];
    const receiver = createServer((incoming, response) => {
      received.push(String(incoming.headers["webhook-id"]));
      incoming.resume();
      response.writeHead(204).end();
    });
    const url = await listenLocally(receiver);
    const endpoints = [{ id: "his", url: `${url}/hook`, events: ["summary.*"], secretEnv: "HANDOVER_SECRET_HIS" }];
    const told = { ...lakeside, endpoints };
    try {
      assert.match(await applied([told]), /created {4}endpoint lakeside\/his/u);
      await takenOver(async () => all(await hookStatuses("lakeside", keys.lakeside), 200), "lakeside is served");
      const event = { tenant: "lakeside", job: randomUUID() };
      const [first] = await addEvents(database, event, 1);
      await eventually(() => received.includes(first ?? ""), "the first event arrives");

      const removed = await run(["tenant", "remove", "lakeside"]);
      assert.equal(removed.code, 0, removed.stderr);
      await takenOver(async () => all(await hookStatuses("lakeside", keys.lakeside), 401), "lakeside is gone");
      const later = await addEvents(database, event, 3);
      await eventually(async () => {
        const [row] = await database.asOwner(
          "select count(*)::int as n from handover.delivery where tenant = 'lakeside' and state = 'pending'",
        );
        return row?.["n"] === 3;
      }, "three deliveries wait");
      // The sweep of due rows has looked at least once since: it looks every second.
      const [due] = await database.asOwner("select count(*)::int as n from handover.sys_due_endpoints(100)");
      assert.deepEqual([due?.["n"], received.length], [0, 1]);

      await applied([told]);
      await eventually(() => later.every((id) => received.includes(id)), "what waited arrives");

      assert.match(await applied([general, lakeside], ["--prune"]), /removed {4}endpoint lakeside\/his/u);
      assert.match(await applied([told]), /restored {3}endpoint lakeside\/his/u);
    } finally {
      receiver.closeAllConnections();
      receiver.close();
    }
  });
});

describe("a kill in the middle of apply", () => {
  it("leaves nothing of it", async () => {
    const endpoints = [{ id: "his", url: "https://his.example/hook", secretEnv: "HANDOVER_SECRET_HIS" }];
    await applied([{ ...lakeside, endpoints }]);
    const before = await database.asOwner("select * from handover.tenant order by tenant");
    const blocker = database.open();
    // Its second half waits for this row: the tenants' rows are written by then, and not committed.
    await blocker.worker.transaction("lakeside", async (tx) => {
      await tx.query("select from handover.endpoint where tenant = 'lakeside' and id = 'his' for update", []);
      const file = join(folder, "killed.json");
      const tenants = [
        { ...general, name: "Half" },
        { ...lakeside, name: "Half", endpoints },
      ];
      await writeFile(file, JSON.stringify({ tenants }));
      const command = startHandover(["apply", "-f", file], { ...environment, ...secrets });
      await eventually(async () => {
        const rows = await database.asOwner(
          "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%for update%' and datname = current_database()",
        );
        // Keeps this transaction from counting as idle.
        await tx.query("select 1", []);
        return rows.length > 0;
      }, "apply waits in its middle");
      command.child.kill("SIGKILL");
      assert.equal((await command.finished).code, null);
    });
    assert.deepEqual(await database.asOwner("select * from handover.tenant order by tenant"), before);
    assert.match(await applied([{ ...lakeside, endpoints }]), /Nothing to change/u, "and nothing is locked");
  });
});

describe("tenant list and show", () => {
  it("tell what is served, and whose word it is; no secret, headers masked", async () => {
    const endpoints = [
      {
        id: "his",
        url: "https://his.example/hook",
        secretEnv: "HANDOVER_SECRET_HIS",
        headers: { authorization: "Bearer hunter2" },
      },
    ];
    await applied([{ ...lakeside, endpoints }]);
    const list = await run(["tenant", "list", "--json"]);
    const { tenants } = z
      .object({ tenants: z.array(z.object({ id: z.string(), status: z.string(), origin: z.string() })) })
      .parse(JSON.parse(list.stdout));
    assert.deepEqual(
      tenants.filter(({ status }) => status === "served"),
      [
        { id: "general", status: "served", origin: "apply" },
        { id: "lakeside", status: "served", origin: "apply" },
      ],
    );
    const show = await run(["tenant", "show", "lakeside"]);
    assert.equal(show.code, 0, show.stderr);
    assert.match(show.stdout, /^# lakeside: served; settings from a command \(apply\)$/mu);
    assert.match(show.stdout, /secretEnv: HANDOVER_SECRET_HIS/u);
    assert.doesNotMatch(show.stdout, /hunter2/u);
    const here = await handover(["tenant", "show", "lakeside"], environment);
    assert.equal(here.code, 1);
    assert.match(here.stdout, /cannot be used here: .*HANDOVER_SECRET_LAKESIDE is not set/u);
    const nobody = await run(["tenant", "show", "nobody"]);
    assert.equal(nobody.code, 78);
    assert.match(nobody.stderr, /There is no tenant nobody; the database holds: general, lakeside, one/u);
  });
});
