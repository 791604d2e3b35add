/** Tenants' own rows: the id is the tenant itself, the contents hold its name, so that a leak would show. */
import { run } from "../../../src/db/query.ts";
import { putTenant } from "../../../src/tenants/store.ts";
import type { WallFixture } from "./wall-fixture.ts";

const bytes = Buffer.from("sealed");

export const fixture: WallFixture = {
  async fill(tx, tenant) {
    await run(tx, putTenant, tenant, "served", "apply", Buffer.from(tenant), null, "1");
  },
  params: {
    "tenants.read": [],
    "tenants.put": ["served", "apply", bytes, bytes, "2"],
  },
  tables: ["handover.tenant"],
};
