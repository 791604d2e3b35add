/** Delivery and subscriptions. The ids are the same in every tenant, so that a leak would show. */
import type { Executor } from "../../../src/db/query.ts";
import type { WallFixture } from "./wall-fixture.ts";

const job = "01900000-0000-7000-8000-00000000de11";
const bytes = Buffer.from("sealed");
const subscription = "01900000-0000-7000-8000-00000000f41f";
const digest = Buffer.alloc(32, 0x5b);
const far = "2099-01-01T00:00:00Z";

async function fill(tx: Executor, tenant: string): Promise<void> {
  await tx.query(
    `insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id, callback_url)
     values ($1, $2, 'completed', false, $1, 'Patient/1', 'Encounter/delivery', 'discharge-summary', 'api', 'api-client', $1, $3)`,
    [tenant, job, `https://${tenant}.example/callback`],
  );
  await tx.query(
    `insert into handover.event (tenant, job, seq, id, type, source, data, draft)
     select $1, $2, n, $3 || n, 'summary.signed', $1, jsonb_build_object('tenant', $1::text), false from generate_series(1, 2) n`,
    [tenant, job, `evt_delivery_${tenant}`],
  );
  for (const [id, kind, origin] of [
    ["his", "webhook", "config"],
    [subscription, "fhir-rest-hook", "subscription"],
  ]) {
    await tx.query(
      `insert into handover.endpoint (tenant, id, kind, origin, settings, sealed, last_sequence, lane_epoch, made_key)
       values ($1, $2, $3, $4, jsonb_build_object('url', $1::text, 'asymmetric', true), $5, 2, 1, case when $2 = 'his' then 'key' end)`,
      [tenant, id, kind, origin, bytes],
    );
  }
  await tx.query(
    `insert into handover.alert_mail (tenant, id, recipient, state, events, total, due_at)
     values ($1, 'mail-1', $1 || '@hospital.example', 'gathering', '[]', 0, now()), ($1, 'mail-0', $1 || '@hospital.example', 'sent', '[]', 1, now())`,
    [tenant],
  );
  // One delivery that a lane holds, one that is free, one that was held back.
  await tx.query(
    `insert into handover.delivery (tenant, endpoint, sequence, event_id, job, job_sequence, type, state, code, lane_epoch, body)
     values ($1, 'his', 1, $2 || '1', $3, 1, 'summary.signed', 'pending', null, 1, $4), ($1, 'his', 2, $2 || '2', $3, 2, 'summary.signed', 'pending', null, 0, $4),
       ($1, $5, 1, $2 || '1', $3, 1, 'summary.signed', 'held', 'endpoint_disabled', 0, null)`,
    [tenant, `evt_delivery_${tenant}`, job, bytes, subscription],
  );
  await tx.query(
    `insert into handover.attempt (tenant, endpoint, sequence, number, outcome, code, duration_ms, started_at)
     values ($1, $2, 1, 1, 'retry', 'timeout', 1, now())`,
    [tenant, subscription],
  );
  await tx.query(
    `insert into handover.webhook_key (tenant, kid, public_key, sealed_private) values ($1, 'kid', 'whpk_' || $1, $2)`,
    [tenant, bytes],
  );
  await tx.query(
    `insert into handover.binding_token (tenant, digest, client, subscriptions, expires_at)
     values ($1, $2, $1, array[$3], '2099-01-01'), ($1, '\\x00', $1, array[$3], '2000-01-01')`,
    [tenant, digest, subscription],
  );
  await tx.query(
    `insert into handover.subscription (tenant, id, client, status, topic, resource, check_at)
     values ($1, $2, 'his', 'active', 'summary-signed', jsonb_build_object('reason', $1::text), now() - interval '1 minute')`,
    [tenant, subscription],
  );
}

const result = {
  sequence: 1,
  attempts: 0,
  overtook: null,
  state: "delivered",
  outcome: "delivered",
  code: "http_200",
  delay_ms: 0,
  http_status: 200,
  response_bytes: 0,
  duration_ms: 5,
  started_at_ms: 1_700_000_000_000,
  lag_ms: 12,
  answer: bytes.toString("base64"),
};

