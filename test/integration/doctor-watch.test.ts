/** `handover doctor --tenant`: whether the EHR tells by itself, by what, and what stands in the way. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openExamination } from "../../src/cli/doctor/tenant/examination.ts";
import type { StoredWatch } from "../../src/cli/doctor/tenant/watch.ts";
import { checkWatch } from "../../src/cli/doctor/tenant/watch.ts";
import { loadConfig } from "../../src/config/load.ts";
import { registeredScopesOf } from "../../src/config/system-scopes.ts";

const nowMs = Date.parse("2026-03-18T10:00:00Z");
const at = (minutesAgo: number) => new Date(nowMs - minutesAgo * 60_000);

function configured(ehr: object) {
  const { config } = loadConfig({
    demo: true,
    environment: { PUBLIC_URL: "https://adapter.example" },
    file: {
      tenants: [
        {
          id: "general",
          name: "General Hospital",
          ehr: { fhirBaseUrl: "https://ehr.example/fhir", backendServices: { clientId: "x" }, ...ehr },
        },
      ],
    },
  });
  const [tenant] = config.tenants;
  assert.ok(tenant);
  return { config, tenant };
}

async function look(watch: () => Promise<StoredWatch>, ehr: object = { subscriptions: {} }) {
  const { config, tenant } = configured(ehr);
  const examination = openExamination({
    tenant,
    config,
    ownKeys: () => Promise.reject(new Error("no keys")),
    endpoints: async () => [],
    watch,
  });
  try {
    return (await checkWatch(examination, nowMs)).map(({ ok, found, fix }) => [ok, found, fix !== undefined]);
  } finally {
    await examination.close();
  }
}

type Row = StoredWatch["subscriptions"][number];
const row = (more: Partial<Row>): Row => ({
  watch: "discharge",
  manner: "topic",
  criteria: "https://ehr.example/t",
  phase: "proven",
  proof: "handshake",
  proven_at: at(60),
  heard_at: at(3),
  error: null,
  ...more,
});
const poll = { polled_at: at(1), error: null };

describe("doctor says", () => {
  test("that nothing is asked for, that nothing has begun, that it cannot tell", async () => {
    const nothing = async () => ({ subscriptions: [], poll: undefined });
    assert.match(String((await look(nothing, {}))[0]?.[1]), /^not asked for/u);
    assert.deepEqual((await look(nothing))[0], [true, "not begun yet", true]);
    const [lost] = await look(() => Promise.reject(new Error("away")));
    assert.deepEqual([lost?.[0], lost?.[2]], [false, true]);
  });

  test("by what the EHR tells, how that proved itself, and when it was last heard of", async () => {
    const rows = [row({}), row({ watch: "chart", manner: "criteria", phase: "requested" })];
    assert.deepEqual(await look(async () => ({ subscriptions: rows, poll })), [
      [true, "ended stays: by topic, proven by handshake, last heard 3 min ago", false],
      [true, "changes under a draft: by polling, last 1 min ago; criteria is requested", true],
    ]);
  });

  test("why it is polled though it was asked to tell, and that it cannot be asked at all", async () => {
    const refused = row({ phase: "refused", proof: null, error: "ehr_refused" });
    const [told] = await look(async () => ({ subscriptions: [refused], poll }));
    assert.deepEqual(told, [true, "ended stays: by polling, last 1 min ago; topic is refused (ehr_refused)", true]);
    const [vain] = await look(async () => ({ subscriptions: [], poll: { polled_at: null, error: "ehr_refused" } }));
    assert.deepEqual(vain, [false, "the EHR was asked in vain: ehr_refused", true]);
  });
});

test("what is registered holds the scope of Subscriptions where they are used, and nowhere else", () => {
  const own = { backendServices: { clientId: "x", scopes: "system/*.rs" }, subscriptions: {} };
  assert.equal(registeredScopesOf(configured(own).tenant), "system/*.rs system/Subscription.cruds");
  for (const ehr of [{}, { subscriptions: { channel: "polling" } }])
    assert.doesNotMatch(registeredScopesOf(configured(ehr).tenant), /Subscription/u);
});

test("without an access of our own there is nothing to believe an EHR by", () => {
  assert.throws(() => configured({ backendServices: undefined, subscriptions: {} }), /needs backendServices/u);
});
