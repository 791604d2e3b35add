/** Creating is idempotent, and the log gapless, whatever arrives together (issue: "a double click, or a second trigger, joins it"). */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as fc from "fast-check";
import { AdapterError } from "../../src/core/errors.ts";
import type { CreateJob } from "../../src/jobs/jobs.ts";
import { composeHeart, jobInput } from "../support/adapter-heart.ts";
import { createTestDatabase } from "../support/postgres.ts";

const testDatabase = await createTestDatabase();
// Two replicas, each with its own pools.
const replicas = await Promise.all([composeHeart(testDatabase.open()), composeHeart(testDatabase.open())]);
const [heart] = replicas;
after(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await testDatabase.drop();
});

let run = 0;

interface Request {
  readonly encounter: number;
  readonly key: number | null;
  readonly digest: number;
  readonly kind: "hook" | "idempotency";
}

const request: fc.Arbitrary<Request> = fc.record({
  encounter: fc.integer({ min: 1, max: 3 }),
  key: fc.option(fc.integer({ min: 1, max: 3 })),
  digest: fc.integer({ min: 1, max: 2 }),
  kind: fc.constantFrom("hook", "idempotency"),
});

function toInput(tenant: string, { encounter, key, digest, kind }: Request): CreateJob {
  const input = jobInput({ tenant, encounter: `Encounter/e${encounter}` });
  // The digest says what is asked: another encounter is another digest.
  return key === null ? input : { ...input, key: { kind, value: `k${key}`, digest: `${encounter}.${digest}` } };
}

test("any requests at once on two replicas: one job per encounter, one job per key, another digest refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 10 }), async (requests) => {
      const tenant = `t${(run += 1)}`;
      const results = await Promise.allSettled(
        requests.map((each, index) => (replicas[index % 2] ?? heart).jobs.create(toInput(tenant, each))),
      );
      const jobOfEncounter = new Map<number, string>();
      const jobOfKey = new Map<string, string>();
      results.forEach((result, index) => {
        const asked = requests[index];
        assert.ok(asked !== undefined);
        if (result.status === "rejected") {
          const expected = asked.kind === "hook" ? "hook_instance_reused" : "idempotency_key_reused";
          assert.ok(result.reason instanceof AdapterError && result.reason.code === expected, String(result.reason));
          return;
        }
        const { job } = result.value;
        assert.equal(jobOfEncounter.get(asked.encounter) ?? job.id, job.id, "one open job per encounter");
        jobOfEncounter.set(asked.encounter, job.id);
        if (asked.key === null) return;
        const key = `${asked.kind} ${asked.key}`;
        assert.equal(jobOfKey.get(key) ?? job.id, job.id, "one job per key");
        jobOfKey.set(key, job.id);
      });
      const created = results.filter((result) => result.status === "fulfilled" && result.value.created).length;
      assert.equal(created, jobOfEncounter.size);
      const rows = await testDatabase.asOwner("select id, seq from handover.job where tenant = $1", [tenant]);
      assert.equal(rows.length, jobOfEncounter.size, "no job that nobody was told of");
      const messages = await testDatabase.asOwner(
        "select 1 from pgboss.job where name = 'job' and data ->> 'tenant' = $1",
        [tenant],
      );
      assert.equal(messages.length, rows.length, "one message per job");
    }),
    { numRuns: 40 },
  );
});

test("20 clicks at once on the same hook are one job, and everybody is told the same", async () => {
  const input = jobInput({
    tenant: "clicks",
    key: { kind: "hook", value: "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", digest: "a" },
  });
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (replicas[index % 2] ?? heart).jobs.create(input)),
  );
  assert.equal(new Set(results.map((result) => result.job.id)).size, 1);
  assert.equal(results.filter((result) => result.created).length, 1);
});

test("a key goes on naming its job after the job has ended", async () => {
  const input = jobInput({ tenant: "ended", key: { kind: "idempotency", value: "k", digest: "a" } });
  const first = await heart.jobs.create(input);
  await heart.jobs.cancel("ended", first.job.id, input.actor);
  const again = await heart.jobs.create(input);
  assert.deepEqual([again.job.id, again.created, again.job.status], [first.job.id, false, "cancelled"]);
  await assert.rejects(heart.jobs.create({ ...input, key: { kind: "idempotency", value: "k", digest: "b" } }), {
    code: "idempotency_key_reused",
  });
  const fresh = await heart.jobs.create({ ...input, key: { kind: "idempotency", value: "k2", digest: "a" } });
  assert.notEqual(fresh.job.id, first.job.id);
});

test("a request for the encounter of another patient never returns that patient's job", async () => {
  const input = jobInput({ tenant: "mixup" });
  await heart.jobs.create(input);
  await assert.rejects(heart.jobs.create({ ...input, patient: "Patient/other" }), {
    code: "parameter_invalid",
    at: "patient",
  });
});

test("events appended by many at once have gapless sequences, and everything else about them unchanged", async () => {
  const tenant = "gapless";
  const { job } = await heart.jobs.create(jobInput({ tenant, waitForLaunch: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 12 }), async (sizes) => {
      const before = (await heart.jobs.get(tenant, job.id))?.lastSequence ?? 0;
      await Promise.allSettled(
        sizes.map((size, index) =>
          (replicas[index % 2] ?? heart).database.worker.transaction(tenant, async (tx) => {
            const events = Array.from({ length: size }, () => ({
              type: "task.progress" as const,
              data: { writer: index },
            }));
            await heart.eventLog.append(tx, tenant, job.id, events);
            if (index % 4 === 3) throw new Error("rolled back");
          }),
        ),
      );
      const written = sizes.filter((_, index) => index % 4 !== 3).reduce((sum, size) => sum + size, 0);
      const events = await heart.eventLog.readJob(tenant, job.id, 0, 10_000);
      assert.equal(events.length, before + written);
      assert.deepEqual(
        events.map((event) => event.sequence),
        events.map((_, index) => index + 1),
      );
    }),
    { numRuns: 25 },
  );
});
