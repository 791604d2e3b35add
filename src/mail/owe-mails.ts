/** Owes mails about endpoints, in the transaction of what happened: what was told of is mailed, and nothing else is. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { JobEvent } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import { oweMail, readContact } from "./store.ts";

/** Events that one mail lists; the others are counted. */
export const listedEvents = 20;

const address = z.email();

export interface OweMailsDeps {
  /** Addresses of a tenant's operators. */
  readonly operatorsOf: (tenant: string) => readonly string[];
  /** Seconds between two mails to one recipient. */
  readonly everySeconds: number;
}

export type OweMails = (tx: Executor, tenant: string, endpoint: string, events: readonly JobEvent[]) => Promise<void>;

/** A contact may be a telephone number: only an address is written to. */
function recipientsOf(contact: string | null | undefined, operators: readonly string[]): readonly string[] {
  const given = address.safeParse(contact?.trim());
  // In one order, so that two transactions that tell of much never wait for each other's rows in a circle.
  return [...new Set([...operators, ...(given.success ? [given.data] : [])])].toSorted((a, b) => (a < b ? -1 : 1));
}

export function oweMailsBy({ operatorsOf, everySeconds }: OweMailsDeps): OweMails {
  return async (tx, tenant, endpoint, events) => {
    if (events.length === 0) return;
    const [row] = await run(tx, readContact, tenant, endpoint);
    const places = JSON.stringify(events.map(({ job, sequence }) => ({ log: job, sequence })));
    for (const recipient of recipientsOf(row?.contact, operatorsOf(tenant)))
      await run(tx, oweMail, tenant, randomUUID(), recipient, places, everySeconds, listedEvents);
  };
}
