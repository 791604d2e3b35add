/** The second look at a draft over its life: with the draft, after each edit, and gone with the signature. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { summaryEtag } from "../../src/jobs/etag.ts";
import type { StoredSummary } from "../../src/jobs/jobs.ts";
import { createTemplateGenerator } from "../../src/generation/template/template-generator.ts";
import { composeHeart, jobInput, practitioner, readsGivenChart } from "../support/adapter-heart.ts";
import { eventually } from "../support/eventually.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { us } from "../support/jurisdictions.ts";

const testDatabase = await createTestDatabase();
const heart = await composeHeart(testDatabase.open());
after(async () => {
  await heart.close();
  await testDatabase.drop();
});
heart.worker({
  chartReader: readsGivenChart,
  generatorFor: () => ({
    options: { timeZone: "America/Chicago", language: "en", jurisdiction: us },
    generator: createTemplateGenerator(),
    sensitivity: { model: {}, webhooks: {}, documents: { hiv: "exclude" } },
  }),
});

const [loaded] = loadCharts();
assert.ok(loaded !== undefined);
const resources = (loaded.bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
const encounter = `Encounter/${loaded.encounterId}`;
const patient = resources.find(({ resourceType }) => resourceType === "Patient");

async function newDraft(of = resources): Promise<StoredSummary> {
  const { job } = await heart.jobs.create(
    jobInput({ encounter, patient: `Patient/${patient?.id}`, snapshot: { kind: "bundle", resources: of } }),
  );
  return eventually(() => heart.jobs.summary("general", job.id), "a draft");
}

const edit = (summary: StoredSummary, id: "allergies" | "instructions", text: string, add: readonly string[] = []) =>
  heart.jobs.edit(
    "general",
    summary.job,
    summaryEtag(summary.version, summary.revision),
    [{ id, text }],
    practitioner,
    add,
  );
const basisOf = (job: string) => testDatabase.asOwner("select sealed from handover.review_basis where job = $1", [job]);

describe("the review of a draft", () => {
  test("comes with it, follows every edit, takes back what is missing, and ends with the signature", async () => {
    const draft = await newDraft();
    assert.deepEqual(draft.review?.omissions, []);
    assert.deepEqual(draft.review?.claims.doubted, []);

    const emptied = await edit(draft, "allergies", "No allergies.");
    const [omission] = emptied.review?.omissions ?? [];
    assert.ok(omission !== undefined);
    assert.equal(omission.why, "allergy");
    assert.equal(emptied.review?.claims.doubted[0]?.sentence, emptied.sections[5]?.sentences[0]?.id);

    const added = await heart.jobs.edit(
      "general",
      draft.job,
      summaryEtag(emptied.version, emptied.revision),
      [],
      practitioner,
      [omission.id],
    );
    assert.ok(added.review?.omissions.every(({ id }) => id !== omission.id));
    const back = added.sections.find(({ id }) => id === "allergies")?.sentences.at(-1);
    assert.deepEqual([back?.text, back?.origin, back?.verified], [omission.text, "template", true]);
    assert.deepEqual(back?.evidence, omission.evidence);
    await assert.rejects(
      heart.jobs.edit("general", draft.job, summaryEtag(added.version, added.revision), [], practitioner, [
        omission.id,
      ]),
      { code: "parameter_invalid" },
      "it is there already",
    );

    const [row] = await basisOf(draft.job);
    assert.ok(row !== undefined && Buffer.isBuffer(row["sealed"]));
    assert.equal(row["sealed"].includes("Delgado"), false, "kept under a seal");
    const signed = await heart.jobs.sign(
      "general",
      draft.job,
      summaryEtag(added.version, added.revision),
      "I have read it.",
      practitioner,
    );
    assert.equal(signed.review, undefined);
    assert.deepEqual(await basisOf(draft.job), [], "the chart is not kept beyond the signature");
  });

  test("warns and keeps nobody from signing what the chart says otherwise", async () => {
    const draft = await newDraft();
    const wrong = await edit(draft, "instructions", "Sodium was 150 mmol/L.");
    assert.equal(wrong.review?.claims.notSupported, 1);
    const signed = await heart.jobs.sign(
      "general",
      draft.job,
      summaryEtag(wrong.version, wrong.revision),
      "I have read it.",
      practitioner,
    );
    assert.equal(signed.docStatus, "final");
  });
});

describe("a draft of a chart with labelled records", () => {
  const allergy = resources.find(({ resourceType }) => resourceType === "AllergyIntolerance");
  const label = (code: string) => ({ system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code });
  const withLabel = (code: string) =>
    resources.map((one) => (one === allergy ? { ...one, meta: { ...one.meta, security: [label(code)] } } : one));

  test("keeps what the policy excludes out of summary, review and all that is kept, and says how many", async () => {
    const draft = await newDraft(withLabel("HIV"));
    const section = draft.sections.find(({ id }) => id === "allergies");
    assert.equal(section?.withheld, "Entries withheld by policy: 1.");
    const reference = `AllergyIntolerance/${allergy?.id}`;
    assert.equal(JSON.stringify([draft.sections, draft.review]).includes(reference), false);
    await heart.jobs.discard("general", draft.job, summaryEtag(draft.version, draft.revision), "test", practitioner);
  });

  test("carries the labels of its sources at the sentences, through an edit", async () => {
    const draft = await newDraft(withLabel("PSY"));
    const labelled = draft.sections.flatMap(({ sentences }) =>
      sentences.filter(({ security }) => security?.[0] === "PSY"),
    );
    assert.ok(labelled.length > 0);
    const edited = await edit(draft, "instructions", "Drink enough.");
    const after = edited.sections.flatMap(({ sentences }) =>
      sentences.filter(({ security }) => security !== undefined),
    );
    assert.deepEqual(after, labelled);
  });
});
