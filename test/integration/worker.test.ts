/** Workers that come and go: a deploy costs no retry, a lost lease stops the work, a lost commit's answer strands nothing. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Heart } from "../support/adapter-heart.ts";
import { composeHeart, jobInput, scriptedGenerator, scriptedSections } from "../support/adapter-heart.ts";
import { turnsOf } from "../../src/jobs/worker.ts";
import { eventually } from "../support/eventually.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { us } from "../support/jurisdictions.ts";

const testDatabase = await createTestDatabase();
after(() => testDatabase.drop());

const options = { timeZone: "UTC", language: "en", jurisdiction: us } as const;

/** A replica of its own: pools, queue, log. */
const replica = (): Promise<Heart> => composeHeart(testDatabase.open());

/** An engine that stands still at a job's first attempt until it is told to stop. */
function standing(): {
  readonly generatorFor: () => { generator: ReturnType<typeof scriptedGenerator>; options: typeof options };
  readonly reached: Promise<void>;
  readonly aborted: Promise<void>;
} {
  const reached = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const generator = scriptedGenerator({
    between: async ({ signal, requestId }) => {
      if (!requestId.endsWith(".1")) return;
      reached.resolve();
      await new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          aborted.resolve();
          reject(signal.reason as Error);
        });
      });
    },
  });
  return { generatorFor: () => ({ generator, options }), reached: reached.promise, aborted: aborted.promise };
}

const counters = async (job: string) =>
  (await testDatabase.asOwner("select status, attempt, failures, losses from handover.job where id = $1", [job]))[0];

describe("hospitals share a worker", () => {
  const ofTenant = (tenant: string, stay: string) => {
    const encounter = `Encounter/${stay}`;
    const [patient, visit] = [
      { resourceType: "Patient", id: "p1" } as const,
      {
        resourceType: "Encounter",
        id: stay,
        status: "in-progress",
        class: { code: "IMP" },
        subject: { reference: "Patient/p1" },
      } as const,
    ];
    return jobInput({ tenant, encounter, snapshot: { kind: "bundle", resources: [patient, visit] } });
  };

  test("one with a single job takes the next free place, however many jobs of others wait", async () => {
    const heart = await replica();
    const waiting: (() => void)[] = [];
    const order: string[] = [];
    const generatorFor = (tenant: string) => {
      const generator = scriptedGenerator({
        sections: scriptedSections.slice(0, 1),
        between: () => {
          order.push(tenant);
          return new Promise<void>((resolve) => waiting.push(resolve));
        },
      });
      return { generator, options };
    };
    for (const tenant of ["flood-a", "flood-b"])
      for (let stay = 0; stay < 20; stay += 1) await heart.jobs.create(ofTenant(tenant, `s${stay}`));
    heart.worker({ slots: 4, generatorFor });
    await eventually(() => order.length === 4, "all places taken");
    assert.deepEqual(order.toSorted(), ["flood-a", "flood-a", "flood-b", "flood-b"], "equal shares");
    await heart.jobs.create(ofTenant("quiet", "only"));
    waiting.shift()?.();
    await eventually(() => order.length === 5, "the next job");
    assert.equal(order[4], "quiet");
    const { job } = await heart.jobs.create(ofTenant("quiet", "second"));
    waiting.shift()?.();
    await eventually(() => order.length === 6, "the next but one");
    assert.notEqual(order[5], "quiet", "its turn is over while its first job runs and others have no more than it");
    assert.equal((await heart.jobs.get("quiet", job.id))?.status, "requested");
    const finish = setInterval(() => waiting.splice(0).forEach((go) => go()), 5);
    await eventually(() => order.length === 42, "every job", 60_000);
    clearInterval(finish);
    for (const go of waiting.splice(0)) go();
    await heart.close();
  });

  test("who has least in hand comes first, and the last turn passes over nobody", () => {
    assert.deepEqual(turnsOf([]), [[]]);
    assert.deepEqual(turnsOf(["a"]), [["a"], []]);
    assert.deepEqual(turnsOf(["a", "b", "a", "c", "a"]), [["a", "b", "c"], ["a"], []]);
  });
});

