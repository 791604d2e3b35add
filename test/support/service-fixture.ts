/** One fixture of a CDS service: `cds-services/<id>/fixtures/*.json`, described in CONTRIBUTING.md. */
import assert from "node:assert/strict";
import type { FhirResource } from "fhir/r4.js";
import { z } from "zod";
import type { HookReader } from "../../src/hooks/chart-source.ts";
import type { CdsService } from "../../src/hooks/service.ts";
import type { Job, SignedSummary } from "../../src/jobs/jobs.ts";
import { hookWorld, tenantOf } from "./hook-world.ts";
import { jobOf } from "./hook-world.ts";

const fixtureSchema = z.strictObject({
  title: z.string(),
  tenant: z.looseObject({ ehr: z.looseObject({}) }).default({ ehr: {} }),
  /** The newest job of the stay. */
  job: z.looseObject({ status: z.string() }).nullable().default(null),
  /** The patient's signed summaries. */
  signed: z
    .array(z.looseObject({ job: z.string(), encounter: z.string(), sections: z.array(z.unknown()) }))
    .default([]),
  /** What the EHR holds, for services that read from it. */
  ehr: z.array(z.looseObject({ resourceType: z.string(), id: z.string() })).default([]),
  /** The user of the request has put a card about this job aside. */
  overridden: z.boolean().default(false),
  request: z.looseObject({ hook: z.string(), context: z.looseObject({ userId: z.string() }) }),
  expect: z.strictObject({ cards: z.array(z.looseObject({ summary: z.string() })), jobsAskedFor: z.int().default(0) }),
});

/** Answers as an EHR: by id, and by patient and order. */
function readerOver(resources: readonly FhirResource[]): HookReader {
  const named = (value: unknown, wanted: readonly string[]): boolean =>
    wanted.some((reference) => JSON.stringify(value ?? null).includes(`"${reference}"`));
  return {
    read: async (type, id) => resources.find((resource) => resource.resourceType === type && resource.id === id),
    search: async (type, { patient, "based-on": orders }) => ({
      complete: true,
      resources: resources.filter(
        (resource) =>
          resource.resourceType === type &&
          named(Reflect.get(resource, "subject"), [`Patient/${String(patient)}`]) &&
          (orders === undefined || named(Reflect.get(resource, "basedOn"), String(orders).split(","))),
      ),
    }),
  };
}

/** Calls the service as an EHR would, and compares its cards; `uuid` is left out of the comparison. */
export async function runFixture(service: CdsService, given: unknown): Promise<void> {
  const fixture = fixtureSchema.parse(given);
  const { ehr, ...rest } = fixture.tenant;
  const reader = readerOver(fixture.ehr as unknown as readonly FhirResource[]);
  const { invoke, state, seen } = hookWorld({ tenants: [tenantOf("general", ehr, rest)], reader, service });
  if (fixture.job !== null) state.job = jobOf(fixture.job as Partial<Job>);
  state.signed = fixture.signed as unknown as readonly SignedSummary[];
  if (fixture.overridden) seen.overridden.add(`${fixture.request.context.userId} ${state.job?.id ?? ""}`);
  const { status, body } = await invoke({ prefetch: undefined, ...fixture.request });
  assert.equal(status, 200);
  const cards = body.cards.map(({ uuid, ...card }: { uuid: string }) => {
    assert.match(uuid, /^[0-9a-f-]{36}$/u);
    return card;
  });
  assert.deepEqual(cards, fixture.expect.cards);
  assert.equal(seen.created.length, fixture.expect.jobsAskedFor);
}
