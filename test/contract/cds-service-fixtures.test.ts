/** Runs every fixture of the CDS services: a request, how things stand, the cards that must come (contract, section 3). */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { loadServices } from "../../src/hooks/load-services.ts";
import { runFixture } from "../support/service-fixture.ts";

const root = new URL("../../cds-services/", import.meta.url);
const services = await loadServices(root.pathname);

for (const service of services) {
  const folder = new URL(`${service.id}/fixtures/`, root);
  describe(`fixtures of ${service.id}`, () => {
    const names = readdirSync(folder);
    it("are there", () => assert.ok(names.length > 0));

    if (service.id === "discharge-summary") {
      it("cover both hooks", () => {
        for (const hook of ["discharge-", "patient-view-"])
          assert.ok(names.filter((name) => name.startsWith(hook)).length > 5);
      });
    }

    for (const name of names) {
      const fixture: unknown = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
      const title = typeof fixture === "object" && fixture !== null ? String(Reflect.get(fixture, "title")) : "";
      it(`${name}: ${title}`, () => runFixture(service, fixture));
    }
  });
}
