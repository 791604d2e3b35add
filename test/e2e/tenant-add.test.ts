/** From an adapter without tenants to a hospital that is served: `handover tenant add`, as an integration engineer works. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { fileSchema } from "../../src/config/tenant-schema.ts";
import { handover } from "../support/cli.ts";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { masterKey, startWholeApp } from "../support/whole-app.ts";

const secrets = { HANDOVER_SECRET_GATEWAY: "key-of-the-gateway-of-general" };

let app: WholeApp;
let environment: Record<string, string>;
before(async () => {
  app = await startWholeApp({ tenants: () => [], environment: secrets });
  environment = { DATABASE_URL: app.database.appUrl, HANDOVER_MASTER_KEY: masterKey, PUBLIC_URL: app.url };
});
after(() => app.stop());

/** What a person would type for the sandbox EHR. */
function answers(): readonly string[] {
  const { iss, jku } = app.sandbox.cdsIssuer;
  return [
    ["--name", "General Hospital", "--fhir-base", app.sandbox.ehr.fhirBaseUrl, "--time-zone", "America/Chicago"],
    ["--issuer", iss, "--jku", jku, "--smart-client-id", "handover-app", "--backend-client-id", "handover-backend"],
    ["--allow", "127.0.0.1/32", "--allow-http", "--frame-ancestor", app.sandbox.url, "--signer-role", "405279007"],
    ["--api-client", "gateway:HANDOVER_SECRET_GATEWAY"],
  ].flat();
}

const add = (args: readonly string[]) =>
  handover(["tenant", "add", "general", ...args], { ...environment, ...secrets });

describe("handover tenant add", () => {
  it("prints an entry for a file, and beside it the findings and what to enter into the EHR's forms", async () => {
    const end = await add(answers());
    assert.equal(end.code, 0, end.stderr);
    const { tenants } = fileSchema.parse(parse(end.stdout));
    const [tenant] = tenants;
    assert.equal(tenant?.ehr.backendServices?.alg, "ES384", "listed by the sandbox's token endpoint");
    assert.equal(tenant.ehr.smart?.clientAuth, "private_key_jwt");
    assert.match(end.stderr, /ok {6}token +.*granted to client handover-backend/u);
    assert.match(end.stderr, /Redirect URI +\S+\/smart\/callback/u);
    assert.match(end.stderr, /handover tenant test general/u);
    const list = await handover(["tenant", "list"], environment);
    assert.match(list.stdout, /^No tenant\./u, "printing stores nothing");
  });

  it("before the EHR has given any client id: the whole sheet is there to register with", async () => {
    const bare = [
      "--name",
      "General",
      "--fhir-base",
      app.sandbox.ehr.fhirBaseUrl,
      "--allow",
      "127.0.0.1/32",
      "--allow-http",
    ];
    const end = await add([...bare, "--json"]);
    const answer = z
      .object({ entry: z.object({ ehr: z.looseObject({}) }), registration: z.array(z.object({ title: z.string() })) })
      .parse(JSON.parse(end.stdout));
    assert.deepEqual(
      answer.registration.map(({ title }) => title),
      ["CDS Hooks", "SMART app launch", "SMART Backend Services"],
    );
    assert.ok(!("smart" in answer.entry.ehr) && !("backendServices" in answer.entry.ehr), "the entry makes up no id");
  });

  it("an address outside the egress rule: the entry is printed all the same, the fault explained, exit code 1", async () => {
    const end = await add(answers().filter((each) => each !== "--allow" && each !== "127.0.0.1/32"));
    assert.equal(end.code, 1);
    assert.equal(fileSchema.parse(parse(end.stdout)).tenants.length, 1);
    assert.match(end.stderr, /FAILED {2}addresses .*loopback IPv4 address, outside the egress rule/u);
    assert.match(end.stderr, /Fix: Add "127\.0\.0\.1\/32"/u);
  });

  it("answers that make no entry are refused, each named", async () => {
    for (const [args, wanted] of [
      [["--time-zone", "Chicago"], /timeZone \(command line\): not an IANA time zone/u],
      [["--environment", "production"], /network\.allowHttp/u],
      [["--ca-file", "/nowhere/ca.pem"], /--ca-file cannot be read/u],
    ] as const) {
      const end = await add([...answers(), ...args]);
      assert.equal(end.code, 78, end.stdout);
      assert.match(end.stderr, wanted);
    }
    assert.equal((await add([...answers(), "--vendor", "ecip"])).code, 2);
  });

  it("another master key than the adapter's is refused before anything is sealed with it", async () => {
    const other = { ...environment, ...secrets, HANDOVER_MASTER_KEY: Buffer.alloc(32, 12).toString("base64") };
    const end = await handover(["tenant", "add", "general", ...answers(), "--store"], other);
    assert.equal(end.code, 78, end.stdout);
    assert.match(end.stderr, /HANDOVER_MASTER_KEY is not the key/u);
    assert.deepEqual(await app.database.asOwner("select * from handover.tenant"), []);
  });

  it("--store: the running adapter answers the hospital's hook, and doctor finds it", async () => {
    const end = await add([...answers(), "--store", "--json"]);
    assert.equal(end.code, 0, end.stderr + end.stdout);
    const stored = z.object({
      stored: z.object({ tenants: z.array(z.object({ id: z.string(), outcome: z.string() })) }),
    });
    assert.deepEqual(stored.parse(JSON.parse(end.stdout)).stored.tenants, [{ id: "general", outcome: "created" }]);

    const [chart] = app.sandbox.charts;
    assert.ok(chart);
    const context = { userId: "Practitioner/attending-1", patientId: chart.patientId, encounterId: chart.encounterId };
    await eventually(async () => {
      const [answer] = await app.sandbox.cdsClient.call("encounter-discharge", context);
      return answer?.status === 200 && answer.cards.length > 0;
    }, "the hook is answered by a card");
    const jobs = await eventually(async () => {
      const headers = { authorization: `Bearer ${secrets.HANDOVER_SECRET_GATEWAY}` };
      const body: unknown = await (await fetch(`${app.url}/v1/jobs?status=completed`, { headers })).json();
      const { items } = z.object({ items: z.array(z.object({ status: z.string() })) }).parse(body);
      return items.length > 0 ? items : undefined;
    }, "the draft is ready");
    assert.equal(jobs.length, 1);

    const doctor = await handover(["doctor", "--tenant", "general"], { ...environment, ...secrets });
    assert.equal(doctor.code, 0, doctor.stdout);
    const general = await handover(["doctor"], { ...environment, ...secrets });
    assert.match(general.stdout, /ok {6}tenants +served: general/u);
    const here = await handover(["doctor"], environment);
    assert.equal(here.code, 1);
    assert.match(here.stdout, /FAILED {2}tenant general .*HANDOVER_SECRET_GATEWAY is not set/u);
  });
});
