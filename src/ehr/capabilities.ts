/** What an EHR's CapabilityStatement says of the server as a whole; asked once an hour, and believed where it answers. */
import { z } from "zod";
import type { Fetch } from "./fetch.ts";

const statement = z.looseObject({
  rest: z
    .array(
      z.looseObject({
        mode: z.string().optional(),
        interaction: z.array(z.looseObject({ code: z.string().optional() })).optional(),
      }),
    )
    .optional(),
});

export interface ServerCapabilities {
  /** Whether it takes a transaction at its base. False where it does not say, or does not answer. */
  offersTransaction(): Promise<boolean>;
}

const KEPT_MS = 3_600_000;
const KEPT_UNREAD_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** @param now milliseconds since the epoch */
export function createServerCapabilities(baseUrl: string, fetch: Fetch, now: () => number): ServerCapabilities {
  const url = `${baseUrl.replace(/\/+$/u, "")}/metadata`;
  let kept: { readonly until: number; readonly offers: Promise<boolean> } | undefined;
  const ask = async (): Promise<boolean> => {
    const init = { headers: { accept: "application/fhir+json" }, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const answer = await fetch(url, init);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const { rest = [] } = statement.parse(JSON.parse(await answer.text()));
    const server = rest.find(({ mode }) => mode === "server") ?? rest[0];
    return server?.interaction?.some(({ code }) => code === "transaction") === true;
  };
  return {
    async offersTransaction() {
      if (kept === undefined || kept.until < now()) {
        const offers = ask();
        kept = { until: now() + KEPT_MS, offers };
        offers.catch(() => {
          kept = { until: now() + KEPT_UNREAD_MS, offers: Promise.resolve(false) };
        });
      }
      return kept.offers.catch(() => false);
    },
  };
}
