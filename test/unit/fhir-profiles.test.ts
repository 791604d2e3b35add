/** fhir-profiles/ as a package: every canonical is there, every file is used, every example is what we make, and valid. */
import assert from "node:assert/strict";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, test } from "node:test";
import { z } from "zod";
import { eventCodes, packageFolders, packageIndex, resourcesIn } from "../../src/catalogue/fhir-package.ts";
import { publicEventTypes } from "../../src/core/event/event.ts";
import { handoverProfiles } from "../../src/core/validation/outgoing-profiles.ts";
import { loadConformance, publishedConformance } from "../../src/validation/conformance.ts";
import { readR4 } from "../../src/validation/r4.ts";
import { loadValidator } from "../../src/validation/outgoing.ts";
import { loadArtifacts } from "../../src/subscriptions/artifacts.ts";
import { r4Problems } from "../support/fhir-validators.ts";
import { npmPack } from "../support/npm-pack.ts";
import { profileExamples } from "../support/profile-examples.ts";

const top = join(import.meta.dirname, "..", "..");
const folder = join(top, "fhir-profiles");
const text = (file: string): string => readFileSync(join(folder, file), "utf8");
const read = (file: string): object => JSON.parse(text(file)) as object;
const conformanceFiles = globSync("*-*.json", { cwd: folder }).toSorted();
const validator = loadValidator();
const conformance = loadConformance();

/** Canonicals of artifacts, and of the code system; not the bare folders that they are served under. */
const canonical =
  /https:\/\/adapter\.example\/(?:fhir\/(?:StructureDefinition|ValueSet|CodeSystem|OperationDefinition)\/[\w-]+|topics\/[\w-]+|event-types(?!\/))/gu;
const canonicalIn = (source: string): readonly string[] => [...source.matchAll(canonical)].map(([url]) => url);

