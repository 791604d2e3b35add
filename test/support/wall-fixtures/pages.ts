/** The part of the pages in the tenant wall's test. */
import { createHash } from "node:crypto";
import { run } from "../../../src/db/query.ts";
import { addDocumentTicketQuery } from "../../../src/pages/store.ts";
import type { WallFixture } from "./wall-fixture.ts";

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
const now = new Date("2026-03-17T10:00:00Z");
const later = new Date("2026-03-17T10:01:00Z");
const by = (id: string) => ({ kind: "practitioner", id }) as const;

export const fixture: WallFixture = {
  async fill(tx, tenant) {
    const ticket = [`launch-${tenant}`, "job-1", by(`Practitioner/${tenant}`), later] as const;
    await run(tx, addDocumentTicketQuery, tenant, hash(`ticket-${tenant}`), ...ticket);
    await run(tx, addDocumentTicketQuery, tenant, hash("ticket-shared"), ...ticket);
  },
  params: {
    "document-ticket-add": [hash("ticket-new"), "launch-1", "job-1", by("Practitioner/7"), later],
    "document-ticket-take": [hash("ticket-shared"), "launch-1", now],
    "document-ticket-purge": [later],
  },
  tables: ["handover.document_ticket"],
};
