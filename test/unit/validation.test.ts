/** Validation of what leaves: what is wrong is found and named by its place, and what is right passes (FHIR R4 validation). */
import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import { writeProfiles, writeProfileSchema } from "../../src/config/write-profile-schema.ts";
import { documentBundle } from "../../src/core/document/bundle.ts";
import { documentReferenceOf } from "../../src/core/document/document-reference.ts";
import { writeTransaction } from "../../src/core/document/write-transaction.ts";
import { recordedProvenance } from "../../src/core/document/provenance.ts";
import { taskOf } from "../../src/core/notification/focus-resource.ts";
import { documentHeading } from "../../src/core/summary/sections.ts";
import { handoverProfiles, writtenProfiles } from "../../src/core/validation/outgoing-profiles.ts";
import type { ValidationIssue } from "../../src/core/validation/issue.ts";
import { createOutgoing, loadValidator } from "../../src/validation/outgoing.ts";
import { draft, inputOf, signed } from "../support/document-fixture.ts";
import { us } from "../support/jurisdictions.ts";

const validator = loadValidator();
const profile = writeProfileSchema.parse({ contentTypes: ["text/plain;charset=utf-8", "application/xhtml+xml"] });

type Json = Record<string, unknown>;
/** As JSON carries it, and open to damage. */
const json = (resource: object): Json => JSON.parse(JSON.stringify(resource)) as Json;

function reference(summary = signed): Json {
  const made = documentReferenceOf(inputOf(summary), profile, { replaces: "DocumentReference/earlier" });
  assert.ok(made);
  return json(made);
}
const document = (summary = signed): Json => json(documentBundle(inputOf(summary)));

const place = {
  ehrBase: "https://ehr.example/fhir",
  publicUrl: "https://adapter.example",
  documentType: documentHeading(us, "en"),
};
const task = (): Json =>
  json(
    taskOf(
      {
        id: draft.job,
        status: "completed",
        version: 3,
        patient: "Patient/p1",
        encounter: "Encounter/e1",
        createdAt: "2026-03-18T17:00:00.000Z",
        updatedAt: "2026-03-18T17:00:12.000Z",
        summary: { docStatus: "preliminary" },
      },
      place,
    ),
  );

/** Sets what stands under a path of names and indexes; undefined takes it away. */
function damaged(resource: Json, path: string, value: unknown): Json {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let at: Json = resource;
  for (const name of names) at = at[name] as Json;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return resource;
}

const { document: documentProfile, task: taskProfile } = handoverProfiles;
const rulesOf = (issues: readonly ValidationIssue[]): readonly string[] =>
  issues.map(({ rule, expression }) => `${rule} at ${expression}`);

describe("what is right passes", () => {
  const right: readonly (readonly [string, object, readonly string[]])[] = [
    ["a draft for the EHR", reference(draft), [handoverProfiles.draft]],
    ["a signed document for the EHR", reference(), [handoverProfiles.signed]],
    ["a document, as a draft", document(draft), [documentProfile]],
    ["a document, signed", document(), [documentProfile]],
    ["a Task", task(), [taskProfile]],
    ["a Provenance", recordedProvenance(inputOf(signed), "DocumentReference/9"), [handoverProfiles.aiProvenance]],
  ];
  for (const [name, resource, profiles] of right)
    it(name, () => assert.deepEqual(rulesOf(validator.validate(resource, profiles)), []));
});

