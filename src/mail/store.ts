/** Statements on mails about endpoints. */
import { GATE, tenantQuery } from "../db/query.ts";
import { systemQuery } from "../db/system.ts";

/** Where an event stands in the log. */
export interface EventPlace {
  readonly log: string;
  readonly sequence: number;
}

export const readContact = tenantQuery<{ readonly contact: string | null }, readonly [endpoint: string]>(
  "mail.contact",
  `select e.settings ->> 'contact' as contact from handover.endpoint e where ${GATE} and e.tenant = $1 and e.id = $2`,
);

/**
 * Owes an event to a recipient: it goes along with the mail that gathers, or begins one. That is due at once, or so many
 * seconds ($5) after the recipient's last one, so that a storm is one mail with a count.
 */
export const oweMail = tenantQuery<
  { readonly id: string },
  readonly [id: string, recipient: string, events: string, everySeconds: number, listed: number]
>(
  "mail.owe",
  `insert into handover.alert_mail as m (tenant, id, recipient, events, total, due_at)
   select $1, $2, $3, $4::jsonb, jsonb_array_length($4::jsonb), greatest(clock_timestamp(), coalesce((
       select max(l.started_at) + make_interval(secs => $5::double precision) from handover.alert_mail l
       where l.tenant = $1 and l.recipient = $3 and l.state <> 'gathering'), clock_timestamp()))
   where ${GATE}
   on conflict (tenant, recipient) where state = 'gathering' do update set
     events = case when jsonb_array_length(m.events) < $6::int then m.events || excluded.events else m.events end,
     total = m.total + excluded.total
   returning id`,
);

export const dueMails = systemQuery<{ readonly tenant: string; readonly id: string }, readonly [most: number]>(
  "mail.due",
  "select * from handover.sys_due_mails($1)",
);

export interface MailRow {
  readonly recipient: string;
  readonly events: readonly EventPlace[];
  readonly total: number;
  readonly attempts: number;
}

/** Takes a mail for so many seconds. From then on its content stands. No row: somebody else is at it. */
export const claimMail = tenantQuery<MailRow, readonly [id: string, leaseSeconds: number]>(
  "mail.claim",
  `update handover.alert_mail set state = 'sending', attempts = attempts + 1, started_at = coalesce(started_at, clock_timestamp()),
     due_at = clock_timestamp() + make_interval(secs => $3::double precision)
   where ${GATE} and tenant = $1 and id = $2 and state in ('gathering', 'sending') and due_at <= clock_timestamp()
   returning recipient, events, total, attempts`,
);

/** Records an attempt, unless somebody else has taken the mail since. */
export const recordMail = tenantQuery<
  { readonly state: string },
  readonly [
    id: string,
    attempts: number,
    state: "sent" | "failed" | "sending",
    code: string | null,
    delaySeconds: number,
  ]
>(
  "mail.record",
  `update handover.alert_mail set state = $4, code = $5, due_at = clock_timestamp() + make_interval(secs => $6::double precision)
   where ${GATE} and tenant = $1 and id = $2 and attempts = $3::int and state = 'sending' returning state`,
);

/** Of a month ago and before: nobody asks for them. */
export const forgetMails = tenantQuery<never>(
  "mail.forget",
  `delete from handover.alert_mail
   where ${GATE} and tenant = $1 and state in ('sent', 'failed') and started_at < clock_timestamp() - interval '30 days'`,
);
