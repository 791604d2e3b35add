import assert from "node:assert/strict";
import { after, test } from "node:test";
import { composeHeart, jobInput } from "../support/adapter-heart.ts";
import { eventually } from "../support/eventually.ts";
import { createTestDatabase } from "../support/postgres.ts";

const testDatabase = await createTestDatabase();
const heart = await composeHeart(testDatabase.open());
after(async () => {
  await heart.close();
  await testDatabase.drop();
});
heart.worker();

const ended = (job: string, status = "completed") =>
  eventually(async () => {
    const found = await heart.jobs.get("general", job);
    return found?.status === status ? found : undefined;
  }, `job ${status}`);

test("a job runs from request to draft, and its log tells all of it in gapless order", async () => {
  const { job, created } = await heart.jobs.create(jobInput());
  assert.equal(created, true);
  const done = await ended(job.id);
  assert.equal(done.summary?.docStatus, "preliminary");
  const events = await heart.eventLog.readJob("general", job.id, 0, 1_000);
  assert.deepEqual(events.map((event) => event.sequence), events.map((_, index) => index + 1));
  console.log(events.map(e=>[e.sequence,e.type,e.position,JSON.stringify(e.data)].join(" ")).join("\n"));
});
