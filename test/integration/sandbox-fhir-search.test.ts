/** Search of the sandbox's FHIR server (http://hl7.org/fhir/R4/search.html). */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { loadDefinitions } from "../../sandbox/fhir/definitions.ts";
import { parametersOf, searchableBy } from "../../sandbox/fhir/search-parameters.ts";
import type { SandboxEhr } from "../../sandbox/ehr.ts";
import { chartOf, documentOf, entriesOf, fhirClient, nextOf, startEhr } from "../support/sandbox-ehr.ts";
import type { FhirAnswer, FhirCall } from "../support/sandbox-ehr.ts";

let ehr: SandboxEhr;
let call: FhirCall;

before(async () => {
  ehr = await startEhr({ charts: [chartOf("p1", 250), chartOf("p2", 5)] });
  call = fhirClient(ehr, "system/*.cruds");
});
after(() => ehr.close());

const search = (query: string): Promise<FhirAnswer> => call("GET", query);
const total = async (query: string): Promise<unknown> => (await search(query)).at("total");

describe("what the server does not know", () => {
  const refused = [
    "Observation?colour=blue",
    "Observation?patient=p1&value-quantity=gt5",
    "Observation?code:text=haemoglobin",
    "Observation?patient:Practitioner=p1",
    "Observation?patient.name=Ådahl",
    "Patient?_has:Observation:patient:code=718-7",
    "Observation?date=gt-yesterday",
    "Observation?date=xx2026-03-01",
    "Observation?_sort=colour",
    "Observation?_count=many",
    "Observation?code=",
    "Observation?_include=Observation:colour",
    "Observation?_elements=id",
  ];
  for (const query of refused) {
    it(`is refused, never ignored: ${query}`, async () => {
      const answer = await search(query);
      assert.equal(answer.status, 400);
      assert.equal(answer.at("resourceType"), "OperationOutcome");
    });
  }
});

describe("the list of search parameters", () => {
  it("names only parameters that R4 defines for the type", () => {
    const definitions = loadDefinitions();
    for (const [type, codes] of searchableBy) {
      const known = parametersOf(type, definitions);
      for (const code of codes) assert.ok(known.has(code), `${type}?${code}`);
    }
  });
});

describe("reference parameters", () => {
  const forms = [
    "patient=p2",
    "patient=Patient/p2",
    "subject=Patient/p2",
    "subject:Patient=p2",
    "subject=p2",
    "encounter=Encounter/p2-stay",
    "patient=p2,nobody",
  ];
  for (const form of forms) {
    it(`find the patient's observations by ${form}`, async () => assert.equal(await total(`Observation?${form}`), 5));
  }
  it("find them by an absolute URL of this server, and none by another's", async () => {
    assert.equal(await total(`Observation?patient=${ehr.fhirBaseUrl}/Patient/p2`), 5);
    assert.equal(await total("Observation?patient=http://elsewhere.example/fhir/Patient/p2"), 0);
  });
});

describe("tokens, strings, dates and ids", () => {
  const cases: [string, number][] = [
    ["Observation?patient=p1&code=718-7", 125],
    ["Observation?patient=p1&code=http://loinc.org|718-7", 125],
    ["Observation?patient=p1&code=http://loinc.org|", 250],
    ["Observation?patient=p1&code=http://snomed.info/sct|718-7", 0],
    ["Observation?patient=p1&code=|718-7", 0],
    ["Observation?patient=p1&code=718-7,8867-4", 250],
    ["Observation?patient=p1&category=laboratory&code=8867-4", 0],
    ["Observation?patient=p1&status=preliminary", 25],
    ["Observation?patient=p1&status:not=final", 25],
    ["Observation?patient=p1&encounter:missing=true", 0],
    ["Observation?patient=p1&date=2026-03-01", 24],
    ["Observation?patient=p1&date=ge2026-03-02&date=lt2026-03-03", 24],
    ["Observation?patient=p1&date=2026-03", 250],
    ["Observation?patient=p1&date=eq2026-03-01T05:00:00Z", 1],
    ["Observation?patient=p1&date=gt2026-03-10", 10],
    ["Encounter?patient=p1&date=ge2026-06-01", 1],
    ["Encounter?patient=p1&date=eb2026-06-01", 0],
    ["Patient?family=adahl", 2],
    ["Patient?name:exact=Nora", 2],
    ["Patient?name:exact=nora", 0],
    ["Patient?family:contains=dah", 2],
    ["Patient?family=dahl", 0],
    ["Patient?birthdate=1950", 2],
    ["Patient?_id=p1,p2,p3", 2],
    ["Observation?patient=p1&_lastUpdated=gt2020", 250],
    ["Observation?patient=p1&_summary=count", 250],
  ];
  for (const [query, expected] of cases) {
    it(`${query} finds ${expected}`, async () => assert.equal(await total(query), expected));
  }

  it("_summary=count brings the number alone", async () => {
    assert.deepEqual(entriesOf(await search("Observation?patient=p1&_summary=count")), []);
  });
});