export const fixture: WallFixture = {
  fill,
  tables: [
    "handover.endpoint",
    "handover.delivery",
    "handover.attempt",
    "handover.subscription",
    "handover.binding_token",
    "handover.webhook_key",
    "handover.alert_mail",
  ],
  params: {
    "webhook-keys.read": [],
    "webhook-keys.add": ["kid-2", "whpk_2", bytes],
    "webhook-keys.retire": [60_000],
    "webhook-keys.touch": [],
    "webhook-keys.forget": [],
    "delivery.take_lane": ["his", 5000, 16],
    "delivery.read_endpoint": ["his"],
    "delivery.lane_turn": [
      "his",
      1,
      5000,
      "closed",
      0,
      0,
      0,
      0,
      null,
      JSON.stringify([result]),
      10,
      true,
      [1],
      "{}",
      1000,
      [1],
    ],
    "delivery.release_lane": ["his", 1],
    "delivery.keep_body": ["his", 1, 1, bytes],
    "delivery.hold_pending": ["his", "endpoint_disabled", null],
    "delivery.read_events": [[job], [1]],
    "delivery.read_takers": [[job], [job]],
    "delivery.read_event_data": [[job], [1]],
    "mail.contact": ["his"],
    "mail.owe": ["mail-2", "ops@hospital.example", '[{"log":"endpoint/his","sequence":1}]', 300, 20],
    "mail.claim": ["mail-1", 120],
    "mail.record": ["mail-1", 0, "sent", null, 0],
    "mail.forget": [],
    "delivery.ensure_callback": ["callback-1", "his", "{}"],
    "delivery.insert_deliveries": [[subscription], [job], [2], ["2"]],
    "delivery.lock_endpoint": ["his"],
    "delivery.insert_endpoint": ["new", "webhook", "config", "active", "{}", "{}", bytes],
    "delivery.update_endpoint": ["his", "{}", "{}", bytes],
    "delivery.remove_unnamed": [["other"], "pruned"],
    "delivery.revive_endpoint": ["his"],
    "delivery.release_held": [subscription],
    "delivery.change_channel": [subscription, "{}", bytes],
    "delivery.set_channel_status": [subscription, "active", null],
    "delivery.read_channels": [[subscription]],
    "delivery.read_channel_events": [subscription, 1, 100, 100],
    "delivery.note_contact": [subscription],
    "registry.read": ["his"],
    "registry.lock": ["his"],
    "registry.list": [null, 10],
    "registry.count": [],
    "registry.urls": [],
    "registry.backlog": ["his", 100],
    "registry.create": ["made", "active", "{}", bytes, "key-2"],
    "registry.read-made": ["key"],
    "registry.change": ["his", "{}", bytes],
    "registry.move": ["his", "paused", null],
    "registry.forget_standing": ["his"],
    "registry.bring_forward": ["his"],
    "registry.delivery": ["his", "1"],
    "registry.list-kept": [["dead", "held"], null, null, null, null, null, null, null, 10],
    "registry.list-owed": [null, job, null, null, null, 10],
    "delivery.set_behind": ["his", true],
    "registry.figures": [subscription, 3600, 100],
    "registry.list-attempts": [subscription, null, null, null, null, null, 10],
    "registry.delivery-attempts": [subscription, "1", "2020-01-01T00:00:00Z", 10],
    "registry.replay": [["held"], null, null, null, null, null, 10, 0, 20],
    "registry.missing": ["his", "2020-01-01T00:00:00Z", ["summary.signed"], "1000000", 10, "0"],
    "subscriptions.insert": ["his", "his", "requested", "summary-signed", "{}", null, null],
    "subscriptions.count": ["his"],
    "subscriptions.read": [subscription, "his"],
    "subscriptions.lock": [subscription, "his"],
    "subscriptions.list": ["his"],
    "subscriptions.update": [subscription, "requested", "{}", 60, far],
    "subscriptions.delete": [subscription],
    "subscriptions.claim": [subscription, 60],
    "subscriptions.add_binding_token": [Buffer.alloc(32, 1), "his", [subscription], 60],
    "subscriptions.take_binding_token": [digest],
    "subscriptions.forget_binding_tokens": [],
    "subscriptions.settle": [subscription, 1, "active", null, far],
    "subscriptions.followers": [],
    "subscriptions.end_following": ["his", "summary-signed", "scope_lost"],
  },
};
