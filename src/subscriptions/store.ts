/** Rows of FHIR Subscriptions. */
import { GATE, tenantQuery } from "../db/query.ts";
import { systemQuery } from "../db/system.ts";

export const dueSubscriptions = systemQuery<
  { readonly tenant: string; readonly subscription: string },
  readonly [most: number]
>("subscriptions.due", "select * from handover.sys_due_subscriptions($1)");

export interface SubscriptionRow {
  readonly id: string;
  readonly client: string;
  readonly status: "requested" | "active" | "error" | "off";
  readonly error: string | null;
  readonly topic: string;
  readonly resource: unknown;
  readonly version: number;
  readonly heartbeat_seconds: number | null;
  readonly end_at: Date | null;
  readonly updated_at: Date;
}

const columns =
  "s.id, s.client, s.status, s.error, s.topic, s.resource, s.version, s.heartbeat_seconds, s.end_at, s.updated_at";

export const insertSubscription = tenantQuery<
  SubscriptionRow,
  readonly [
    id: string,
    client: string,
    status: string,
    topic: string,
    resource: string,
    heartbeatSeconds: number | null,
    end: string | null,
  ]
>(
  "subscriptions.insert",
  `insert into handover.subscription as s (tenant, id, client, status, topic, resource, heartbeat_seconds, end_at, check_at)
   select $1, $2, $3, $4, $5, $6::jsonb, $7::integer, $8::timestamptz, now() where ${GATE} returning ${columns}`,
);

export const countSubscriptions = tenantQuery<{ readonly count: number }, readonly [client: string]>(
  "subscriptions.count",
  `select count(*)::integer as count from handover.subscription s where ${GATE} and s.tenant = $1 and s.client = $2`,
);

/** One Subscription of one client; someone else's is not found. */
export const readSubscriptionRow = tenantQuery<SubscriptionRow, readonly [id: string, client: string]>(
  "subscriptions.read",
  `select ${columns} from handover.subscription s where ${GATE} and s.tenant = $1 and s.id = $2 and s.client = $3`,
);

export const lockSubscription = tenantQuery<SubscriptionRow, readonly [id: string, client: string]>(
  "subscriptions.lock",
  `select ${columns} from handover.subscription s
   where ${GATE} and s.tenant = $1 and s.id = $2 and s.client = $3 for update`,
);

export const listSubscriptions = tenantQuery<SubscriptionRow, readonly [client: string]>(
  "subscriptions.list",
  `select ${columns} from handover.subscription s
   where ${GATE} and s.tenant = $1 and s.client = $2 order by s.created_at, s.id`,
);

export const updateSubscription = tenantQuery<
  SubscriptionRow,
  readonly [id: string, status: string, resource: string, heartbeatSeconds: number | null, end: string | null]
>(
  "subscriptions.update",
  `update handover.subscription s
   set status = $3, error = null, resource = $4::jsonb, heartbeat_seconds = $5::integer, end_at = $6::timestamptz,
     version = s.version + 1, updated_at = now(), lease_until = '-infinity',
     check_at = case when $3 = 'off' then null else now() end
   where ${GATE} and s.tenant = $1 and s.id = $2 returning ${columns}`,
);

export const deleteSubscription = tenantQuery<{ readonly id: string }, readonly [id: string]>(
  "subscriptions.delete",
  `delete from handover.subscription s where ${GATE} and s.tenant = $1 and s.id = $2 returning s.id`,
);

/** Takes a due Subscription for `$3` seconds; no row where another replica was first or nothing is due any more. */
export const claimSubscription = tenantQuery<SubscriptionRow, readonly [id: string, leaseSeconds: number]>(
  "subscriptions.claim",
  `update handover.subscription s set lease_until = now() + make_interval(secs => $3)
   where ${GATE} and s.tenant = $1 and s.id = $2 and s.check_at <= now() and s.lease_until <= now() returning ${columns}`,
);

/** What came of it. The version guards against a client that changed the Subscription meanwhile: then it is due anew. */
export const settleSubscription = tenantQuery<
  { readonly id: string },
  readonly [id: string, version: number, status: string, error: string | null, checkAt: string | null]
>(
  "subscriptions.settle",
  `update handover.subscription s
   set status = $4, error = $5, check_at = $6::timestamptz, lease_until = '-infinity',
     version = case when s.status = $4 and s.error is not distinct from $5 then s.version else s.version + 1 end,
     updated_at = case when s.status = $4 and s.error is not distinct from $5 then s.updated_at else now() end
   where ${GATE} and s.tenant = $1 and s.id = $2 and s.version = $3 returning s.id`,
);

/** Who is told of what: judged again when clients or their scopes change. */
export const listFollowers = tenantQuery<{ readonly client: string; readonly topic: string }>(
  "subscriptions.followers",
  `select distinct s.client, s.topic from handover.subscription s where ${GATE} and s.tenant = $1 and s.status <> 'off'`,
);

/** Switches a client's Subscriptions to a topic off, and says why. The version tells whoever is at work on one of them. */
export const endFollowing = tenantQuery<
  { readonly id: string },
  readonly [client: string, topic: string, reason: string]
>(
  "subscriptions.end_following",
  `update handover.subscription s
   set status = 'off', error = $4, check_at = null, lease_until = '-infinity', version = s.version + 1, updated_at = now()
   where ${GATE} and s.tenant = $1 and s.client = $2 and s.topic = $3 and s.status <> 'off' returning s.id`,
);
