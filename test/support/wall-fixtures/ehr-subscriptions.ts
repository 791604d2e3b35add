/** The EHR watch's part of the tenant wall's test. */
import { run } from "../../../src/db/query.ts";
import { findNotices } from "../../../src/ehr/subscriptions/notice-store.ts";
import { insertPolls } from "../../../src/ehr/subscriptions/poll-store.ts";
import { insertEhrSubscription } from "../../../src/ehr/subscriptions/store.ts";
import type { WallFixture } from "./wall-fixture.ts";

const bytes = Buffer.from("sealed");
const time = "2026-03-18T10:00:00.000Z";

export const fixture: WallFixture = {
  async fill(tx, tenant) {
    const said = ["discharge", "topic", `https://ehr.example/${tenant}`, tenant, bytes, bytes] as const;
    await run(tx, insertEhrSubscription, tenant, "shared", ...said);
    await run(
      tx,
      insertEhrSubscription,
      tenant,
      `own-${tenant}`,
      "chart",
      "criteria",
      "Observation?",
      tenant,
      bytes,
      bytes,
    );
    await run(tx, findNotices, tenant, ["Encounter/shared", `Encounter/${tenant}`], ["1", "1"]);
    await run(tx, insertPolls, tenant, ["discharge", `job-${tenant}`], 0);
  },
  params: {
    "ehr-subscriptions.list": [],
    "ehr-subscriptions.read": ["shared"],
    "ehr-subscriptions.lock": ["shared"],
    "ehr-subscriptions.insert": ["new", "discharge", "criteria", "Encounter?", "t", bytes, bytes],
    "ehr-subscriptions.end": ["shared"],
    "ehr-subscriptions.delete": ["shared"],
    "ehr-subscriptions.claim": ["shared", 60],
    "ehr-subscriptions.hear": ["shared", "proven", "handshake", time, false, 0, 0, time],
    "ehr-subscriptions.number": ["shared", 7, 9],
    "ehr-subscriptions.asked": ["shared", "7", "requested", time, time],
    "ehr-subscriptions.move": ["shared", 1, "silent", true, null, time],
    "ehr-subscriptions.release": ["shared", time, time, false, null, time],
    "ehr-subscriptions.silence": ["discharge"],
    "ehr-notices.put": [["Encounter/new"], "topic"],
    "ehr-notices.find": [["Encounter/new"], ["1"]],
    "ehr-notices.claim": ["Encounter/shared", 60],
    "ehr-notices.settle": ["Encounter/shared", 1, "1", "known", null, null],
    "ehr-notices.postpone": ["Encounter/shared", 5, "ehr_failed"],
    "ehr-notices.hold": [15],
    "ehr-notices.backlog": [],
    "ehr-polls.insert": [["job-new"], 0],
    "ehr-polls.claim": ["discharge", 60],
    "ehr-polls.settle": ["discharge", time, 60, time],
    "ehr-polls.postpone": ["discharge", 60, "ehr_failed"],
    "ehr-polls.hold": [15],
    "ehr-polls.hasten": [true],
    "ehr-polls.remove": ["discharge"],
    "ehr-polls.remove-all": [],
    "ehr-polls.read": ["discharge"],
  },
  tables: ["handover.ehr_subscription", "handover.ehr_notice", "handover.ehr_poll"],
};