describe("order", () => {
  it("sorts by several keys, each in its direction", async () => {
    const answer = await search("Observation?patient=p2&_sort=-status,-date");
    assert.deepEqual(
      entriesOf(answer),
      [0, 4, 3, 2, 1].map((at) => `Observation/p2-obs-${at}`),
    );
  });

  it("puts what has no value last in both directions", async () => {
    await call("PUT", "Observation/undated", {
      resourceType: "Observation",
      id: "undated",
      status: "final",
      code: { text: "x" },
      subject: { reference: "Patient/p2" },
    });
    for (const sort of ["date", "-date"]) {
      assert.equal(entriesOf(await search(`Observation?patient=p2&_sort=${sort}`)).at(-1), "Observation/undated");
    }
    await call("DELETE", "Observation/undated");
  });
});

describe("pages", () => {
  const collect = async (first: FhirAnswer): Promise<string[]> => {
    const next = nextOf(first);
    return [...entriesOf(first), ...(next ? await collect(await call("GET", next)) : [])];
  };

  it("are capped, linked, and together hold every match once", async () => {
    const first = await search("Observation?patient=p1&_count=1000&_sort=date");
    assert.equal(entriesOf(first).length, 100);
    assert.equal(first.at("total"), 250);
    const all = await collect(first);
    assert.deepEqual(
      all,
      Array.from({ length: 250 }, (_unused, at) => `Observation/p1-obs-${at}`),
    );
  });

  it("show what the search found, whatever is written meanwhile", async () => {
    const first = await search("Observation?patient=p2&_count=2&_sort=-date");
    await call("PUT", "Observation/later", {
      resourceType: "Observation",
      id: "later",
      status: "final",
      code: { text: "x" },
      subject: { reference: "Patient/p2" },
      effectiveDateTime: "2027-01-01",
    });
    assert.equal((await collect(first)).length, 5);
    await call("DELETE", "Observation/later");
  });

  it("are turned by nobody else, and expire with 410", async () => {
    const next = nextOf(await search("Observation?patient=p1&_count=1")) ?? "";
    const other = fhirClient(ehr, "system/*.cruds", { clientId: "other" });
    assert.equal((await other("GET", next)).status, 403);
    assert.equal((await call("GET", "Observation?_page=unknown.10")).status, 410);
  });

  it("of a posted search repeat nothing of the form in their links", async () => {
    const answer = await call("POST", "Patient/_search", "family=adahl&_count=1", {
      "content-type": "application/x-www-form-urlencoded",
    });
    assert.equal(answer.at("total"), 2);
    assert.doesNotMatch(JSON.stringify(answer.at("link")), /adahl/u);
    assert.ok(nextOf(answer));
  });
});

describe("included resources", () => {
  it("come with _include once each, marked as such", async () => {
    const answer = await search("Observation?patient=p2&_include=Observation:encounter&_include=Observation:patient");
    assert.equal(entriesOf(answer).length, 5);
    assert.deepEqual(entriesOf(answer, "include").toSorted(), ["Encounter/p2-stay", "Patient/p2"]);
    assert.equal(answer.at("total"), 5);
  });

  it("come with _revinclude", async () => {
    await call("POST", "DocumentReference", documentOf("p2"));
    const answer = await search("Patient?_id=p2&_revinclude=DocumentReference:patient");
    assert.equal(entriesOf(answer, "include").length, 1);
  });
});

describe("Patient/[id]/$everything", () => {
  it("brings the patient and the compartment in pages, and nobody else's", async () => {
    const answer = await search("Patient/p1/$everything");
    assert.equal(answer.at("total"), 252);
    assert.equal(entriesOf(answer)[0], "Patient/p1");
    assert.ok(nextOf(answer));
    assert.ok(!JSON.stringify(answer.body).includes("Patient/p2"));
    assert.equal((await search("Patient/p1/$everything?_type=Encounter")).at("total"), 1);
    assert.equal((await search("Patient/nobody/$everything")).status, 404);
  });
});
