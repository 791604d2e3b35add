/** The EHR discharges the patient and shows what the adapter's card says. Witness: the CDS client's own record. */
import type { InboxCard } from "../cds-client/inbox.ts";
import type { CardLink } from "../cds-client/service.ts";
import type { Seen } from "./step.ts";
import { expect } from "./step.ts";
import type { World } from "./world.ts";
import { fhirUserOf } from "./world.ts";

export interface DischargeCard {
  readonly card: InboxCard;
  /** How the card opens the draft. */
  readonly link: CardLink;
  /** The job that the card speaks of; undefined where its link is no SMART link. */
  readonly job: string | undefined;
}

const SERVICE = "discharge-summary";

/** Calls one hook about the stay; exactly one card of the service, and no broken SHALL of CDS Hooks 2.0. */
async function callHook(world: World, hook: string): Promise<{ held: InboxCard; durationMs: number }> {
  const { patientId, encounterId } = world;
  const calls = await world.sandbox.cdsClient.call(hook, { userId: fhirUserOf(world), patientId, encounterId });
  const call = calls.find(({ service }) => service === SERVICE);
  expect(call !== undefined, `${SERVICE} does not listen to ${hook}`);
  expect(call.status === 200, `${hook} was answered ${call.status}: ${call.problem ?? "no reason given"}`);
  expect(call.violations.length === 0, `the answer breaks CDS Hooks 2.0: ${call.violations.join("; ")}`);
  const [held] = call.cards;
  expect(held !== undefined && call.cards.length === 1, `${hook} was answered with ${call.cards.length} cards`);
  return { held, durationMs: call.durationMs };
}

function linkOf(held: InboxCard): CardLink {
  const [link] = held.card.links ?? [];
  expect(link !== undefined, `the card "${held.card.summary}" has no link`);
  return link;
}

/** `encounter-discharge`, signed and with prefetch: the card says that the draft is being written. */
export async function discharge(world: World): Promise<Seen<DischargeCard>> {
  const { held, durationMs } = await callHook(world, "encounter-discharge");
  const link = linkOf(held);
  const witness = `EHR: encounter-discharge, prefetch included, ${durationMs} ms; card "${held.card.summary}"`;
  return { value: { card: held, link, job: link.appContext }, witness };
}

/** `patient-view`, later: the same service id now says that the draft waits for a signature. */
export async function reopenChart(world: World, job: string): Promise<Seen<DischargeCard>> {
  const { held, durationMs } = await callHook(world, "patient-view");
  const link = linkOf(held);
  expect(/\bready\b/iu.test(held.card.summary), `the card still says "${held.card.summary}"`);
  expect(link.appContext === job, "the card speaks of another job");
  return {
    value: { card: held, link, job },
    witness: `EHR: patient-view, ${durationMs} ms; card "${held.card.summary}"`,
  };
}
