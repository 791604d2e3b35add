/** The part of launches, browser sessions and the feed's consumers in the tenant wall's test. */
import { createHash } from "node:crypto";
import { run } from "../../../src/db/query.ts";
import { saveConsumer } from "../../../src/polling/feed-consumers.ts";
import { addLaunch, insertSession } from "../../../src/smart/store.ts";
import type { WallFixture } from "./wall-fixture.ts";

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
const sealed = Buffer.from("sealed");
const now = new Date("2026-03-17T10:00:00Z");
const later = new Date("2026-03-17T11:00:00Z");

/** Values of a session's row behind its id. */
const session = (actor: string) =>
  [
    hash("secret"),
    actor,
    "Dr. Seven",
    "Patient/p1",
    "Encounter/e1",
    null,
    true,
    true,
    null,
    sealed,
    later,
    now,
    later,
  ] as const;

export const fixture: WallFixture = {
  async fill(tx, tenant) {
    const launch = { browserHash: hash("browser"), sealed, expiresAt: later };
    await addLaunch(tx, tenant, { ...launch, stateHash: hash(`state-${tenant}`) }, now);
    await addLaunch(tx, tenant, { ...launch, stateHash: hash("state-shared") }, now);
    await run(tx, insertSession, tenant, `launch-${tenant}`, ...session(`Practitioner/${tenant}`));
    await run(tx, insertSession, tenant, "launch-shared", ...session(`Practitioner/${tenant}`));
    await saveConsumer(tx, tenant, `consumer-${tenant}`, 3);
    await saveConsumer(tx, tenant, "consumer-shared", 3);
  },
  params: {
    "smart-launch-insert": [hash("state-new"), hash("browser"), sealed, later],
    "smart-launch-take": [hash("state-shared"), hash("browser"), now],
    "smart-launch-purge": [later],
    "smart-session-purge": [later],
    "smart-session-insert": ["launch-new", ...session("Practitioner/7")],
    "smart-session-read": ["launch-shared"],
    "smart-session-of-user": ["Practitioner/7", "Patient/p1", now],
    "smart-session-touch": ["launch-shared", later],
    "smart-session-end": ["launch-shared", later],
    "smart-session-tokens": ["launch-shared"],
    "smart-session-refresh-claim": ["launch-shared", 0, "claim", 45],
    "smart-session-refresh-release": ["launch-shared", "claim"],
    "smart-session-sign-in-end": ["launch-shared", "claim", later],
    "smart-session-tokens-save": ["launch-shared", 0, sealed, later],
    "feed-consumer-read": ["consumer-shared"],
    "feed-consumer-standing": ["consumer-shared", 10],
    "feed-consumer-save": ["consumer-shared", 9],
  },
  tables: ["handover.smart_launch", "handover.smart_session", "handover.feed_consumer"],
};
