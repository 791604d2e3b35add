/** A clinician of such a hospital: ends a stay, follows the card into the page, reads, signs, amends, takes back. */
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { linkAddress } from "../../sandbox/cds-client/launch-link.ts";
import { createBrowser } from "../../sandbox/story/browser.ts";
import { expect } from "../../sandbox/story/step.ts";
import type { Hospital } from "./hospital.ts";
import { signer } from "./hospital.ts";

export interface Stay {
  readonly patientId: string;
  readonly encounterId: string;
}

const evidence = z.looseObject({ reference: z.string(), version: z.string().optional() });
const summary = z.looseObject({
  version: z.number(),
  docStatus: z.string(),
  sha256: z.string(),
  sections: z.array(
    z.looseObject({
      id: z.string(),
      status: z.string(),
      sentences: z.array(z.looseObject({ text: z.string(), evidence: z.array(evidence) })),
    }),
  ),
});
export type Draft = z.infer<typeof summary>;
export type Evidence = z.infer<typeof evidence>;

export interface Clinician {
  readonly job: string;
  /** What stands now, once the job is over. */
  draft(): Promise<Draft>;
  sign(): Promise<void>;
  amend(section: string, text: string, reason: string): Promise<void>;
  retract(reason: string): Promise<void>;
}

const LIMIT_MS = 60_000;
const attestation = "I have read this summary against the chart and it is correct.";

/** Calls `encounter-discharge` and opens the page that the card names. */
export async function dischargeAndOpen(adapterUrl: string, hospital: Hospital, stay: Stay): Promise<Clinician> {
  const { door, cdsClient } = hospital;
  const calls = await cdsClient.call("encounter-discharge", { userId: signer, ...stay });
  const call = calls.find(({ service }) => service === "discharge-summary");
  expect(call?.status === 200, `the hook was answered ${call?.status ?? "not at all"}: ${call?.problem ?? ""}`);
  expect(call.violations.length === 0, `the answer breaks CDS Hooks 2.0: ${call.violations.join("; ")}`);
  const link = call.cards[0]?.card.links?.[0];
  expect(link?.appContext !== undefined, `the card has no SMART link with a job: ${call.cards[0]?.card.summary}`);
  const browser = createBrowser(LIMIT_MS);
  const opened = await browser.open(linkAddress(link, { ...stay, fhirUser: signer }, door));
  const launch = /^\/app\/([^/]+)\/$/u.exec(new URL(opened.url).pathname)?.[1];
  expect(launch !== undefined, `the launch ended with ${opened.status} at ${new URL(opened.url).pathname}`);
  const call_ = pageOf(adapterUrl, browser, launch);
  const context = z
    .looseObject({ csrf: z.string(), user: z.looseObject({ maySign: z.boolean() }) })
    .parse((await call_("GET", `/app/${launch}/context`)).body);
  expect(context.user.maySign, "the foreign server's PractitionerRole was not found: the attending may not sign");
  return clinicianOf(link.appContext, (method, path, init = {}) =>
    call_(method, path, { ...init, headers: { ...init.headers, "x-csrf-token": context.csrf } }),
  );
}

interface PageInit {
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface PageAnswer {
  readonly status: number;
  readonly etag: string;
  readonly body: unknown;
}

type PageCall = (method: string, path: string, init?: PageInit) => Promise<PageAnswer>;

function pageOf(adapterUrl: string, browser: ReturnType<typeof createBrowser>, launch: string): PageCall {
  return async (method, path, { json, headers = {} } = {}) => {
    const response = await browser.fetch(`${adapterUrl}${path}`, {
      method,
      signal: AbortSignal.timeout(LIMIT_MS),
      headers: {
        accept: "application/json",
        "x-handover-launch": launch,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return { status: response.status, etag: response.headers.get("etag") ?? "", body: await response.json() };
  };
}

function clinicianOf(job: string, call: PageCall): Clinician {
  const path = `/v1/jobs/${job}/summary`;
  const act = async (name: string, json: object): Promise<void> => {
    const { etag } = await call("GET", path);
    const answer = await call("POST", `${path}/${name}`, { json, headers: { "if-match": etag } });
    expect(answer.status === 200, `${name} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  };
  return {
    job,
    async draft() {
      await untilOver(job, call);
      return summary.parse((await call("GET", path)).body);
    },
    sign: () => act("sign", { attestation }),
    amend: (section, text, reason) => act("amend", { reason, attestation, sections: [{ id: section, text }] }),
    retract: (reason) => act("retract", { reason }),
  };
}

async function untilOver(job: string, call: PageCall): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    const { body } = await call("GET", `/v1/jobs/${job}?wait=5`);
    const { status, error } = z.looseObject({ status: z.string(), error: z.unknown().optional() }).parse(body);
    if (status === "completed") return;
    expect(status !== "failed" && status !== "cancelled", `the job ${status}: ${JSON.stringify(error)}`);
    await delay(50);
  }
  expect(false, `no draft within ${LIMIT_MS} ms`);
}
