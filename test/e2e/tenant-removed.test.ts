/** A hospital that is taken out of service while a clinician works, and brought back: nothing is open, and nothing is lost. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { handover } from "../support/cli.ts";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { masterKey, startWholeApp, tenantFile } from "../support/whole-app.ts";
import { api, discharge, jobOf, jobWhen, linkOf, openPage, sign, stayOf } from "../support/whole-app-users.ts";
import { applyTenants } from "../../src/app/apply-tenants.ts";
import { loadConfig } from "../../src/config/load.ts";
import { withTenantStore } from "../../src/cli/tenant-store.ts";

let app: WholeApp;
let environment: Record<string, string>;
before(async () => {
  app = await startWholeApp();
  environment = { DATABASE_URL: app.database.appUrl, HANDOVER_MASTER_KEY: masterKey, PUBLIC_URL: app.url };
});
after(() => app.stop());

/** Applies the sandbox's tenant as `apply` does; its inline secrets are for the demo, which the command is not. */
async function bringBack(): Promise<void> {
  const loaded = loadConfig({ demo: true, environment, file: { egress: { allow: ["127.0.0.1/32"] } } });
  const named = [{ id: "general", written: tenantFile(app.sandbox) }];
  await withTenantStore(loaded, (deps) =>
    applyTenants({ kind: "apply", named, prune: false }, deps, { source: "test" }),
  );
}

describe("a tenant that is removed", () => {
  it("ends the page's session, refuses hooks and keys; back again, the work goes on where it was", async () => {
    const stay = stayOf(app);
    const card = await discharge(app, stay);
    const job = jobOf(card);
    const page = await openPage(app, linkOf(card), stay);
    await jobWhen(app, job, ({ status }) => status === "completed");
    assert.equal((await page.call("GET", `/v1/jobs/${job}`)).status, 200);

    const removed = await handover(["tenant", "remove", "general"], environment);
    assert.equal(removed.code, 0, removed.stderr);
    await eventually(async () => (await api(app, "GET", `/v1/jobs/${job}`)).status === 401, "the API key is dead");
    assert.equal((await page.call("GET", `/v1/jobs/${job}`)).status, 401, "the page's session is over");
    assert.equal(
      (await app.sandbox.cdsClient.call("patient-view", { userId: "Practitioner/attending-1", ...stay }))[0]?.status,
      401,
    );

    await bringBack();
    await eventually(
      async () => (await api(app, "GET", `/v1/jobs/${job}`)).status === 200,
      "the API key is good again",
    );
    const signed = await sign(page, job);
    assert.equal(signed.status, 200, signed.text);
    await eventually(
      () => [...app.sandbox.ehr.store.list("DocumentReference")].some(({ docStatus }) => docStatus === "final"),
      "the document reaches the EHR",
    );
  });
});
