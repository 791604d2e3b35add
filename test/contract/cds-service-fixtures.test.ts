/** Runs every fixture of the CDS services: a request, how things stand, the cards that must come (contract, section 3). */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { z } from "zod";
import type { Job } from "../../src/jobs/jobs.ts";
import { hookWorld, jobOf, tenantOf } from "../support/hook-world.ts";

const fixtureSchema = z.strictObject({
  title: z.string(),
  tenant: z.looseObject({ ehr: z.looseObject({}) }),
  job: z.looseObject({ status: z.string() }).nullable(),
  /** The user of the request has put a card about this job aside. */
  overridden: z.boolean().default(false),
  request: z.looseObject({ hook: z.string(), context: z.looseObject({ userId: z.string() }) }),
  expect: z.strictObject({ cards: z.array(z.looseObject({ summary: z.string() })), jobsAskedFor: z.int() }),
});

const folder = new URL("../../cds-services/discharge-summary/fixtures/", import.meta.url);

describe("fixtures of discharge-summary", () => {
  const names = readdirSync(folder);
  it("cover both hooks", () => {
    for (const hook of ["discharge-", "patient-view-"])
      assert.ok(names.filter((name) => name.startsWith(hook)).length > 5);
  });

  for (const name of names) {
    const fixture = fixtureSchema.parse(JSON.parse(readFileSync(new URL(name, folder), "utf8")));
    it(`${name}: ${fixture.title}`, async () => {
      const { ehr, ...rest } = fixture.tenant;
      const { invoke, state, seen } = hookWorld({ tenants: [tenantOf("general", ehr, rest)] });
      if (fixture.job !== null) state.job = jobOf(fixture.job as Partial<Job>);
      if (fixture.overridden) seen.overridden.add(`${fixture.request.context.userId} ${state.job?.id ?? ""}`);
      const { status, body } = await invoke({ prefetch: undefined, ...fixture.request });
      assert.equal(status, 200);
      const cards = body.cards.map(({ uuid, ...card }: { uuid: string }) => {
        assert.match(uuid, /^[0-9a-f-]{36}$/u);
        return card;
      });
      assert.deepEqual(cards, fixture.expect.cards);
      assert.equal(seen.created.length, fixture.expect.jobsAskedFor);
    });
  }
});
