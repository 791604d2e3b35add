/** Trust, hooks and audit. */
import { createHash } from "node:crypto";
import type { WallFixture } from "./wall-fixture.ts";

const digest = createHash("sha256").update("ticket").digest();
const session = createHash("sha256").update("session").digest();
const unseen = createHash("sha256").update("unseen").digest();
const hash = Buffer.alloc(32, 1);
const card = "7d3c5a3e-0f0b-4c57-8a53-0d6f2f1a0001";
const call = "7d3c5a3e-0f0b-4c57-8a53-0d6f2f1a0002";
const far = Date.UTC(2099, 0, 1);

const statements: readonly string[] = [
  "insert into handover.seen_jti (tenant, digest, until) values ($1, '\\x01', '2099-01-01')",
  "insert into handover.signing_key (tenant, kid, alg, public_jwk, sealed_private) values ($1, 'kid', 'ES384', '{}', '\\x01')",
  "insert into handover.hook_call (tenant, hook_instance, digest) values ($1, '7d3c5a3e-0f0b-4c57-8a53-0d6f2f1a0002', 'd')",
  "insert into handover.card (tenant, uuid, job, encounter, user_id, state) values ($1, '7d3c5a3e-0f0b-4c57-8a53-0d6f2f1a0001', 'job', 'Encounter/e1', 'Practitioner/d1', 'draft-ready')",
  "insert into handover.feedback (tenant, card, digest, job, encounter, user_id, outcome, outcome_at, items) values ($1, '7d3c5a3e-0f0b-4c57-8a53-0d6f2f1a0001', '\\x01', 'job', 'Encounter/e1', 'Practitioner/d1', 'overridden', now(), array['item-' || $1])",
  "insert into handover.audit (tenant, number, at, action, outcome, actor_kind, actor_id, hash) values ($1, 1, now(), 'job.read', 'success', 'system', 'test', '\\x01')",
  "insert into handover.audit_pending (tenant, n, at, action, outcome, actor_kind, actor_id, hash) overriding system value values ($1, 1000, now(), 'job.read', 'success', 'system', 'test', '\\x01')",
  "insert into handover.audit_head (tenant, number, hash) values ($1, 1, '\\x01')",
];

export const fixture: WallFixture = {
  async fill(tx, tenant) {
    for (const text of statements) await tx.query(text, [tenant]);
    await tx.query(
      `insert into handover.ticket (tenant, digest, purpose, patient, encounter, job, user_id, until, launch, session_digest, session_until)
       values ($1, $2, 'open', 'Patient/p1', 'Encounter/e1', 'job', 'Practitioner/d1', '2099-01-01', 't-1', $3, '2099-01-01')`,
      [tenant, digest, session],
    );
  },
  params: {
    "trust.use-token": [unseen, far / 1000],
    "trust.signing-keys": [],
    "trust.add-signing-key": ["kid-2", "RS384", "{}", hash],
    "trust.retire-signing-keys": ["ES384", "kid-9", 60],
    "trust.lock-signing-keys": [],
    "trust.add-ticket": [unseen, "open", "Patient/p1", "Encounter/e1", "job", "Practitioner/d1", null, far],
    "trust.read-ticket": [digest],
    "trust.claim-ticket": [digest, Date.UTC(2026, 0, 1)],
    "trust.open-ticket-session": [digest, "job", "t-2", unseen, far],
    "trust.release-ticket": [digest],
    "trust.ticket-session": [session, Date.UTC(2026, 0, 1)],
    "hooks.remember-call": [call, "d"],
    "hooks.remember-cards": [
      ["7d3c5a3e-0f0b-4c57-8a53-0d6f2f1a0003"],
      ["job"],
      ["draft-ready"],
      ["Encounter/e1"],
      ['["item"]'],
      "Practitioner/d1",
      "discharge-summary",
    ],
    "hooks.read-cards": [[card]],
    "hooks.add-feedback": [
      card,
      hash,
      "job",
      "Encounter/e1",
      "Practitioner/d1",
      "accepted",
      null,
      null,
      null,
      "2026-03-17T10:00:00Z",
      "discharge-summary",
      ["item"],
    ],
    "hooks.overridden": ["Encounter/e1", "Practitioner/d1", "job", "discharge-summary"],
    "hooks.put-aside": [["Encounter/e1"], "Practitioner/d1", "discharge-summary"],
    "audit.lock-head": [hash],
    "audit.append": ["1", "2", hash, ["1000"], [hash]],
    "audit.add-pending": [
      "2026-03-17T10:00:00Z",
      "job.read",
      "success",
      "system",
      "test",
      null,
      null,
      null,
      null,
      null,
      hash,
    ],
    "audit.read-pending": [10],
    "audit.read-after": [0, 10],
    "audit.head": [],
  },
  tables: [
    "handover.seen_jti",
    "handover.signing_key",
    "handover.ticket",
    "handover.hook_call",
    "handover.card",
    "handover.feedback",
    "handover.audit",
    "handover.audit_head",
    "handover.audit_pending",
  ],
};
