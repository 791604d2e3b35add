/** `handover tenant add`: the entry that is proposed, by vendor and by what the EHR says of itself. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Discovered, Given } from "../../src/cli/tenant-add/entry.ts";
import { proposeEntry, secretVariable } from "../../src/cli/tenant-add/entry.ts";
import type { VendorName } from "../../src/cli/tenant-add/vendors.ts";
import { vendorNames, vendorOf } from "../../src/cli/tenant-add/vendors.ts";
import { tenantSchema } from "../../src/config/tenant-schema.ts";

const given: Given = {
  id: "lake-side",
  name: "Lakeside",
  fhirBaseUrl: "https://ehr.example/fhir/r4",
  environment: "test",
  jku: "https://ehr.example/jwks",
  smartClientId: "app",
  backendClientId: "backend",
  signerRoles: [],
  allow: [],
  allowHttp: false,
  frameAncestors: [],
  apiClients: [],
};

function propose(vendor: VendorName, discovered: Discovered = {}, over: Partial<Given> = {}) {
  const { entry, notes } = proposeEntry({ ...given, ...over }, vendor, discovered);
  return { tenant: tenantSchema.parse(entry), notes: notes.join("\n") };
}

describe("the entry", () => {
  it("is one that the configuration takes, for every vendor", () => {
    for (const vendor of vendorNames) assert.equal(propose(vendor).tenant.id, "lake-side");
  });

  it("for Epic: iss is the FHIR base, our RS384 key unless its token endpoint lists ES384", () => {
    const { tenant } = propose("epic");
    assert.equal(tenant.ehr.cdsHooks.issuers[0]?.iss, given.fhirBaseUrl);
    assert.equal(tenant.ehr.backendServices?.alg, "RS384");
    assert.equal(propose("epic", { algorithms: ["RS384", "ES384"] }).tenant.ehr.backendServices?.alg, "ES384");
  });

  it("for Oracle Health: its fixed issuer, final documents only, one content with charset, no If-None-Exist", () => {
    const { tenant, notes } = propose("oracle", { conditionalCreate: true }, { issuerTenant: "t-1" });
    assert.deepEqual(
      tenant.ehr.cdsHooks.issuers.map(({ iss, tenant: name }) => [iss, name]),
      [["https://cds-hooks.cerner.com", "t-1"]],
    );
    const { docStatus, conditionalCreate, contentTypes } = tenant.ehr.writeProfile;
    assert.deepEqual(
      [docStatus, conditionalCreate, contentTypes],
      ["final-only", false, ["application/xhtml+xml;charset=utf-8"]],
    );
    assert.match(notes, /patient-view only: no draft begins at the discharge by itself/u);
  });

  it("follows what the EHR lists: kind of client, algorithm, conditional create", () => {
    const found = { capabilities: ["client-confidential-symmetric"], algorithms: ["RS384"], conditionalCreate: false };
    const { tenant, notes } = propose("generic", found, { issuer: "https://ehr.example" });
    assert.equal(tenant.ehr.smart?.clientAuth, "client_secret");
    assert.equal(tenant.ehr.smart.clientSecretEnv, "HANDOVER_SECRET_LAKE_SIDE_SMART");
    assert.equal(tenant.ehr.backendServices?.alg, "RS384");
    assert.equal(tenant.ehr.writeProfile.conditionalCreate, false);
    for (const said of [/clientAuth is client_secret/u, /alg is RS384/u, /conditionalCreate is false/u])
      assert.match(notes, said);
  });

  it("keeps what was given over what was discovered", () => {
    const { tenant } = propose("generic", { capabilities: ["client-public"] }, { clientAuth: "private_key_jwt" });
    assert.equal(tenant.ehr.smart?.clientAuth, "private_key_jwt");
  });

  it("says what is missing: an issuer, a time zone, any client of ours, a key that is taken", () => {
    const { notes } = propose("generic", { algorithms: ["ES256"] }, { jku: undefined, smartClientId: undefined });
    assert.match(notes, /No issuer of hook tokens: give --issuer and --jku/u);
    assert.match(notes, /timeZone is UTC/u);
    assert.match(notes, /neither ES384 nor RS384/u);
    const none = propose("generic", {}, { smartClientId: undefined, backendClientId: undefined });
    assert.match(none.notes, /nobody can sign/u);
  });

  it("names secrets so that the adapter starts with them before it knows the tenant", () => {
    assert.equal(secretVariable("lake-side", "gateway"), "HANDOVER_SECRET_LAKE_SIDE_GATEWAY");
  });
});

describe("the vendor", () => {
  for (const [software, wanted] of [
    ["Epic", "epic"],
    ["Oracle Health Millennium", "oracle"],
    ["Cerner Millennium", "oracle"],
    ["HAPI FHIR Server", "hapi"],
    ["Epicentre", "generic"],
    [undefined, "generic"],
  ] as const)
    it(`${software ?? "(unnamed)"} is ${wanted}`, () => {
      assert.equal(vendorOf(software), wanted);
    });
});
