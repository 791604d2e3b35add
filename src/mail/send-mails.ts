/** Sends the mails that are owed: each until it is taken or refused for good, by one replica at a time. */
import type { AlertMailInput } from "../core/alert/alert-mail.ts";
import { alertMail } from "../core/alert/alert-mail.ts";
import type { JobEvent } from "../core/event/event.ts";
import type { GrowingPolicy } from "../core/retry/policy.ts";
import { nextDelayMs } from "../core/retry/policy.ts";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import { runSystem } from "../db/system.ts";
import type { EventLog } from "../events/event-log.ts";
import type { MailOutcome, MailSender } from "./smtp.ts";
import type { EventPlace, MailRow } from "./store.ts";
import { claimMail, dueMails, forgetMails, recordMail } from "./store.ts";

export interface SendMailsDeps {
  readonly pool: Pool;
  readonly log: Pick<EventLog, "readOne">;
  readonly sender: MailSender;
  /** Of the adapter, without trailing slash. */
  readonly publicUrl: string;
  readonly random: () => number;
  /** Told of each attempt. */
  readonly onAttempt: (tenant: string, mail: string, outcome: MailOutcome, attempt: number) => void;
}

/** Longer than an attempt can take: what nobody recorded by then was lost with its process. */
const LEASE_SECONDS = 120;
const AT_ONCE = 20;

/** Some two days: a mail server may be away over a weekend's night, and news older than that is none. */
export const mailRetries: GrowingPolicy = {
  kind: "growing",
  attempts: 30,
  baseSeconds: 15,
  factor: 2,
  maxSeconds: 7200,
  jitter: 0.5,
};

async function eventsOf(
  log: SendMailsDeps["log"],
  tenant: string,
  places: readonly EventPlace[],
): Promise<readonly JobEvent[]> {
  const found = await Promise.all(places.map((place) => log.readOne(tenant, place.log, place.sequence)));
  return found.flatMap((event) => event ?? []);
}

async function settle(deps: SendMailsDeps, tenant: string, id: string, row: MailRow, came: MailOutcome): Promise<void> {
  const delayMs = came.kind === "retry" ? nextDelayMs(mailRetries, row.attempts, deps.random()) : undefined;
  const outcome: MailOutcome =
    came.kind === "retry" && delayMs === undefined ? { kind: "refused", code: came.code } : came;
  const state = ({ sent: "sent", retry: "sending", refused: "failed" } as const)[outcome.kind];
  const code = outcome.kind === "sent" ? null : outcome.code;
  await run(deps.pool, recordMail, tenant, id, row.attempts, state, code, (delayMs ?? 0) / 1000);
  deps.onAttempt(tenant, id, outcome, row.attempts);
}

async function sendOne(deps: SendMailsDeps, tenant: string, id: string): Promise<void> {
  const [row] = await run(deps.pool, claimMail, tenant, id, LEASE_SECONDS);
  if (row === undefined) return;
  const events = await eventsOf(deps.log, tenant, row.events);
  const { publicUrl } = deps;
  const input: AlertMailInput = { tenant, publicUrl, events, total: row.total };
  await settle(deps, tenant, id, row, await deps.sender.send({ ...alertMail(input), to: row.recipient, id }));
  await run(deps.pool, forgetMails, tenant);
}

/** One look at what is due. @returns true when there may be more */
export async function sendMails(deps: SendMailsDeps): Promise<boolean> {
  const due = await runSystem(deps.pool, dueMails, AT_ONCE);
  for (const { tenant, id } of due) await sendOne(deps, tenant, id);
  return due.length === AT_ONCE;
}
