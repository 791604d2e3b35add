/** A hospital without Backend Services whose EHR grants a launch less than is needed: the page and the summary say so. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { defaultLaunchScopes } from "../../src/core/smart/default-scopes.ts";
import { eventually } from "../support/eventually.ts";
import { valueAt } from "../support/sandbox-ehr.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { signerRole, startWholeApp } from "../support/whole-app.ts";
import { api, attending, jobIn, jobWhen, openPage, stayOf } from "../support/whole-app-users.ts";

/** All but allergies, and no document may be written. */
const scopes = defaultLaunchScopes
  .split(" ")
  .filter((scope) => !/AllergyIntolerance|DocumentReference\.cu/u.test(scope))
  .join(" ");
const smart = { clientId: "handover-app", signerRoles: [signerRole], scopes };

let app: WholeApp;
before(async () => {
  app = await startWholeApp({
    tenants: () => [{ backendServices: false, ehr: { smart }, writeProfile: { credential: "user" } }],
  });
});
after(() => app.stop());

interface Section {
  readonly id: string;
  readonly status: string;
  readonly lookedFor?: string;
}

describe("a launch that was granted less", () => {
  test("tells on the page what is missing, makes a draft of the rest, and calls nothing undocumented that it did not look at [smart 147]", async () => {
    const stay = stayOf(app);
    const [patient, encounter] = [`Patient/${stay.patientId}`, `Encounter/${stay.encounterId}`];
    const { id } = jobIn(await api(app, "POST", "/v1/jobs", { json: { patient, encounter } }));
    await jobWhen(app, id, ({ status }) => status === "waiting");

    const link = { label: "", type: "smart", url: `${app.url}/smart/launch`, appContext: id } as const;
    const page = await openPage(app, link, stay);
    const limits = page.context("limits") as string[];
    assert.equal(limits.length, 2);
    assert.match(limits[0] ?? "", /file documents in your name. What you sign stays here/u);
    assert.match(limits[1] ?? "", /read, in your name: allergies\. .*check the EHR/u);

    assert.equal((await page.call("POST", `/app/${page.launch}/chart`)).at("chart"), "brought");
    assert.equal((await jobWhen(app, id)).status, "completed");
    const summary = await api(app, "GET", `/v1/jobs/${id}/summary`);
    const sections = valueAt(summary.json(), "sections") as Section[];
    const allergies = sections.find((section) => section.id === "allergies");
    assert.equal(allergies?.status, "not-documented");
    assert.match(allergies?.lookedFor ?? "", /Not or not all read from the EHR: allergies\./u);
    const others = sections.filter((section) => section.id !== "allergies");
    assert.ok(others.some(({ status }) => status === "documented"));
    assert.ok(others.every(({ lookedFor = "" }) => !lookedFor.includes("read from the EHR")));

    assert.equal((await page.call("POST", `/app/${page.launch}/end`, { json: {} })).status, 204);
    assert.equal((await page.call("GET", `/app/${page.launch}/context`)).status, 401);
    // An entry waits a moment before the chain holds it.
    const left = await eventually(async () => {
      const rows = await app.database.asOwner(
        "select actor_id, reason from handover.audit where action = 'smart.logout'",
      );
      return rows.length > 0 && rows;
    });
    assert.deepEqual(left, [{ actor_id: attending, reason: "tokens.revoked" }]);
  });
});
