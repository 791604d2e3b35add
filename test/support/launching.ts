/** Steps of a launch that several test files take. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import type { CookieBrowser } from "./cookie-browser.ts";
import { cookieBrowser } from "./cookie-browser.ts";
import type { SmartBed, SmartBedOptions } from "./smart-bed.ts";
import { startSmartBed } from "./smart-bed.ts";

export const isApp = (url: string): boolean => new URL(url).pathname.startsWith("/app/");

/** Somebody at work: the patient and stay that the EHR has open, and who looks. */
export const attending = { patient: "p1", encounter: "p1-stay", fhirUser: "Practitioner/attending-1" };

export type LaunchContext = Parameters<SmartBed["ehr"]["createLaunch"]>[0];

/** The address that an EHR opens. */
export function launchUrl(bed: SmartBed, context: LaunchContext = attending): string {
  return `${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${bed.ehr.createLaunch(context)}`;
}

/** Launches to the end; returns the launch's id, as in `/app/{launch}/`. */
export async function launched(bed: SmartBed, browser: CookieBrowser = cookieBrowser()): Promise<string> {
  const answer = await browser.follow(launchUrl(bed), isApp);
  assert.ok(isApp(answer.url), `${answer.status} ${answer.text}`);
  return new URL(answer.url).pathname.split("/")[2] ?? "";
}

/** Loads a document as a browser does that brings no cookie; `fetch` would name a mode of its own. */
export async function loadDocument(
  url: string,
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }> {
  const headers = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site" };
  const [answer] = (await once(get(url, { headers }), "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) };
}

/** A bed for one test. */
export async function withBed<T>(options: SmartBedOptions, work: (bed: SmartBed) => Promise<T>): Promise<T> {
  const bed = await startSmartBed(options);
  bed.start();
  try {
    return await work(bed);
  } finally {
    await bed.close();
  }
}
