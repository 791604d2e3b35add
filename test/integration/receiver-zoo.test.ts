/**
 * Every way in which a receiver can behave badly, each a real server, all at once: what its attempt comes to is written down, no
 * attempt takes longer than it may, and none of them costs memory.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEgressClient } from "../../src/egress/client.ts";
import type { EgressClient } from "../../src/egress/client.ts";
import { postOver } from "../../src/egress/post.ts";
import { aTenant, addEvent, apply, startDelivery } from "../support/delivery.ts";
import type { RunningDelivery } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { Animal, OpenAnimal } from "../support/zoo/animal.ts";
import { nameAnimals, zooResolver } from "../support/zoo/name-animals.ts";
import { brokenEnds, brokenHttp, floods, silent } from "../support/zoo/raw-animals.ts";
import { statusAnimals } from "../support/zoo/status-animals.ts";
import { tlsAnimals, zooCaPem } from "../support/zoo/tls-animals.ts";

const groups: readonly (readonly [name: string, animals: readonly Animal[]])[] = [
  ["silence", silent],
  ["too much", floods],
  ["broken ends", brokenEnds],
  ["broken HTTP", brokenHttp],
  ["statuses", statusAnimals],
  ["TLS", tlsAnimals],
  ["names", nameAnimals],
];
const animals = groups.flatMap(([, members]) => members);
const idOf = (animal: Animal): string => `a${animals.indexOf(animal)}`;

const tenant = "zoo";
const timeoutSeconds = 1;
/** What may still be read of an answer whose status is known, and the machine's own slowness. */
const slackMs = 3000;
const mostBytesRead = 16 * 1024;
const megabyte = 1024 * 1024;

let db: TestDatabase;
let client: EgressClient;
let delivery: RunningDelivery;
let peakBytes = 0;
let startBytes = 0;
let watching: NodeJS.Timeout;
const opened = new Map<Animal, OpenAnimal>();

async function addEndpoints(): Promise<void> {
  const retry = { attempts: 1, baseSeconds: 1, factor: 1, maxSeconds: 1, jitter: 0 };
  const endpoints = [...opened].map(([animal, { url }]) => ({
    id: idOf(animal),
    url,
    events: [animal.big === true ? "summary.amended" : "summary.signed"],
    timeoutSeconds,
    retry,
    ...animal.endpoint,
  }));
  await apply(db.open(), aTenant(tenant, endpoints));
}

const attemptsOf = (animal: Animal) =>
  db.asOwner(
    `select a.outcome, a.code, a.http_status, a.response_bytes, a.duration_ms, extract(epoch from a.retry_at - a.started_at)::float8 as waits
     from handover.attempt a where a.tenant = $1 and a.endpoint = $2 order by a.number`,
    [tenant, idOf(animal)],
  );

before(async () => {
  db = await createTestDatabase();
  for (const animal of animals) opened.set(animal, await animal.open());
  await addEndpoints();
  await addEvent(db, { tenant, job: "j1" });
  await addEvent(db, { tenant, job: "j1", type: "summary.amended", data: { padding: "x".repeat(8 * megabyte) } });
  const names = Object.assign({}, ...animals.map((animal) => animal.names ?? {}));
  client = createEgressClient({
    allow: ["127.0.0.1/32"],
    allowHttp: true,
    ca: zooCaPem,
    resolve: zooResolver(names),
  });
  const post = postOver(client);
  startBytes = process.memoryUsage.rss();
  watching = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 10);
  delivery = startDelivery(db.open(), { post: () => post });
});
after(async () => {
  clearInterval(watching);
  await delivery.stop(0);
  await client.close();
  await Promise.all([...opened.values()].map((open) => open.close()));
  await db.drop();
});

describe("a receiver that", () => {
  for (const [name, members] of groups) {
    describe(name, () => {
      for (const animal of members) {
        test(animal.does, async () => {
          const rows = await eventually(
            async () => {
              const found = await attemptsOf(animal);
              return found.length >= animal.attempts.length && found;
            },
            "its attempts are recorded",
            20_000,
          );
          assert.deepEqual(
            rows.map((row) => [row["outcome"], row["code"], row["http_status"] ?? undefined]),
            animal.attempts.map(({ outcome, code, httpStatus }) => [outcome, code, httpStatus]),
          );
          for (const [index, row] of rows.entries()) {
            assert.ok(
              Number(row["duration_ms"]) <= timeoutSeconds * 1000 + slackMs,
              `took ${String(row["duration_ms"])} ms`,
            );
            assert.ok(Number(row["response_bytes"]) <= mostBytesRead);
            const [least, most] = animal.attempts[index]?.waitsSeconds ?? [0, Number.POSITIVE_INFINITY];
            const waits = Number(row["waits"] ?? 0);
            assert.ok(waits >= least && waits <= most, `waits ${waits} s`);
          }
          opened.get(animal)?.witness?.();
        });
      }
    });
  }
});

describe("the zoo as a whole", () => {
  test("an endpoint that said 410 is disabled; none of the others is", async () => {
    const rows = await db.asOwner(
      "select id, reason from handover.endpoint where tenant = $1 and status = 'disabled'",
      [tenant],
    );
    const gone = animals.filter((animal) => animal.attempts.some(({ code }) => code === "http_410"));
    assert.deepEqual(
      rows,
      gone.map((animal) => ({ id: idOf(animal), reason: "gone" })),
    );
  });

  test("every delivery has its attempt, and no attempt belongs to none", async () => {
    const [row] = await db.asOwner(
      `select count(*)::int as deliveries, count(*) filter (where d.attempts = 0)::int as untried,
         (select count(*)::int from handover.attempt a where a.tenant = $1) as attempts, sum(d.attempts)::int as counted
       from handover.delivery d where d.tenant = $1`,
      [tenant],
    );
    assert.deepEqual([row?.["deliveries"], row?.["untried"]], [animals.length, 0]);
    assert.equal(row?.["attempts"], row?.["counted"]);
  });

  test("its floods and bombs cost little memory: its servers, which are in this process, included", () => {
    const grownMegabytes = (peakBytes - startBytes) / megabyte;
    assert.ok(grownMegabytes < 250, `grew by ${grownMegabytes.toFixed(0)} MB`);
  });
});
