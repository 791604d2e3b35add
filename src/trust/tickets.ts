/**
 * Tickets: the links of cards where the tenant has no SMART client. A ticket is good once and not for long, and opens a
 * session that reads one job and can do nothing else. Looking at its page (a link preview, the back button) does not use it
 * up; only the POST behind the page's button does. Ticket and session are stored hashed.
 */
import { createHash } from "node:crypto";
import type { FhirResource } from "fhir/r4.js";
import type { Principal } from "../core/access/principal.ts";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import { refuse } from "./refusal.ts";
import type { TicketPurpose, TicketRow } from "./store.ts";
import {
  addTicketQuery,
  claimTicketQuery,
  openTicketSessionQuery,
  readTicketQuery,
  releaseTicketQuery,
  ticketSessionQuery,
} from "./store.ts";

/** A clinician reads a card within minutes; a stale card is renewed by the next hook. */
export const TICKET_MINUTES = 15;
/** HIPAA 164.312(a)(2)(iii): a reading session ends by itself. */
export const TICKET_SESSION_MINUTES = 15;

/** Chart data of a hook, and in words what of it did not come: a draft must not take that for looked at. */
export interface TicketChart {
  readonly resources: readonly FhirResource[];
  readonly gaps: readonly string[];
}

export interface TicketInput {
  readonly tenant: string;
  readonly purpose: TicketPurpose;
  /** Relative references. */
  readonly patient: string;
  readonly encounter: string;
  /** The job to open, or the failed one to try again; absent for `start`. */
  readonly job?: string;
  /** The hook's user: the ticket was shown to nobody else. */
  readonly userId: string;
  /** Chart data from the hook for the job that the ticket will start; sealed, and dropped once used. */
  readonly snapshot?: TicketChart;
}

/** A ticket that may be redeemed. */
export interface Ticket {
  readonly tenant: string;
  readonly purpose: TicketPurpose;
  readonly patient: string;
  readonly encounter: string;
  readonly job?: string;
  readonly userId: string;
  readonly snapshot?: TicketChart;
}

export interface TicketSession {
  /** Goes into the cookie. */
  readonly token: string;
  /** Names the session in `/app/{launch}/`; no credential. */
  readonly launch: string;
  readonly job: string;
}

export interface Tickets {
  /** The text that goes into the link. */
  issue(input: TicketInput): Promise<string>;
  /** Whether it could be redeemed now; uses nothing up. Refuses with the reason where not. */
  look(text: string): Promise<{ readonly tenant: string; readonly purpose: TicketPurpose }>;
  /**
   * Redeems it: `open` returns the job that the session shall read (and starts it, where that is the purpose). Where it
   * throws, the ticket stays good. Of two redemptions at once one is refused.
   */
  redeem(text: string, open: (ticket: Ticket) => Promise<string>): Promise<TicketSession & { readonly tenant: string }>;
  /** Who a session's cookie belongs to; undefined where it is unknown or has run out. */
  session(token: string): Promise<Principal | undefined>;
}

export interface TicketsDeps {
  readonly db: Pool;
  readonly sealer: Sealer;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

/** `<tenant>.<random>`: the tenant tells where to look (a tenant's id is no secret), 256 bits tell the rest. */
const form = /^([a-z0-9][a-z0-9-]{0,62})\.([\w-]{43})$/u;

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function parse(text: string): { tenant: string; digest: Buffer } | undefined {
  const tenant = form.exec(text)?.[1];
  return tenant === undefined ? undefined : { tenant, digest: digestOf(text) };
}

const sealContext = (tenant: string, digest: Buffer) => ({
  tenant,
  purpose: "ticket-snapshot",
  id: digest.toString("base64url"),
  version: "2",
});

function toTicket(sealer: Sealer, tenant: string, digest: Buffer, row: TicketRow): Ticket {
  const { purpose, patient, encounter, job, user_id: userId, sealed_snapshot: sealed } = row;
  const base = { tenant, purpose, patient, encounter, userId, ...(job === null ? {} : { job }) };
  if (sealed === null) return base;
  // Nobody else can have written it: the seal stands for its shape.
  return { ...base, snapshot: openJson(sealer, sealed, sealContext(tenant, digest)) as TicketChart };
}

export function createTickets({ db, sealer, now, randomBytes }: TicketsDeps): Tickets {
  const make = (tenant: string): string => `${tenant}.${randomBytes(32).toString("base64url")}`;

  async function issue(input: TicketInput): Promise<string> {
    const text = make(input.tenant);
    const digest = digestOf(text);
    const snapshot =
      input.snapshot === undefined ? null : sealJson(sealer, input.snapshot, sealContext(input.tenant, digest));
    const { purpose, patient, encounter, job = null, userId } = input;
    await run(
      db,
      addTicketQuery,
      input.tenant,
      digest,
      purpose,
      patient,
      encounter,
      job,
      userId,
      snapshot,
      now() + TICKET_MINUTES * 60_000,
    );
    return text;
  }

  async function read(text: string): Promise<{ tenant: string; digest: Buffer; row: TicketRow }> {
    const { tenant, digest } = parse(text) ?? refuse("ticket.unknown");
    const [row] = await run(db, readTicketQuery, tenant, digest);
    if (row === undefined) refuse("ticket.unknown");
    if (row.redeemed_at !== null) refuse("ticket.used");
    if (row.until.getTime() <= now()) refuse("ticket.expired");
    return { tenant, digest, row };
  }

  return {
    issue,
    look: async (text) => {
      const { tenant, row } = await read(text);
      return { tenant, purpose: row.purpose };
    },
    redeem: async (text, open) => {
      const { tenant, digest } = await read(text);
      const [claimed] = await run(db, claimTicketQuery, tenant, digest, now());
      if (claimed === undefined) refuse("ticket.used");
      const token = make(tenant);
      const launch = `t-${randomBytes(12).toString("hex")}`;
      try {
        const job = await open(toTicket(sealer, tenant, digest, claimed));
        await run(
          db,
          openTicketSessionQuery,
          tenant,
          digest,
          job,
          launch,
          digestOf(token),
          now() + TICKET_SESSION_MINUTES * 60_000,
        );
        return { tenant, token, launch, job };
      } catch (error) {
        await run(db, releaseTicketQuery, tenant, digest).catch(() => undefined);
        throw error;
      }
    },
    session: (token) => findSession(db, token, now()),
  };
}

async function findSession(db: Pool, token: string, nowMs: number): Promise<Principal | undefined> {
  const parsed = parse(token);
  if (parsed === undefined) return undefined;
  const [row] = await run(db, ticketSessionQuery, parsed.tenant, parsed.digest, nowMs);
  if (row === undefined) return undefined;
  const { launch, patient, encounter, job } = row;
  return {
    tenant: parsed.tenant,
    actor: { kind: "ticket", id: row.user_id },
    // Reading only: no scope that changes anything, and signing asks for more than a scope anyway.
    scopes: new Set(["jobs:read"]),
    session: { launch, kind: "ticket", patient, encounter, job, maySign: false },
  };
}