describe("fhir-profiles, a package", () => {
  const urls = new Set(
    globSync("{*-*,topics/*}.json", { cwd: folder }).map(
      (file) => z.looseObject({ url: z.string() }).parse(read(file)).url,
    ),
  );

  test("every canonical URL in src and in the artifacts themselves is there", () => {
    const sources = [...globSync("src/**/*.ts", { cwd: top }), ...globSync("fhir-profiles/**/*.json", { cwd: top })];
    const named = sources.flatMap((file) => canonicalIn(readFileSync(join(top, file), "utf8")));
    const ours = Object.values(handoverProfiles);
    assert.ok(named.length > 20, "the search for canonicals finds some");
    assert.deepEqual(
      [...named, ...ours].filter((url) => !urls.has(url)),
      [],
    );
  });

  test("every profile is applied by the program, every value set is bound, and nothing else lies there", () => {
    assert.deepEqual(conformance.profiles.map(({ url }) => url).toSorted(), Object.values(handoverProfiles).toSorted());
    const profiles = conformanceFiles
      .filter((file) => file.startsWith("StructureDefinition-"))
      .map(text)
      .join("");
    for (const url of conformance.valueSets.keys()) assert.ok(profiles.includes(`"${url}"`), url);
    const others = ["CodeSystem-handover-event-types.json", "capability-statement.json"];
    const known = conformanceFiles.filter((file) => /^(?:StructureDefinition|ValueSet)-/u.test(file));
    const operations = [...loadArtifacts("https://adapter.example").operations.keys()];
    const defined = operations.map((id) => `OperationDefinition-${id}.json`);
    assert.deepEqual(conformanceFiles, [...known, ...others, ...defined].toSorted());
  });

  for (const file of conformanceFiles) test(`${file} is valid R4`, () => assert.deepEqual(r4Problems(read(file)), []));

  test("a differential names its elements in FHIR's own order: other tools make no snapshot of it else", () => {
    const { structures } = readR4();
    const element = z.looseObject({ path: z.string() });
    const definition = z.looseObject({ type: z.string(), differential: z.object({ element: z.array(element) }) });
    for (const file of conformanceFiles.filter((name) => name.startsWith("StructureDefinition-"))) {
      const { type, differential } = definition.parse(read(file));
      const order = structures.find(({ name }) => name === type)?.elements.map(({ path }) => path) ?? [];
      // What lies deeper than the structure itself (in a data type) follows its element.
      const places = differential.element.flatMap(({ path }) => {
        const [, top] = path.split(".");
        return top === undefined ? [] : [order.indexOf(`${type}.${top}`)];
      });
      assert.ok(!places.includes(-1), file);
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
        file,
      );
    }
  });

  test("codes of events and the indexes are as the program has them: npm run fhir-package", () => {
    assert.deepEqual(read("CodeSystem-handover-event-types.json"), eventCodes());
    assert.deepEqual(
      eventCodes().concept?.map(({ code }) => code),
      [...publicEventTypes],
    );
    for (const part of packageFolders) {
      const files = globSync(resourcesIn(part), { cwd: folder }).map((file) => [basename(file), read(file)] as const);
      assert.ok(files.length > 0, part);
      assert.deepEqual(read(join(part, ".index.json")), packageIndex(files), part);
    }
  });

  for (const [file, { profile, resource }] of Object.entries(profileExamples)) {
    test(`examples/${file} is what the program makes today, and valid by its profile and by others' validators`, () => {
      const example = read(`examples/${file}`);
      assert.deepEqual(example, JSON.parse(JSON.stringify(resource)));
      assert.deepEqual(validator.validate(example, [profile]), []);
      assert.deepEqual(r4Problems(example), []);
    });
  }

  const { notification, subscription } = handoverProfiles;
  const subscriptions: Readonly<Record<string, readonly string[]>> = {
    "subscription.json": [subscription],
    "notification-handshake.json": [notification],
    "notification-id-only.json": [notification],
    "status.json": [],
  };
  for (const [file, profiles] of Object.entries(subscriptions))
    test(`examples/${file} is valid by its profile`, () =>
      assert.deepEqual(validator.validate(read(`examples/${file}`), profiles), []));

  test("each profile has an example", () => {
    const shown = [...Object.values(profileExamples).map(({ profile }) => profile), subscription, notification];
    // The state of a subscription stands in each notification.
    const all = Object.values(handoverProfiles).filter((url) => url !== handoverProfiles.subscriptionStatus);
    assert.deepEqual([...new Set(shown)].toSorted(), all.toSorted());
  });

  test("what npm would publish is a FHIR package: manifest, index, artifacts, examples", () => {
    const files = new Set(npmPack(folder).map(({ path }) => path));
    const expected = [
      "package.json",
      "README.md",
      ".index.json",
      ...globSync("**/*-*.json", { cwd: folder }),
      "examples/composition.json",
    ];
    assert.deepEqual(
      expected.filter((file) => !files.has(file)),
      [],
    );
    const manifest = z
      .looseObject({
        canonical: z.url(),
        fhirVersions: z.tuple([z.literal("4.0.1")]),
        type: z.string(),
        name: z.string().regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/u),
      })
      .parse(read("package.json"));
    assert.equal(manifest.canonical, "https://adapter.example/fhir");
  });
});

describe("profiles as the program reads them", () => {
  const copy = mkdtempSync(join(tmpdir(), "fhir-profiles-"));
  after(() => rmSync(copy, { recursive: true }));
  const name = "StructureDefinition-handover-task.json";
  const withElement = (element: object): void => {
    const definition = read(name) as { differential: { element: object[] } };
    cpSync(folder, copy, { recursive: true });
    const changed = { ...definition, differential: { element: [...definition.differential.element, element] } };
    writeFileSync(join(copy, name), JSON.stringify(changed));
  };

  test("a rule that the program would not apply stops the start", () => {
    withElement({ id: "Task.note", path: "Task.note", min: 1 });
    assert.equal(loadConformance(copy).profiles.length, conformance.profiles.length);
    for (const rule of [
      { maxLength: 10 },
      { condition: ["x"] },
      { binding: { strength: "preferred", valueSet: "https://x.example/v" } },
    ]) {
      withElement({ id: "Task.note", path: "Task.note", ...rule });
      assert.throws(() => loadConformance(copy), z.ZodError);
    }
  });

  test("the published ones have the installation's own address", () => {
    const published = publishedConformance("https://notes.hospital.example/adapter");
    assert.ok(published.has("StructureDefinition/handover-document"));
    assert.ok(published.has("CodeSystem/handover-event-types"));
    assert.doesNotMatch(JSON.stringify([...published]), /adapter\.example/u);
  });
});
