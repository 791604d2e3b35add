/** The whole job, told once: from the discharge hook to the signed document and everybody who heard of it. */
import { receiveNotification, receiveWebhook, subscribeHospital } from "./delivered.ts";
import { findDocument } from "./document.ts";
import { awaitDraft, editDraft, signDraft } from "./draft.ts";
import type { Fault } from "./fault.ts";
import { discharge, reopenChart } from "./hook.ts";
import { findJob } from "./job.ts";
import { launchPage } from "./launch.ts";
import { checkSingle, pollSummary, readFeed } from "./polled.ts";
import type { Teller } from "./step.ts";
import { readStream } from "./stream.ts";
import type { World } from "./world.ts";

/**
 * Walks the story step by step and tells each to `teller`. Every verdict rests on what the EHR, the receivers, the page
 * or the poller recorded. Resolves when the last step has ended; a failed step fails those that need it.
 */
export async function tellStory(world: World, teller: Teller, fault?: Fault): Promise<void> {
  const { step } = teller;
  fault?.plant();
  const card = await step("hook", [], () => discharge(world));
  // The hospital's engine is greeted while the clinician is on the way to the page.
  const subscribing = step("subscribe", [], () => subscribeHospital(world));
  await step("job", [card], (shown) => findJob(world, shown));
  const page = await step("launch", [card], (shown) => launchPage(world, shown));
  const stream = await step("stream", [page], (opened) => readStream(world, opened));
  const subscription = await subscribing;
  const ready = await step("ready", [page], async (opened) => {
    await awaitDraft(world, opened);
    return reopenChart(world, opened.job);
  });
  const draft = await step("edit", [page, ready], async (opened) => {
    await fault?.beforeSigning();
    return editDraft(opened);
  });
  const signature = await step("sign", [page, draft], (opened, edited) => signDraft(world, opened, edited));
  await step("document", [draft, signature], (edited) => findDocument(world, edited));
  await step("webhook", [page, signature], (opened, signed) => receiveWebhook(world, opened.job, signed));
  await step("notification", [subscription, signature], (id) => receiveNotification(world, id));
  await step("poll", [page, signature], (opened, signed) => pollSummary(world, opened.job, signed));
  const feed = await step("feed", [page, signature], (opened) => readFeed(world, opened.job));
  await step("exactly-once", [feed], (record) => checkSingle(world, record));
  if (fault === undefined) return;
  await step("recovery", [page, stream, signature], (opened, read) =>
    fault.recovery(world, { job: opened.job, stream: read }),
  );
}