describe("the kinds of fault that validators are compared by", () => {
  const section = "entry.0.resource.section.0";
  const at = "Bundle.entry[0].resource";
  const wrong: readonly (readonly [string, Json, readonly string[], readonly string[]])[] = [
    [
      "a code from no required value set",
      damaged(reference(), "docStatus", "finished"),
      [],
      ["binding at DocumentReference.docStatus"],
    ],
    ["missing content", damaged(reference(), "content", undefined), [], ["cardinality at DocumentReference.content"]],
    [
      "a document without identifier whose Composition is not first",
      json({
        ...documentBundle(inputOf(signed)),
        identifier: undefined,
        entry: documentBundle(inputOf(signed)).entry?.toReversed(),
      }),
      [],
      ["bdl-9 at Bundle", "bdl-11 at Bundle"],
    ],
    [
      "an unknown element and a wrong type",
      damaged(damaged(task(), "colour", "red"), "authoredOn", 20_260_318),
      [],
      ["unknown-element at Task.colour", "type at Task.authoredOn"],
    ],
    [
      "what only a profile asks for: US Core's category",
      damaged(reference(), "category", undefined),
      [handoverProfiles.documentReference],
      ["cardinality at DocumentReference.category"],
    ],
    [
      "a reference to the wrong type",
      damaged(document(), "entry.0.resource.encounter.reference", "https://ehr.example/fhir/Patient/p1"),
      [],
      [`reference-target at ${at}.encounter`],
    ],
    [
      "a script in a narrative",
      damaged(document(), `${section}.text.div`, '<div xmlns="http://www.w3.org/1999/xhtml"><script>1</script></div>'),
      [],
      [`txt-1 at ${at}.section[0].text.div`],
    ],
    ["a date that is on no calendar", damaged(task(), "authoredOn", "2026-02-30"), [], ["type at Task.authoredOn"]],
  ];
  for (const [name, resource, profiles, expected] of wrong)
    it(name, () => {
      const found = rulesOf(validator.validate(resource, profiles));
      for (const one of expected) assert.ok(found.includes(one), `${one} is not among ${found.join(", ")}`);
    });
});

