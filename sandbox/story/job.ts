/** The job behind the card, found by a system that did not start it. Witness: the poller. */
import type { DischargeCard } from "./hook.ts";
import { searchJobs } from "./poller.ts";
import type { Seen } from "./step.ts";
import { expect } from "./step.ts";
import type { World } from "./world.ts";

export async function findJob(world: World, card: DischargeCard): Promise<Seen<string>> {
  const jobs = await searchJobs(world);
  const [found] = jobs;
  expect(found !== undefined && jobs.length === 1, `the poller finds ${jobs.length} jobs of the stay, not one`);
  expect(card.job === undefined || card.job === found.id, "the poller finds another job than the card names");
  return { value: found.id, witness: `poller: one job of this stay, ${found.id}, ${found.status}` };
}
