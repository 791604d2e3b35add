/** Searches at the FHIR side as R4's "Search" wants them: what of the result, in which order, what was passed over, and that all of it is valid. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, test } from "node:test";
import type { Bundle, OperationOutcome } from "fhir/r4.js";
import { mandatoryElements } from "../../src/http/fhir/elements.ts";
import { readR4 } from "../../src/validation/r4.ts";
import type { FhirFacade } from "../support/fhir-facade.ts";
import { anApiClient, draftAs, idsOf, publicUrl, startFhirFacade } from "../support/fhir-facade.ts";
import { r4Problems } from "../support/fhir-validators.ts";
import { aJob } from "../support/memory-log.ts";

let facade: FhirFacade;
beforeEach(async () => {
  facade = await startFhirFacade();
  // Changed in another order than their documents were signed in.
  const signed = { summary: draftAs("final") };
  facade.completed(
    "j1",
    { ...signed, updatedAt: "2026-03-19T10:00:00.000Z" },
    { signedAt: "2026-03-16T10:00:00.000Z" },
  );
  facade.completed(
    "j2",
    { ...signed, updatedAt: "2026-03-18T10:00:00.000Z" },
    { signedAt: "2026-03-17T10:00:00.000Z" },
  );
  facade.completed("j3", { updatedAt: "2026-03-17T10:00:00.000Z" }, { createdAt: "2026-03-15T10:00:00.000Z" });
  facade.jobs.put(aJob("j4", { patient: "Patient/p2", updatedAt: "2026-03-20T10:00:00.000Z" }));
});
afterEach(() => facade.stop());

const search = async (query: string, headers: Readonly<Record<string, string>> = {}, status = 200) => {
  const { body } = await facade.call().get(`/fhir/${query}`).set(headers).expect(status);
  assert.deepEqual(r4Problems(body), [], query);
  return body as Bundle;
};
const ids = async (query: string): Promise<readonly (string | undefined)[]> => idsOf({ body: await search(query) });
const link = ({ link: links }: Bundle, relation: string): string =>
  (links?.find((one) => one.relation === relation)?.url ?? "").slice(publicUrl.length);
const outcomeIn = ({ entry }: Bundle): OperationOutcome | undefined =>
  entry?.find(({ search: found }) => found?.mode === "outcome")?.resource as OperationOutcome | undefined;

describe("_sort (R4 search, 3.1.1.5.1)", () => {
  it("by change, and documents by when they were signed, or written where they are not", async () => {
    assert.deepEqual(await ids("Task?_sort=_lastUpdated"), ["j3", "j2", "j1", "j4"]);
    assert.deepEqual(await ids("Task?_sort=-modified"), ["j4", "j1", "j2", "j3"]);
    assert.deepEqual(await ids("DocumentReference?patient=p1&_sort=-date"), ["j2", "j1", "j3"]);
    assert.deepEqual(await ids("DocumentReference?patient=p1&_sort=-_lastUpdated"), ["j1", "j2", "j3"]);
    assert.deepEqual(await ids("Bundle?_sort=timestamp"), ["j3", "j1", "j2"]);
  });

  it("`date` finds by the same moment", async () => {
    assert.deepEqual(await ids("DocumentReference?date=ge2026-03-16&date=lt2026-03-17"), ["j1"]);
    assert.deepEqual(await ids("DocumentReference?date=2026-03-15"), ["j3"]);
    assert.deepEqual(await ids("DocumentReference?date=ge2026-03-18"), []);
  });

  it("pages keep the order, and a link belongs to the order that it was given for", async () => {
    const first = await search("DocumentReference?_sort=-date&_count=2");
    assert.deepEqual(idsOf({ body: first }), ["j2", "j1"]);
    const next = link(first, "next");
    assert.deepEqual(await ids(next.replace("/fhir/", "")), ["j3"]);
    await search(next.replace("/fhir/", "").replace("-date", "date"), {}, 400);
  });
});

describe("_total, _summary=count and _count=0", () => {
  it("tell how many there are on all pages; without them nothing is counted", async () => {
    assert.equal((await search("Task?_count=1")).total, undefined);
    const some = await search("Task?_count=1&_total=accurate");
    assert.deepEqual([some.total, some.entry?.length], [4, 1]);
    for (const query of ["DocumentReference?_summary=count", "DocumentReference?patient=p1&_count=0"]) {
      const { total, entry, link: links } = await search(query);
      assert.deepEqual([total, entry], [3, undefined], query);
      assert.deepEqual(
        links?.map(({ relation }) => relation),
        ["self"],
      );
    }
    assert.equal((await search("DocumentReference?status=entered-in-error&_summary=count")).total, 0);
    assert.equal((await search("DocumentReference?type=11488-4&_summary=count")).total, 0);
    for (const wrong of ["_total=many", "_summary=short", "_count=-1"]) await search(`Task?${wrong}`, {}, 400);
  });

  it("tell nothing of records that the caller's scopes do not allow", async () => {
    facade.principal = anApiClient("system/Task.rs?patient=Patient/p2");
    const { total, entry } = await search("Task?_total=accurate");
    assert.deepEqual([total, entry?.length], [undefined, 1]);
    await search("Task?_summary=count", {}, 403);
  });
});

describe("_elements", () => {
  it("leaves what was asked for and what must be there, marked SUBSETTED; in reads too", async () => {
    const { entry } = await search("DocumentReference?_id=j1&_elements=date,identifier");
    const [found] = entry ?? [];
    assert.deepEqual(Object.keys(found?.resource ?? {}).toSorted(), [
      "contained",
      "content",
      "date",
      "id",
      "identifier",
      "meta",
      "resourceType",
      "status",
    ]);
    assert.equal(found?.resource?.meta?.tag?.[0]?.code, "SUBSETTED");
    const { body } = await facade.call().get("/fhir/Task/j4?_elements=for").expect(200);
    assert.deepEqual(Object.keys(body).toSorted(), ["for", "id", "intent", "meta", "resourceType", "status"]);
  });

  it("a document has no parts: its Bundle is served whole", async () => {
    const { body } = await facade.call().get("/fhir/Bundle/j1?_elements=type").expect(200);
    assert.equal(body.entry[0].resource.resourceType, "Composition");
  });

  test("what must be there is what R4 says", () => {
    const { structures } = readR4();
    for (const [type, elements] of Object.entries(mandatoryElements)) {
      const rules = structures.find(({ name }) => name === type)?.elements ?? [];
      const must = rules.filter(({ path, min }) => min > 0 && path.split(".").length === 2);
      const names = must.map(({ path }) => path.slice(type.length + 1));
      assert.deepEqual(new Set(names), new Set(elements), type);
    }
  });
});

describe("what is not supported (R4 search, 3.1.1.4.1, 3.1.1.4.5)", () => {
  const passed = [
    "Task?priority=stat",
    "Task?_include=Task:focus",
    "DocumentReference?_revinclude=Provenance:target",
    "Task?_sort=priority",
    "Task?_summary=true",
  ];
  for (const query of passed)
    it(`${query}: passed over and told; refused where strictness is asked for`, async () => {
      const name = query.split(/[?=]/u)[1] ?? "";
      const lenient = await search(query, { prefer: "handling=lenient" });
      const found = outcomeIn(lenient);
      assert.deepEqual(r4Problems(found ?? {}), []);
      assert.ok(found?.issue[0]?.details?.text?.includes(name));
      assert.equal(link(lenient, "self"), `/fhir/${query.split("?")[0]}`);
      for (const prefer of ["handling=strict", 'respond-async, handling="strict"']) {
        const { body } = await facade.call().get(`/fhir/${query}`).set({ prefer }).expect(400);
        assert.deepEqual(body.issue[0].expression, [name]);
      }
    });

  it("a modifier or a chain is refused at all times: passed over, it would find too much", async () => {
    for (const query of [
      "Task?status:not=completed",
      "DocumentReference?patient.identifier=1",
      "Task?patient:Patient=p1",
    ])
      await search(query, {}, 400);
  });
});

describe("a record that breaks its profile", () => {
  beforeEach(async () => {
    facade.stop();
    facade = await startFhirFacade({
      focusContext: (tenant) => ({
        ...broken,
        documentType: { ...broken.documentType, code: tenant === "general" ? "" : "18842-5" },
      }),
    });
    facade.jobs.put(aJob("bad"));
  });
  const broken = {
    ehrBase: "https://ehr.test/fhir",
    publicUrl,
    documentType: { code: "", display: "Discharge summary", title: "Discharge summary" },
  };

  it("is kept back, alone with an error and in a search with a warning", async () => {
    await facade.call().get("/fhir/Task/bad").expect(500);
    const found = await search("Task");
    assert.deepEqual(idsOf({ body: found }), []);
    assert.equal(outcomeIn(found)?.issue[0]?.code, "incomplete");
  });
});