describe("a worker", () => {
  test("that is told to go hands its job back within the grace; another finishes it, and nothing is held against it", async () => {
    const [old, next] = [await replica(), await replica()];
    const engine = standing();
    const leaving = old.worker({ generatorFor: engine.generatorFor });
    const { job } = await old.jobs.create(jobInput({ encounter: "Encounter/deploy" }));
    await engine.reached;
    const begun = performance.now();
    await leaving.stop(5_000);
    assert.ok(performance.now() - begun < 2_500, "well within the grace");
    next.worker();
    await eventually(
      async () => (await next.jobs.get("general", job.id))?.status === "completed",
      "the other worker's work",
    );
    assert.deepEqual(await counters(job.id), { status: "completed", attempt: 2, failures: 0, losses: 0 });
    const events = await next.eventLog.readJob("general", job.id, 0, 1_000);
    assert.equal(events.filter((event) => event.type === "task.started").length, 1);
    await old.close();
    await next.close();
  });

  test("that is declared dead stops its work and writes nothing more; the job goes on elsewhere", async () => {
    const [frozen, healthy] = [await replica(), await replica()];
    const engine = standing();
    const victim = frozen.worker({ generatorFor: engine.generatorFor, reapIntervalMs: 60_000 });
    const { job } = await frozen.jobs.create(jobInput({ encounter: "Encounter/dead" }));
    await engine.reached;
    await testDatabase.asOwner("update handover.worker set dead = true");
    healthy.worker();
    await engine.aborted;
    await eventually(
      async () => (await healthy.jobs.get("general", job.id))?.status === "completed",
      "the other worker's work",
    );
    await eventually(() => victim.healthy, "a new identity for the one declared dead");
    assert.deepEqual(await counters(job.id), { status: "completed", attempt: 2, failures: 0, losses: 1 });
    await frozen.close();
    await healthy.close();
  });

  test("leaves alone the jobs of a tenant that is not served, and takes them when it is back: nothing is held against them", async () => {
    const heart = await replica();
    let served = false;
    const worker = heart.worker({ serves: () => served });
    const { job } = await heart.jobs.create(jobInput({ encounter: "Encounter/removed" }));
    await eventually(async () => {
      const [row] = await testDatabase.asOwner(
        "select count(*)::int as n from pgboss.job where state = 'completed' and data->>'job' = $1",
        [job.id],
      );
      return row?.["n"] === 1;
    }, "the message is passed over");
    assert.deepEqual(await counters(job.id), { status: "requested", attempt: 0, failures: 0, losses: 0 });
    served = true;
    await eventually(async () => {
      await worker.handOutWaiting();
      return (await heart.jobs.get("general", job.id))?.status === "completed";
    }, "the work");
    assert.deepEqual(await counters(job.id), { status: "completed", attempt: 1, failures: 0, losses: 0 });
    await heart.close();
  });

  test("whose tenant is removed in the middle hands the job back, whatever the step failed of", async () => {
    const heart = await replica();
    let served = true;
    const generator = scriptedGenerator({
      between: async ({ requestId }) => {
        if (!requestId.endsWith(".1")) return;
        served = false;
        throw new Error("the tenant's connections are gone");
      },
    });
    const worker = heart.worker({ serves: () => served, generatorFor: () => ({ generator, options }) });
    const { job } = await heart.jobs.create(jobInput({ encounter: "Encounter/removed-midway" }));
    await eventually(async () => !served && (await counters(job.id))?.["status"] === "requested", "handed back");
    assert.deepEqual(await counters(job.id), { status: "requested", attempt: 1, failures: 0, losses: 0 });
    served = true;
    await eventually(async () => {
      await worker.handOutWaiting();
      return (await heart.jobs.get("general", job.id))?.status === "completed";
    }, "the work");
    await heart.close();
  });

  test("whose lease connection is cut resumes with its jobs when the lock is free again in time", async () => {
    const heart = await replica();
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const generator = scriptedGenerator({
      between: async () => {
        reached.resolve();
        await gate.promise;
      },
    });
    // Nobody reaps: what is tried here is the resuming alone.
    const worker = heart.worker({ generatorFor: () => ({ generator, options }), reapIntervalMs: 60_000 });
    await eventually(() => worker.healthy, "the lease");
    const { job } = await heart.jobs.create(jobInput({ encounter: "Encounter/cut" }));
    await reached.promise;
    const connections = async (): Promise<readonly unknown[]> =>
      (
        await testDatabase.asOwner(
          "select pid from pg_stat_activity where application_name = 'handover-lease' and datname = current_database()",
        )
      ).map((row) => row["pid"]);
    const before = await connections();
    await testDatabase.asOwner("select pg_terminate_backend(pid) from unnest($1::int[]) as p (pid)", [before]);
    await eventually(
      async () => (await connections()).some((pid) => !before.includes(pid)) && worker.healthy,
      "the resumption",
    );
    gate.resolve();
    await eventually(async () => (await heart.jobs.get("general", job.id))?.status === "completed", "the work");
    assert.deepEqual(await counters(job.id), { status: "completed", attempt: 1, failures: 0, losses: 0 });
    await heart.close();
  });

  test("that holds a job it knows nothing of (the commit's answer was lost) hands it back", async () => {
    const heart = await replica();
    const worker = heart.worker();
    await eventually(() => worker.healthy, "the lease");
    const { job } = await heart.jobs.create(jobInput({ encounter: "Encounter/orphan", waitForLaunch: true }));
    await testDatabase.asOwner(
      "update handover.job set status = 'in-progress', epoch = epoch + 1, worker = (select id from handover.worker where not dead order by started_at desc limit 1), started_at = now() where id = $1",
      [job.id],
    );
    await eventually(async () => (await heart.jobs.get("general", job.id))?.status === "completed", "the work");
    await heart.close();
  });

  test("stops work that was cancelled although the hint was lost", async () => {
    const heart = await replica();
    const engine = standing();
    heart.worker({ generatorFor: engine.generatorFor });
    const { job } = await heart.jobs.create(jobInput({ encounter: "Encounter/quiet" }));
    await engine.reached;
    // As the cancel's transaction leaves the row; no hint follows.
    await testDatabase.asOwner(
      "update handover.job set status = 'cancelled', open = false, epoch = epoch + 1, worker = null where id = $1",
      [job.id],
    );
    await engine.aborted;
    await heart.close();
  });

  test("gives up on a job that has cost twenty workers", async () => {
    const heart = await replica();
    const { job } = await heart.jobs.create(jobInput({ encounter: "Encounter/poison" }));
    await testDatabase.asOwner("update handover.job set losses = 20 where id = $1", [job.id]);
    heart.worker();
    const failed = await eventually(async () => {
      const found = await heart.jobs.get("general", job.id);
      return found?.status === "failed" ? found : undefined;
    }, "the end");
    assert.equal(failed.error, "internal");
    await heart.close();
  });

  test("finds a job whose message was lost", async () => {
    const heart = await replica();
    const { job } = await heart.jobs.create(jobInput({ encounter: "Encounter/forgotten" }));
    await testDatabase.asOwner("delete from pgboss.job");
    const rows = await heart.database.worker.query("select * from handover.sys_redispatch($1, $2)", ["0 seconds", 10]);
    assert.deepEqual(rows.rows, [{ tenant: "general", job: job.id, epoch: "1" }]);
    await heart.close();
  });
});
