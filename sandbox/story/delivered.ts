/** What was pushed: the signed webhook and the FHIR notification. Witnesses: the two receivers. */
import { z } from "zod";
import type { Signature } from "./draft.ts";
import { subscribe } from "../receiver/subscribe.ts";
import type { WebhookMessage } from "../receiver/webhook-inbox.ts";
import type { Seen } from "./step.ts";
import { expect } from "./step.ts";
import type { World } from "./world.ts";
import { limitOf } from "./world.ts";

const signedEvent = z.looseObject({
  data: z.looseObject({
    job: z.string(),
    patient: z.string(),
    encounter: z.string(),
    summary: z.looseObject({ docStatus: z.string(), sha256: z.string() }),
  }),
});

/** `summary.signed`, verified with npm `standardwebhooks`; thin, so references only. */
export async function receiveWebhook(world: World, job: string, signature: Signature): Promise<Seen<WebhookMessage>> {
  const { receiver } = world.sandbox;
  // Verified and taken: an attempt that the receiver answered with an error does not count.
  const isTaken = ({ type, processedAt }: WebhookMessage): boolean =>
    type === "summary.signed" && processedAt !== undefined;
  const message = await receiver.until(
    "webhook summary.signed",
    () => receiver.inbox.find(isTaken),
    limitOf(world, "webhook"),
  );
  const { data } = signedEvent.parse(JSON.parse(message.body));
  expect(data.job === job, "the webhook speaks of another job");
  expect(data.summary.docStatus === "final", `the webhook says ${data.summary.docStatus}`);
  expect(data.summary.sha256 === signature.sha256, "the webhook names another hash than the one that was signed");
  const unverified = receiver.inbox.filter(({ verified }) => !verified).length;
  expect(unverified === 0, `${unverified} webhooks failed verification`);
  const witness = `receiver: ${message.id} verified by standardwebhooks, attempt ${message.attempts.length}, endpointSequence ${message.endpointSequence}`;
  return { value: message, witness };
}

/** The hospital's engine subscribes and is greeted. Topic: the first on offer. */
export async function subscribeHospital(world: World): Promise<Seen<string>> {
  const receiver = world.sandbox.subscriptionReceiver;
  const { id, topic } = await subscribe({
    fhirBaseUrl: `${world.adapterUrl}/fhir`,
    token: world.subscriberKey,
    receiver,
  });
  await receiver.untilReceived("handshake", limitOf(world, "notification"));
  return { value: id, witness: `subscriber: handshake for ${new URL(topic).pathname}` };
}

/** The id-only notification of the signature. */
export async function receiveNotification(world: World, subscription: string): Promise<Seen<string>> {
  const receiver = world.sandbox.subscriptionReceiver;
  const { content } = await receiver.untilReceived("event-notification", limitOf(world, "notification"));
  const faults = receiver.notifications.flatMap(({ violations }) => violations);
  expect(faults.length === 0, `notifications break the backport: ${faults.join("; ")}`);
  expect(content?.subscription?.endsWith(`Subscription/${subscription}`) === true, "it names another subscription");
  const focus = content.events[0]?.focus;
  expect(focus !== undefined, "the notification names no resource");
  expect(receiver.missingEvents().length === 0, "a notification is missing");
  return {
    value: focus,
    witness: `subscriber: event ${content.events[0]?.number}, id-only, focus ${new URL(focus).pathname}`,
  };
}
