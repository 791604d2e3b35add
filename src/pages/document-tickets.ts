/**
 * One-time tickets of the plain-text document. A tab that keeps its session itself cannot send it along when another tab
 * loads the document: it asks for a ticket, which stands in that one address, is good once and for seconds, and opens
 * nothing else. Kept hashed.
 */
import { createHash } from "node:crypto";
import type { Actor } from "../jobs/jobs.ts";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import type { DocumentTicketRow } from "./store.ts";
import { addDocumentTicketQuery, purgeDocumentTicketsQuery, takeDocumentTicketQuery } from "./store.ts";

/** A tab opens at once; a copied address is worthless a minute later. */
export const documentTicketSeconds = 60;

export interface DocumentTickets {
  /** The ticket's text, for the address. The caller has checked that this session may see the job. */
  issue(
    tenant: string,
    about: { readonly launch: string; readonly job: string; readonly actor: Actor },
  ): Promise<string>;
  /** What a ticket of this launch opens, once; undefined where it is unknown, used, late or another launch's. */
  take(launch: string, text: string): Promise<(DocumentTicketRow & { readonly tenant: string }) | undefined>;
}

export interface DocumentTicketsDeps {
  readonly db: Pool;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** `<tenant>.<random>`: a tenant's id is no secret, 256 bits are. */
const form = /^(?<tenant>[a-z0-9][a-z0-9-]{0,62})\.[\w-]{43}$/u;

export function createDocumentTickets({ db, now, randomBytes }: DocumentTicketsDeps): DocumentTickets {
  const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();
  return {
    async issue(tenant, { launch, job, actor }) {
      const text = `${tenant}.${Buffer.from(randomBytes(32)).toString("base64url")}`;
      await run(db, purgeDocumentTicketsQuery, tenant, new Date(now()));
      const expiresAt = new Date(now() + documentTicketSeconds * 1000);
      await run(db, addDocumentTicketQuery, tenant, hashOf(text), launch, job, actor, expiresAt);
      return text;
    },
    async take(launch, text) {
      const tenant = form.exec(text)?.groups?.["tenant"];
      if (tenant === undefined) return undefined;
      const [row] = await run(db, takeDocumentTicketQuery, tenant, hashOf(text), launch, new Date(now()));
      return row === undefined ? undefined : { ...row, tenant };
    },
  };
}
