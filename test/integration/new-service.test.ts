/** `handover new-service`: what it writes is a service that loads, answers a hook and passes its own fixtures. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import { AdapterError } from "../../src/core/errors.ts";
import { runCli } from "../../src/cli/program.ts";
import { exitCodes } from "../../src/cli/io.ts";
import { loadServices } from "../../src/hooks/load-services.ts";
import { hookWorld, tenantOf } from "../support/hook-world.ts";
import { runFixture } from "../support/service-fixture.ts";

let into: string;
before(async () => {
  into = await mkdtemp(join(tmpdir(), "new-service-"));
});
after(() => rm(into, { recursive: true, force: true }));

async function run(...argv: readonly string[]) {
  const said = { stdout: "", stderr: "" };
  const code = await runCli(["new-service", ...argv], {
    stdout: (text) => void (said.stdout += text),
    stderr: (text) => void (said.stderr += text),
  });
  return { code, ...said };
}

describe("handover new-service", () => {
  it("writes a folder that the start accepts, and says what to do next", async () => {
    const { code, stdout } = await run("goals-of-care", "--into", into);
    assert.equal(code, exitCodes.ok);
    assert.match(stdout, /service\.ts[\s\S]*npm test --/u);
    const [service] = await loadServices(into);
    assert.equal(service?.id, "goals-of-care");
    assert.equal(service?.title, "Goals of care");
  });

  it("passes its own fixtures at once", async () => {
    const [service] = await loadServices(into);
    assert.ok(service !== undefined);
    const folder = join(into, "goals-of-care", "fixtures");
    const names = await readdir(folder);
    assert.equal(names.length, 2);
    for (const name of names) await runFixture(service, JSON.parse(await readFile(join(folder, name), "utf8")));
  });

  it("answers a hook whose prefetch is missing from the EHR, and nothing for who has put it aside", async () => {
    const [service] = await loadServices(into);
    assert.ok(service !== undefined);
    const goal = { resourceType: "Goal", id: "g1", lifecycleStatus: "active", description: {} } as const;
    const own: FhirResource = { ...goal, subject: { reference: "Patient/p1" } };
    const stranger: FhirResource = { ...goal, id: "g2", subject: { reference: "Patient/p2" } };
    const search = async () => ({ resources: [own, stranger], complete: true });
    const { invoke, seen } = hookWorld({ service, reader: { search } });
    const token = {
      access_token: "t",
      token_type: "Bearer",
      expires_in: 60,
      scope: "patient/*.rs",
      subject: "handover",
    };
    const call = { hook: "patient-view", prefetch: undefined, fhirAuthorization: token };
    const { body } = await invoke(call);
    assert.deepEqual(
      body.cards.map(({ summary }: { summary: string }) => summary),
      ["1 goal of care is active."],
      "of this patient only",
    );
    seen.overridden.add("Practitioner/d1 ");
    assert.deepEqual((await invoke(call)).body.cards, []);
    assert.deepEqual((await hookWorld({ service }).invoke({ ...call, fhirAuthorization: undefined })).body.cards, []);
  });

  it("answers without a card when the EHR refuses, fails or hangs, and never with an error", async () => {
    const [service] = await loadServices(into);
    assert.ok(service !== undefined);
    const tenants = [tenantOf("general", { backendServices: { clientId: "handover" } })];
    const fails = (code: "ehr_refused" | "ehr_failed") => () => Promise.reject(new AdapterError(code));
    for (const search of [fails("ehr_refused"), fails("ehr_failed"), () => new Promise<never>(() => {})]) {
      const { invoke } = hookWorld({ service, tenants, reader: { search } });
      const { status, body } = await invoke({ hook: "patient-view", prefetch: undefined });
      assert.equal(status, 200);
      assert.deepEqual(body.cards, []);
    }
  });

  it("refuses a folder that is there, and leaves it as it was", async () => {
    await mkdir(join(into, "taken"));
    await writeFile(join(into, "taken", "service.ts"), "mine");
    const { code, stderr } = await run("taken", "--into", into);
    assert.equal(code, exitCodes.failed);
    assert.match(stderr, /exists already/u);
    assert.deepEqual(await readdir(join(into, "taken")), ["service.ts"]);
    assert.equal(await readFile(join(into, "taken", "service.ts"), "utf8"), "mine");
  });

  it("refuses an id that cannot stand in a URL or leads out of the folder", async () => {
    const before = await readdir(into);
    for (const id of ["Goals", "a_b", "a--b", "-a", "1a", "a/b", "../up", "a.b", "é", `a${"b".repeat(64)}`, ""]) {
      const { code, stderr } = await run("--into", into, "--", id);
      assert.equal(code, exitCodes.usage, id);
      assert.match(stderr, /lower-case letters/u, id);
    }
    assert.equal((await run()).code, exitCodes.usage, "no id");
    assert.deepEqual(await readdir(into), before);
  });

  it("tells a script what it wrote", async () => {
    const { code, stdout } = await run("fall-risk", "--into", into, "--json");
    assert.equal(code, exitCodes.ok);
    const { id, folder, files } = JSON.parse(stdout);
    assert.deepEqual([id, folder], ["fall-risk", join(into, "fall-risk")]);
    assert.deepEqual((await readdir(folder)).toSorted(), ["README.md", "fixtures", "service.ts"]);
    for (const file of files) assert.ok((await readFile(join(folder, file), "utf8")).length > 0);
  });
});
