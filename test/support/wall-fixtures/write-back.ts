/** The write-back's part of the tenant wall's test. */
import { run } from "../../../src/db/query.ts";
import { insertWrite, settleWrite } from "../../../src/ehr/write-back/store.ts";
import type { WallFixture } from "./wall-fixture.ts";

export const fixture: WallFixture = {
  async fill(tx, tenant) {
    await run(tx, insertWrite, tenant, `job-${tenant}`, 1, "final");
    await run(tx, insertWrite, tenant, "job-shared", 1, "final");
    await run(tx, insertWrite, tenant, "job-shared", 1, "preliminary");
    await run(
      tx,
      settleWrite,
      tenant,
      "job-shared",
      1,
      "preliminary",
      0,
      "written",
      `DocumentReference/${tenant}`,
      null,
      Buffer.from(`said by ${tenant}`),
    );
  },
  params: {
    "write-back.insert": ["job-new", 1, "final"],
    "write-back.claim": ["job-shared", 1, "final", 60],
    "write-back.settle": ["job-shared", 1, "final", 0, "written", "DocumentReference/1", null, null],
    "write-back.postpone": ["job-shared", 1, "final", 0, "ehr_failed", 5, null, null, null],
    "write-back.dated": ["job-shared", 1, "final", 0, new Date("2026-03-18T12:00:00Z")],
    "write-back.wake": ["Practitioner/1"],
    "write-back.of-job": ["job-shared"],
    "write-back.list": [["pending", "written"], null, 10],
    "write-back.retry": [null],
    "write-back.earlier": ["job-shared", 2, "amended"],
  },
  tables: ["handover.document_write"],
};
