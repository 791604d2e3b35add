/** The FHIR package as another project uses it: installed from its tarball, found by name, read by its indexes, its examples validated by its profiles. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { z } from "zod";
import { packageFolders, resourcesIn } from "../../src/catalogue/fhir-package.ts";
import { handoverProfiles, servedProfiles } from "../../src/core/validation/outgoing-profiles.ts";
import { indexDefinitions } from "../../src/core/validation/definitions.ts";
import { createValidator } from "../../src/core/validation/validate.ts";
import { loadConformance } from "../../src/validation/conformance.ts";
import { readR4 } from "../../src/validation/r4.ts";
import { loadArtifacts } from "../../src/subscriptions/artifacts.ts";
import type { PackedProfiles } from "../support/packed-profiles.ts";
import { packProfiles } from "../support/packed-profiles.ts";

let packed: PackedProfiles;
before(async () => {
  packed = await packProfiles();
});
after(() => packed?.remove());

const read = (file: string): unknown => JSON.parse(readFileSync(join(packed.installed, file), "utf8"));
const entry = z.looseObject({
  filename: z.string(),
  resourceType: z.string(),
  id: z.string(),
  url: z.url().optional(),
});
const index = z.object({ "index-version": z.literal(2), files: z.array(entry).nonempty() });
const resource = z.looseObject({ resourceType: z.string(), id: z.string(), url: z.url().optional() });

test("each folder's index tells of its files, and of all of them", () => {
  for (const part of packageFolders) {
    const { files } = index.parse(read(join(part, ".index.json")));
    const there = globSync(resourcesIn(part), { cwd: packed.installed }).map((file) => basename(file));
    assert.deepEqual(
      files.map(({ filename }) => filename),
      there.toSorted(),
      part,
    );
    for (const { filename, resourceType, id, url } of files) {
      const found = resource.parse(read(join(part, filename)));
      assert.deepEqual([found.resourceType, found.id, found.url], [resourceType, id, url], filename);
    }
  }
});

test("what it installs is enough for the program: profiles, topics, operation, capability statement", () => {
  assert.equal(loadConformance(packed.installed).profiles.length, Object.keys(handoverProfiles).length);
  const { topics, operations } = loadArtifacts("https://adapter.example", packed.installed);
  assert.ok(topics.length > 0);
  assert.deepEqual([...operations.keys()], ["discharge-summary"]);
});

test("its examples are valid by its own profiles", () => {
  const { profiles, valueSets } = loadConformance(packed.installed);
  const { structures, valueSets: r4 } = readR4();
  const definitions = indexDefinitions({ structures, valueSets: { ...r4, ...Object.fromEntries(valueSets) } });
  const validator = createValidator(definitions, profiles);
  const { files } = index.parse(read("examples/.index.json"));
  for (const { filename } of files) {
    const example = resource.parse(read(join("examples", filename)));
    assert.deepEqual(validator.validate(example, servedProfiles(example)), [], filename);
  }
});