describe("structure", () => {
  const only = (resource: Json, rule: string, profiles: readonly string[] = []) =>
    assert.deepEqual(rulesOf(validator.validate(resource, profiles)), [rule]);

  it("a list stays a list, an empty one is none, and a single value is no list", () => {
    only(damaged(task(), "note", []), "list at Task.note");
    only(damaged(reference(), "category", { text: "note" }), "list at DocumentReference.category");
    only(damaged(task(), "status", ["completed"]), "list at Task.status");
  });

  it("an element has content: no empty object, no empty string, no null", () => {
    only(damaged(task(), "code", {}), "ele-1 at Task.code");
    only(damaged(reference(), "description", ""), "type at DocumentReference.description");
    only(damaged(reference(), "description", " \n"), "type at DocumentReference.description");
    only(damaged(task(), "for", null), "type at Task.for");
  });

  it("a value may be absent where its extension says why", () => {
    const absent = {
      extension: [{ url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", valueCode: "unknown" }],
    };
    const withReason = damaged(damaged(reference(), "description", undefined), "_description", absent);
    assert.deepEqual(validator.validate(withReason), []);
    only(
      damaged(reference(), "_description", { extension: [{ url: "x", valueCode: "a", valueString: "b" }] }),
      "choice at DocumentReference.description.extension[0].value",
    );
    only(
      damaged(reference(), "_description", { extension: [{ url: "x" }] }),
      "ext-1 at DocumentReference.description.extension[0]",
    );
  });

  it("text that no UTF-8 or no FHIR string can carry is found", () => {
    for (const text of ["\u0000", "a\u0008b", "\uD800", "a".repeat(1024 * 1024 + 1)])
      only(damaged(reference(), "description", text), "type at DocumentReference.description");
    assert.deepEqual(validator.validate(damaged(reference(), "description", "Zeile\n\tGrüße 🩺")), []);
  });

  const forms: readonly (readonly [string, unknown, boolean])[] = [
    ["authoredOn", "2024-02-29", true],
    ["authoredOn", "2023-02-29", false],
    ["authoredOn", "2026-13", false],
    ["authoredOn", "0000", false],
    ["authoredOn", "18.03.2026", false],
    ["authoredOn", "0001-12-31T23:59:60.123Z", true],
    ["authoredOn", "2026-03-18T17:00Z", false],
    ["authoredOn", "2026-03-18T17:00:00", false],
    ["authoredOn", "2026-03-18T24:00:00Z", false],
    ["authoredOn", "2026-03-18T17:00:00+15:00", false],
    ["id", "a".repeat(64), true],
    ["id", "a".repeat(65), false],
    ["id", "under_score", false],
  ];
  for (const [element, value, isRight] of forms)
    it(`${element} ${JSON.stringify(value).slice(0, 40)} is ${isRight ? "right" : "wrong"}`, () => {
      const issues = validator.validate(damaged(damaged(task(), "lastModified", undefined), element, value));
      assert.deepEqual(rulesOf(issues), isRight ? [] : [`type at Task.${element}`]);
    });

  it("numbers, hashes and media are checked by their form", () => {
    const content = "content.0.attachment";
    only(damaged(reference(), `${content}.size`, -1), "type at DocumentReference.content[0].attachment.size");
    only(damaged(reference(), `${content}.size`, 1.5), "type at DocumentReference.content[0].attachment.size");
    only(damaged(reference(), `${content}.hash`, "???"), "type at DocumentReference.content[0].attachment.hash");
    only(damaged(reference(), `${content}.contentType`, undefined), "att-1 at DocumentReference.content[0].attachment");
  });

  it("what is contained is referred to, and a fragment names what is contained", () => {
    only(damaged(reference(draft), "author", [{ display: "Handover" }]), "dom-3 at DocumentReference");
    const found = rulesOf(
      validator.validate(
        damaged(reference(draft), "author", [{ reference: "#drafting-software" }, { reference: "#nobody" }]),
      ),
    );
    assert.deepEqual(found, ["ref-1 at DocumentReference.author[1]"]);
    only(damaged(task(), "for", { reference: "Patient/p1", type: "Group" }), "reference-type at Task.for");
  });

  it("a type that is not sent from here is not let through", () => {
    only({ resourceType: "Observation", status: "final" }, "resource-type at Observation");
    only({ status: "final" }, "resource-type at Resource");
  });
});

describe("a document is one piece", () => {
  const rules = (resource: Json): readonly string[] => rulesOf(validator.validate(resource, [documentProfile]));

  it("a reference within the document names one of its entries", () => {
    const lost = damaged(
      document(),
      "entry.0.resource.author.0.reference",
      "urn:uuid:00000000-0000-4000-8000-000000000000",
    );
    assert.ok(rules(lost).includes("reference-unresolved at Bundle.entry[0].resource.author[0]"));
    const relative = damaged(document(), "entry.0.resource.subject.reference", "Patient/p1");
    assert.ok(rules(relative).includes("reference-unresolved at Bundle.entry[0].resource.subject"));
  });

  it("a URN has the type of the entry that it names", () => {
    const [, , , device] = (document()["entry"] as Json[]) ?? [];
    const wrong = damaged(document(), "entry.0.resource.custodian.reference", device?.["fullUrl"]);
    assert.ok(rules(wrong).includes("reference-target at Bundle.entry[0].resource.custodian"));
  });

  it("an entry that nothing leads to is found", () => {
    const stray = { resourceType: "Organization", id: "stray", name: "Stray" } satisfies FhirResource;
    const bundle = document();
    (bundle["entry"] as Json[]).push({ fullUrl: "https://ehr.example/fhir/Organization/stray", resource: stray });
    assert.ok(rules(bundle).includes("unreachable at Bundle.entry[7].resource"));
  });

  it("fullUrl and id agree", () => {
    assert.ok(rules(damaged(document(), "entry.1.resource.id", "p2")).includes("full-url at Bundle.entry[1].fullUrl"));
  });

  it("the profile's slices are counted, and judged by the profiles of what stands in them", () => {
    const without = document();
    without["entry"] = (without["entry"] as Json[]).filter(
      ({ resource }) => (resource as Json)["resourceType"] !== "Provenance",
    );
    assert.ok(rules(without).includes("cardinality at Bundle.entry"));
    const unnamed = damaged(document(), "entry.3.resource.type", { text: "software" });
    assert.ok(rules(unnamed).includes("pattern at Bundle.entry[3].resource.type"));
    const unsigned = damaged(document(), "entry.0.resource.attester", undefined);
    assert.ok(rules(unsigned).includes("handover-cmp-1 at Bundle.entry[0].resource"));
    const machine = damaged(document(), "entry.6.resource.agent.1.who.reference", "https://ehr.example/fhir/Device/d");
    assert.ok(
      rules(machine).some((rule) => rule.startsWith("reference-target at Bundle.entry[6].resource.agent[1].who")),
    );
  });
});

describe("our profiles of what an EHR gets", () => {
  it("a draft has no authenticator, and what is signed has one", () => {
    const vouched = damaged(reference(draft), "authenticator", { reference: "Practitioner/d7" });
    assert.deepEqual(rulesOf(validator.validate(vouched, [handoverProfiles.draft])), [
      "cardinality at DocumentReference.authenticator",
    ]);
    const unvouched = damaged(reference(), "authenticator", undefined);
    assert.deepEqual(rulesOf(validator.validate(unvouched, [handoverProfiles.signed])), [
      "cardinality at DocumentReference.authenticator",
    ]);
  });

  it("the profile of what is written follows its status", () => {
    const statuses = ["preliminary", "final", "amended", "entered-in-error"] as const;
    const names = statuses.map((docStatus) =>
      writtenProfiles({ ...documentReferenceOf(inputOf(signed), profile), docStatus } as never, profile),
    );
    const { draft: drafted, signed: final, documentReference } = handoverProfiles;
    assert.deepEqual(names, [[drafted], [final], [final], [documentReference]]);
  });

  it("is met by what every built-in write profile sends, alone and as a transaction, by whomever it is written", () => {
    const generation = { promptVersion: "1", calls: [{ part: "course", promptHash: "ab".repeat(32) }] };
    const standings = [draft, { ...signed, generation }, { ...signed, docStatus: "amended", version: 3 }] as const;
    const modelCard = "https://adapter.example/v1/model-card";
    for (const basedOn of writeProfiles.keys())
      for (const credential of ["system", "user"] as const)
        for (const summary of standings) {
          const way = writeProfileSchema.parse({ basedOn, credential });
          const input = inputOf(summary, { modelCard });
          const resource = documentReferenceOf(input, way, { replaces: "DocumentReference/earlier" });
          if (resource === undefined) continue;
          assert.deepEqual(
            validator.validate(resource, writtenProfiles(resource, way)),
            [],
            `${basedOn} ${credential}`,
          );
          const bundle = writeTransaction(input, way, { device: true, provenance: true }, {});
          assert.deepEqual(validator.validate(bundle ?? {}, []), [], `${basedOn} ${credential}`);
          const beside = recordedProvenance(input, "DocumentReference/7");
          assert.deepEqual(validator.validate(beside, [handoverProfiles.aiProvenance]), []);
        }
  });

  it("US Core: an attachment holds its content or says where it is; ours has size and hash with it", () => {
    const content = "content.0.attachment";
    const empty = damaged(reference(), `${content}.data`, undefined);
    assert.deepEqual(rulesOf(validator.validate(empty, [handoverProfiles.signed])), [
      "us-core-6 at DocumentReference.content[0].attachment",
    ]);
    const unsized = damaged(reference(), `${content}.size`, undefined);
    assert.deepEqual(rulesOf(validator.validate(unsized, [handoverProfiles.signed])), [
      "handover-att-1 at DocumentReference.content[0].attachment",
    ]);
  });
});

describe("what validation leaves behind", () => {
  it("changes nothing in the resource and prints nothing of it", () => {
    const bundle = documentBundle(inputOf(signed));
    const before = JSON.stringify(bundle);
    const spies = (["log", "info", "warn", "error", "debug", "trace"] as const).map((name) =>
      mock.method(console, name),
    );
    try {
      validator.validate(bundle, [documentProfile]);
      assert.deepEqual(
        spies.map((spy) => spy.mock.callCount()),
        spies.map(() => 0),
      );
    } finally {
      mock.restoreAll();
    }
    assert.equal(JSON.stringify(bundle), before);
  });

  it("an issue and its error name rule and place, and no value of the chart", () => {
    const told: string[] = [];
    const outgoing = createOutgoing(validator, (type, { message }) => told.push(type, message));
    const wrong = damaged(reference(), "description", "Mara Quill\u0000");
    assert.throws(() => outgoing.require(wrong as never, []), {
      code: "resource_invalid",
      retry: "never",
      status: 500,
    });
    assert.deepEqual(told, ["DocumentReference", "DocumentReference: type at DocumentReference.description"]);
    const issues = JSON.stringify(
      validator.validate(damaged(wrong, "subject.reference", "Quill/1"), [handoverProfiles.signed]),
    );
    assert.doesNotMatch(issues, /Quill/u);
  });

  it("stops counting where everything is wrong", () => {
    const many = Array.from({ length: 500 }, () => ({ reference: 7 }));
    assert.equal(validator.validate({ ...task(), basedOn: many }).length, 50);
  });
});
