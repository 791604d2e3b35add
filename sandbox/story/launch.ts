/** The clinician follows the card: SMART EHR launch, walked by a browser without a screen. Witness: the EHR's journal. */
import { z } from "zod";
import { linkAddress } from "../cds-client/launch-link.ts";
import type { Browser } from "./browser.ts";
import { createBrowser } from "./browser.ts";
import type { DischargeCard } from "./hook.ts";
import type { Seen } from "./step.ts";
import { expect } from "./step.ts";
import type { World } from "./world.ts";
import { fhirUserOf } from "./world.ts";

/** The opened draft page: how its own calls are made. */
export interface DraftPage {
  readonly job: string;
  /** A call of the page to its own server; session, and CSRF token on changes, go along. */
  readonly call: (method: string, path: string, options?: PageCall) => Promise<Response>;
}

export interface PageCall {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Default: the story's longest wait. */
  readonly signal?: AbortSignal;
}

const pageContext = z.looseObject({
  csrf: z.string(),
  job: z.string().optional(),
  user: z.looseObject({ maySign: z.boolean() }),
  patientReference: z.string(),
});

export async function launchPage(world: World, card: DischargeCard): Promise<Seen<DraftPage>> {
  const { ehr } = world.sandbox;
  expect(card.link.type === "smart", `the card's link is ${card.link.type}, no SMART launch`);
  const fhirUser = fhirUserOf(world);
  const stay = { patientId: world.patientId, encounterId: world.encounterId };
  const browser = createBrowser(world.limitMs);
  const opened = await browser.open(linkAddress(card.link, { ...stay, fhirUser }, ehr));
  const { origin, pathname } = new URL(opened.url);
  const launch = /^\/app\/([^/]+)\/$/u.exec(pathname)?.[1];
  expect(
    opened.status === 200 && launch !== undefined,
    `the launch ended with ${opened.status} at ${origin}${pathname}`,
  );
  const page = await openPage(world, browser, launch);
  const read = ehr.journal.entries().find((entry) => entry.fhirUser === fhirUser && entry.status === 200);
  expect(read !== undefined, "the EHR's journal shows no read by the launched user");
  return { value: page, witness: `EHR journal: ${fhirUser} launched; ${read.method} ${read.path} by ${read.clientId}` };
}

/** What the page's script does first: ask the server who it is and for whom. */
async function openPage(world: World, browser: Browser, launch: string): Promise<DraftPage> {
  const sessionHeader = { "x-handover-launch": launch };
  const timeout = (): AbortSignal => AbortSignal.timeout(world.limitMs);
  const answer = await browser.fetch(`${world.adapterUrl}/app/${launch}/context`, {
    headers: { accept: "application/json", ...sessionHeader },
    signal: timeout(),
  });
  expect(answer.status === 200, `the page's context was answered ${answer.status}`);
  const context = pageContext.parse(await answer.json());
  expect(context.patientReference === `Patient/${world.patientId}`, "the page opened on another patient");
  expect(context.job !== undefined, "the page was not told which job the card named");
  return {
    job: context.job,
    call: (method, path, { headers = {}, json, signal } = {}) =>
      browser.fetch(new URL(path, world.adapterUrl).href, {
        method,
        signal: signal ?? timeout(),
        headers: {
          accept: "application/json",
          ...sessionHeader,
          ...(method === "GET" ? {} : { "x-csrf-token": context.csrf }),
          ...(json === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
  };
}
