import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DocumentReference } from "fhir/r4.js";
import { AdapterError } from "../../src/core/errors.ts";
import { createBackendServicesToken } from "../../src/ehr/backend-services.ts";
import { createChartAccess } from "../../src/ehr/chart-access.ts";
import type { Fetch, FetchInit } from "../../src/ehr/fetch.ts";
import type { AccessToken } from "../../src/ehr/fhir-gateway.ts";
import { createFhirGateway } from "../../src/ehr/fhir-gateway.ts";
import { readChart } from "../../src/ehr/read-chart.ts";
import { createEndpointDiscovery } from "../../src/ehr/smart-configuration.ts";
import { retractDocument, supersedeDocument } from "../../src/ehr/write-back/mark-document.ts";
import { recordProvenance } from "../../src/ehr/write-back/record-provenance.ts";
import { isUnseen } from "../../src/ehr/write-back/unseen.ts";
import { writeDocument } from "../../src/ehr/write-back/write-document.ts";
import { recordedProvenance } from "../../src/core/document/provenance.ts";
import { inputOf, signed } from "../support/document-fixture.ts";
import { r4Problems } from "../support/fhir-validators.ts";

const base = "https://ehr.example/fhir";
const isUnseenError = (error: unknown): boolean => error instanceof AdapterError && isUnseen(error);
type Answer = (url: URL, init: FetchInit) => Response | Promise<Response>;

/** An EHR in one function; every request is kept. */
function ehr(answer: Answer): { fetch: Fetch; requests: { url: string; init: FetchInit }[] } {
  const requests: { url: string; init: FetchInit }[] = [];
  return {
    requests,
    fetch: async (url, init = {}) => {
      requests.push({ url, init });
      return answer(new URL(url), init);
    },
  };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers });
const bundle = (resources: object[], next?: string): object => ({
  resourceType: "Bundle",
  type: "searchset",
  entry: resources.map((resource) => ({ resource })),
  ...(next === undefined ? {} : { link: [{ relation: "next", url: next }] }),
});
const fixedToken: AccessToken = async () => "t-1";
const gatewayOf = (fetch: Fetch, accessToken = fixedToken) => createFhirGateway({ baseUrl: base, fetch, accessToken });

test("SMART best practices: the bearer never follows a link to another host [smart 97, 98, 267, 268]", async () => {
  const server = ehr(() => json(bundle([{ resourceType: "Condition", id: "1" }], "https://evil.example/fhir?page=2")));
  await assert.rejects(gatewayOf(server.fetch).search("Condition", { patient: "1" }, 5), AdapterError);
  assert.deepEqual(
    server.requests.map((request) => new URL(request.url).host),
    ["ehr.example"],
  );
});

test("a host that only begins like ours is another host", async () => {
  const server = ehr(() => json(bundle([], "https://ehr.example/fhirevil/x")));
  await assert.rejects(gatewayOf(server.fetch).search("Condition", { patient: "1" }, 5), AdapterError);
  assert.equal(server.requests.length, 1);
});

test("nothing leaves by the library's own transport", async (t) => {
  t.mock.method(globalThis, "fetch", () => assert.fail("the global fetch was called"));
  const server = ehr(() => json({ resourceType: "Patient", id: "1" }));
  assert.equal((await gatewayOf(server.fetch).read("Patient", "1"))?.id, "1");
});

test("pages are followed to the last, outcomes among the entries left out, and a limit is told", async () => {
  const server = ehr((url) => {
    const page = Number(url.searchParams.get("page") ?? "1");
    return json(
      bundle(
        [{ resourceType: "Condition", id: String(page) }, { resourceType: "OperationOutcome" }],
        page < 3 ? `${base}/Condition?page=${page + 1}` : undefined,
      ),
    );
  });
  const all = await gatewayOf(server.fetch).search("Condition", { patient: "1" }, 9);
  assert.deepEqual(all, {
    complete: true,
    resources: [1, 2, 3].map((id) => ({ resourceType: "Condition", id: String(id) })),
  });
  assert.equal((await gatewayOf(server.fetch).search("Condition", { patient: "1" }, 2)).complete, false);
});

test("a 401 renews the token once, and a second one is an error [smart 263]", async () => {
  const refusals: (string | undefined)[] = [];
  const token: AccessToken = async (refused) => (refusals.push(refused), refused === undefined ? "old" : "new");
  const server = ehr((_, init) =>
    init.headers?.["authorization"] === "Bearer new" ? json({ resourceType: "Patient", id: "1" }) : json({}, 401),
  );
  assert.equal((await gatewayOf(server.fetch, token).read("Patient", "1"))?.id, "1");
  assert.deepEqual(refusals, [undefined, "old"]);
  const closed = ehr(() => json({}, 401));
  await assert.rejects(gatewayOf(closed.fetch, token).read("Patient", "1"), { code: "ehr_refused" });
  assert.equal(closed.requests.length, 2);
});

test("backend services: many callers at once make one token request, and a token near its end is not used [smart 263]", async () => {
  let now = 0;
  const server = ehr((url) =>
    url.pathname.endsWith("smart-configuration")
      ? json({ token_endpoint: "../auth/token" })
      : json({ access_token: `t${now}`, token_type: "bearer", expires_in: 300 }),
  );
  const audiences: string[] = [];
  const { accessToken: token } = createBackendServicesToken(
    { fhirBaseUrl: base, clientId: "c", scopes: "system/*.rs", alg: "ES384" },
    {
      fetch: server.fetch,
      endpointsOf: createEndpointDiscovery(server.fetch, () => now),
      signAssertion: async ({ tokenEndpoint }) => (audiences.push(tokenEndpoint), "assertion"),
      now: () => now,
    },
  );
  assert.deepEqual(new Set(await Promise.all([token(), token(), token()])), new Set(["t0"]));
  assert.deepEqual(audiences, ["https://ehr.example/auth/token"]);
  now = 284_000;
  assert.equal(await token(), "t0");
  now = 286_000;
  assert.equal(await token(), "t286000");
});

/** Backend Services at a token endpoint that answers as told; each call is counted. */
function backend(answer: (asked: number) => Response | Promise<Response>) {
  const state = { asked: 0, now: 0 };
  const server = ehr((url) => {
    if (url.pathname.endsWith("smart-configuration")) return json({ token_endpoint: "https://ehr.example/token" });
    state.asked += 1;
    return answer(state.asked);
  });
  const now = (): number => state.now;
  const deps = {
    fetch: server.fetch,
    endpointsOf: createEndpointDiscovery(server.fetch, now),
    signAssertion: async () => "assertion",
    now,
  };
  const settings = { fhirBaseUrl: base, clientId: "c", scopes: "system/*.rs", alg: "ES384" } as const;
  return { state, token: createBackendServicesToken(settings, deps).accessToken };
}
const granted = (asked: number): Response => json({ access_token: `t${asked}`, token_type: "bearer", expires_in: 300 });

test("backend services: many calls whose token is refused together bring one new token", async () => {
  const { token, state } = backend(granted);
  const old = await token();
  assert.deepEqual(await Promise.all([token(old), token(old), token(old)]), ["t2", "t2", "t2"]);
  assert.equal(await token(old), "t2", "one that was refused later, but is as old");
  assert.equal(state.asked, 2);
});

test("backend services: a token endpoint that is down is told as such, and asked again by the next call", async () => {
  const faults: readonly [string, () => Response | Promise<Response>, object][] = [
    ["503", () => json({}, 503), { code: "ehr_failed", retry: "later" }],
    ["429", () => json({}, 429), { code: "ehr_failed", retry: "later" }],
    ["no answer", () => Promise.reject(new TypeError("fetch failed")), { code: "ehr_failed", retry: "later" }],
    ["too late", () => Promise.reject(new DOMException("", "TimeoutError")), { code: "ehr_timeout", retry: "later" }],
    ["a page", () => new Response("<html>"), { code: "ehr_failed", retry: "later" }],
    ["no token", () => json({ token_type: "bearer" }), { code: "ehr_failed", retry: "later" }],
    ["a refusal", () => json({ error: "invalid_client" }, 400), { code: "ehr_token_refused", retry: "later" }],
  ];
  for (const [name, fault, expected] of faults) {
    const { token } = backend((asked) => (asked === 1 ? fault() : granted(asked)));
    const both = await Promise.allSettled([token(), token()]);
    for (const each of both) {
      const reason: unknown = each.status === "rejected" ? each.reason : assert.fail(name);
      for (const [member, value] of Object.entries(expected)) assert.equal(Reflect.get(Object(reason), member), value);
    }
    assert.equal(await token(), "t2", name);
  }
});

test("backend services: while the token endpoint is down, a token that is held serves on", async () => {
  const { token, state } = backend((asked) => (asked === 1 ? granted(asked) : json({}, 503)));
  await token();
  state.now = 280_000;
  assert.equal(await token(), "t1");
  state.now = 300_000;
  await assert.rejects(token(), { code: "ehr_failed" });
});

const patient = { resourceType: "Patient", id: "p" } as const;
const encounter = { resourceType: "Encounter", id: "e" } as const;

/** Answers reads of Patient and Encounter; every search by `search`. */
function chartServer(search: Answer): Fetch {
  return ehr((url, init) => {
    if (url.pathname === "/fhir/Patient/p") return json(patient);
    if (url.pathname === "/fhir/Encounter/e") return json(encounter);
    return search(url, init);
  }).fetch;
}

test("a type the EHR does not offer is a gap that says so; a failing EHR is an error", async () => {
  const fetch = chartServer((url) => (url.pathname.endsWith("/Goal") ? json({}, 403) : json(bundle([]))));
  const chart = await readChart(gatewayOf(fetch), "p", "e", []);
  assert.deepEqual(chart.gaps, ["Goal: the EHR answered 403"]);
  const failing = chartServer((url) => (url.pathname.endsWith("/Goal") ? json({}, 503) : json(bundle([]))));
  await assert.rejects(readChart(gatewayOf(failing), "p", "e", []), { code: "ehr_failed" });
});

test("a search by encounter that is refused is tried by patient", async () => {
  const fetch = chartServer((url) => {
    if (!url.pathname.endsWith("/ServiceRequest")) return json(bundle([]));
    return url.searchParams.has("encounter")
      ? json({}, 400)
      : json(bundle([{ resourceType: "ServiceRequest", id: "s" }]));
  });
  const chart = await readChart(gatewayOf(fetch), "p", "e", []);
  assert.ok(chart.resources.some((resource) => resource.id === "s"));
  assert.deepEqual(chart.gaps, []);
});

test("medicines that are named by reference only are read", async () => {
  const fetch = chartServer((url) => {
    if (url.pathname === "/fhir/Medication/m") return json({ resourceType: "Medication", id: "m" });
    return json(
      bundle(
        url.pathname.endsWith("/MedicationRequest")
          ? [{ resourceType: "MedicationRequest", id: "r", medicationReference: { reference: "Medication/m" } }]
          : [],
      ),
    );
  });
  const chart = await readChart(gatewayOf(fetch), "p", "e", []);
  assert.ok(chart.resources.some((resource) => resource.resourceType === "Medication"));
});

test("medicines are found by every form of reference, and another server's is left alone", async () => {
  const asked: string[] = [];
  const forms = [
    "Medication/plain",
    `${base}/Medication/absolute`,
    "Medication/versioned/_history/3",
    "Medication?identifier=urn:drugs|7",
    "https://other.example/fhir/Medication/elsewhere",
    "#contained",
    "urn:uuid:0d5aee4f-3d4b-4f0c-9c6f-1a1f1c8f2d11",
  ];
  const fetch = chartServer((url, init) => {
    if (!url.pathname.includes("/Medication/") && !url.pathname.endsWith("/Medication"))
      return json(
        bundle(
          url.pathname.endsWith("/MedicationRequest")
            ? forms.map((reference, id) => ({
                resourceType: "MedicationRequest",
                id: String(id),
                medicationReference: { reference },
              }))
            : [],
        ),
      );
    asked.push(`${url.pathname}${init.body === undefined ? url.search : `?${init.body}`}`);
    if (url.pathname.endsWith("_search")) return json(bundle([{ resourceType: "Medication", id: "found" }]));
    return json({ resourceType: "Medication", id: url.pathname.split("/").at(-1) });
  });
  const chart = await readChart(gatewayOf(fetch), "p", "e", []);
  assert.deepEqual(asked.toSorted(), [
    "/fhir/Medication/_search?identifier=urn%3Adrugs%7C7&_count=2",
    "/fhir/Medication/absolute",
    "/fhir/Medication/plain",
    "/fhir/Medication/versioned",
  ]);
  const ids = chart.resources.filter(({ resourceType }) => resourceType === "Medication").map(({ id }) => id);
  assert.deepEqual(new Set(ids), new Set(["absolute", "found", "plain", "versioned"]));
});

test("a conditional reference that matches none or several names nothing", async () => {
  for (const ids of [[], ["1", "2"]]) {
    const server = ehr(() => json(bundle(ids.map((id) => ({ resourceType: "Medication", id })))));
    assert.equal(await gatewayOf(server.fetch).follow("Medication?code=x"), undefined);
  }
});

test("a search goes by GET; by POST where it names a person by an identifier, or would make too long an address", async () => {
  const server = ehr(() => json(bundle([])));
  const gateway = gatewayOf(server.fetch);
  const many = Array.from({ length: 300 }, (_, index) => `medication-${index}`).join(",");
  await gateway.search("Observation", { patient: "1", date: ["ge2026-01-01", "le2026-02-01"] }, 1);
  await gateway.search("Patient", { identifier: "urn:mrn|mrn-canary" }, 1);
  await gateway.search("Observation", { "patient.identifier": "urn:mrn|mrn-canary" }, 1);
  await gateway.search("Observation", { "subject:identifier": "urn:mrn|mrn-canary" }, 1);
  await gateway.search("Medication", { _id: many }, 1);
  await gateway.search("DocumentReference", { identifier: "urn:handover|job-1" }, 1);
  const seen = server.requests.map(({ url, init }) => ({
    line: `${init.method ?? ""} ${new URL(url).pathname}`,
    query: init.method === "POST" ? init.body : new URL(url).search,
    type: new Headers(init.headers).get("content-type"),
    token: init.headers?.["authorization"],
  }));
  assert.deepEqual(
    seen.map(({ line }) => line),
    [
      "GET /fhir/Observation",
      "POST /fhir/Patient/_search",
      "POST /fhir/Observation/_search",
      "POST /fhir/Observation/_search",
      "POST /fhir/Medication/_search",
      "GET /fhir/DocumentReference",
    ],
  );
  assert.equal(seen[0]?.query, "?patient=1&date=ge2026-01-01&date=le2026-02-01");
  assert.equal(seen[1]?.query, "identifier=urn%3Amrn%7Cmrn-canary");
  for (const { line, type, token } of seen) {
    assert.equal(token, "Bearer t-1");
    if (line.startsWith("POST")) assert.match(type ?? "", /^application\/x-www-form-urlencoded/u);
  }
  assert.ok(server.requests.every(({ url }) => !url.includes("canary") && url.length < 2200));
});

test("pages are followed where the server pages at its base, and relative to it", async () => {
  for (const next of [`${base}?_getpages=7`, "Condition?page=2", `${base}/Condition?page=2`]) {
    const server = ehr((url) => json(url.search.includes("patient") ? bundle([], next) : bundle([patient])));
    const found = await gatewayOf(server.fetch).search("Condition", { patient: "1" }, 5);
    assert.deepEqual([found.resources.length, found.complete], [1, true], next);
  }
});

test("an update carries the version that was read; a conflict, told as 409 or as 412, is for later", async () => {
  const resource = { resourceType: "DocumentReference", id: "7", meta: { versionId: "3" } } as never;
  for (const status of [409, 412]) {
    const server = ehr(() => json({}, status));
    await assert.rejects(gatewayOf(server.fetch).update(resource), { code: "ehr_failed", retry: "later" });
    assert.equal(server.requests[0]?.init.headers?.["if-match"], 'W/"3"');
  }
  await assert.rejects(gatewayOf(ehr(() => json({}, 422)).fetch).update(resource), { code: "ehr_refused" });
});

test("Retry-After is obeyed in seconds and as a date by the EHR's own clock", async () => {
  const date = "Tue, 17 Mar 2026 10:00:00 GMT";
  const waits: readonly [string, number][] = [
    ["30", 30],
    ["Tue, 17 Mar 2026 10:02:00 GMT", 120],
    ["soon", 5],
    ["-1", 5],
  ];
  for (const [asked, retryAfterSeconds] of waits) {
    const server = ehr(() => json({}, 429, { "retry-after": asked, date }));
    await assert.rejects(gatewayOf(server.fetch).read("Patient", "1"), { code: "ehr_failed", retryAfterSeconds });
  }
});

test("the chart comes from the snapshot, backend services or a launch, in the contract's order", async () => {
  const request = { tenant: "t", patient: "Patient/p", encounter: "Encounter/e", signal: new AbortController().signal };
  const none = { backendGateway: () => undefined };
  const complete = { ...request, snapshot: [patient, encounter] as never };
  const empty = { ...request, snapshot: [] };
  assert.deepEqual(await createChartAccess({ ...none, hasSmartClient: () => true })(complete), {
    resources: [patient, encounter],
    gaps: [],
  });
  assert.equal(await createChartAccess({ ...none, hasSmartClient: () => true })(empty), "waiting");
  await assert.rejects(createChartAccess({ ...none, hasSmartClient: () => false })(empty), {
    code: "prefetch_unavailable",
    status: 412,
  });
  const refused = gatewayOf(ehr(() => json({}, 403)).fetch);
  const chart = await createChartAccess({ backendGateway: () => refused, hasSmartClient: () => false })(complete);
  assert.ok(chart !== "waiting" && chart.gaps[0]?.includes("refused"));
});

const document = {
  resourceType: "DocumentReference",
  status: "current",
  identifier: [{ system: "urn:x", value: "job-1" }],
  date: "2026-03-18T18:30:00.123Z",
  content: [],
  context: { encounter: [{ reference: "Encounter/9" }] },
} as const;
const owed: DocumentReference = structuredClone(document) as never;
const once = { conditionalCreate: true, findBy: "identifier" } as const;
const searchFirst = { conditionalCreate: false, findBy: "identifier" } as const;

test("a document is written once: conditional create finds what a first try wrote", async () => {
  const server = ehr(
    () => new Response("", { status: 200, headers: { location: `${base}/DocumentReference/7/_history/1` } }),
  );
  const written = await writeDocument(gatewayOf(server.fetch), owed, once);
  assert.deepEqual(written, { reference: "DocumentReference/7", versionId: "1", created: false });
  assert.equal(server.requests[0]?.init.headers?.["if-none-exist"], "identifier=urn%3Ax%7Cjob-1");
});

test("where the EHR has no conditional create, a search comes first", async () => {
  const server = ehr((_, init) =>
    init.method === "POST" ? assert.fail("written twice") : json(bundle([{ ...document, id: "7" }])),
  );
  assert.equal((await writeDocument(gatewayOf(server.fetch), owed, searchFirst)).reference, "DocumentReference/7");
});

test("201 without Location, or with HTML, is read back by identifier", async () => {
  const server = ehr((_, init) =>
    init.method === "POST" ? new Response("<html>", { status: 201 }) : json(bundle([{ ...document, id: "7" }])),
  );
  assert.deepEqual(await writeDocument(gatewayOf(server.fetch), owed, once), {
    reference: "DocumentReference/7",
    created: true,
  });
});

test("a server that passes over the identifier answers with other documents: none of them is taken for ours", async () => {
  const other = { ...document, identifier: [{ system: "urn:x", value: "job-2" }], id: "6" };
  const foreign = { ...document, identifier: [{ system: "urn:else", value: "job-1" }], date: undefined, id: "5" };
  const server = ehr((_, init) =>
    init.method === "POST"
      ? json({}, 201, { location: `${base}/DocumentReference/7` })
      : json(bundle([other, foreign])),
  );
  const written = await writeDocument(gatewayOf(server.fetch), owed, searchFirst);
  assert.deepEqual([written.reference, written.created], ["DocumentReference/7", true]);
});

test("where the EHR keeps no identifier of ours, the document is known by its stay and the second of its signature", async () => {
  const byStay = { conditionalCreate: false, findBy: "stay" } as const;
  const kept = {
    resourceType: "DocumentReference",
    status: "current",
    content: [{ attachment: { creation: "2026-03-18T18:30:00Z" } }],
    context: { encounter: [{ reference: `${base}/Encounter/9` }] },
  };
  const later = { ...kept, id: "6", content: [{ attachment: { creation: "2026-03-18T18:31:00Z" } }] };
  const server = ehr((_, init) =>
    init.method === "POST" ? assert.fail("written twice") : json(bundle([later, { ...kept, id: "7" }])),
  );
  assert.equal((await writeDocument(gatewayOf(server.fetch), owed, byStay)).reference, "DocumentReference/7");
  assert.match(server.requests[0]?.url ?? "", /DocumentReference\?encounter=9&_count=100/u);

  const elsewhere = { ...kept, id: "8", context: { encounter: [{ reference: "Encounter/10" }] } };
  const fresh = ehr((_, init) =>
    init.method === "POST"
      ? json({}, 201, { location: `${base}/DocumentReference/9` })
      : json(bundle([later, elsewhere])),
  );
  assert.equal((await writeDocument(gatewayOf(fresh.fetch), owed, byStay)).reference, "DocumentReference/9");
});

test("409 to a create is another try of ours on its way: what is there decides, and nothing there is for later", async () => {
  const conflict = (there: object[]) =>
    ehr((_, init) => (init.method === "POST" ? json({}, 409) : json(bundle(there))));
  const found = await writeDocument(gatewayOf(conflict([{ ...document, id: "7" }]).fetch), owed, once);
  assert.deepEqual(found, { reference: "DocumentReference/7", created: false });
  await assert.rejects(writeDocument(gatewayOf(conflict([]).fetch), owed, once), {
    code: "ehr_failed",
    retry: "later",
  });
});

test("what the EHR confirmed and does not show is looked for from then on, and not sent a second time", async () => {
  let shown: object[] = [];
  const server = ehr((_, { method }) =>
    method === "POST" ? new Response(null, { status: 202 }) : json(bundle(shown)),
  );
  const gateway = gatewayOf(server.fetch);
  const posts = (): number => server.requests.filter(({ init }) => init.method === "POST").length;
  for (const by of [searchFirst, once]) {
    await assert.rejects(writeDocument(gateway, owed, by), isUnseenError);
    const sent = posts();
    await assert.rejects(writeDocument(gateway, owed, by, "confirmed"), isUnseenError);
    assert.equal(posts(), sent);
  }
  shown = [{ ...document, id: "7" }];
  assert.equal((await writeDocument(gateway, owed, once, "confirmed")).reference, "DocumentReference/7");
});

test("a page for signing in, with 200, is no confirmation: the document is sent once there is a server behind it", async () => {
  let isProxied = true;
  const server = ehr((_, { method }) => {
    if (method !== "POST") return json(bundle([]));
    return isProxied
      ? new Response("<html>Sign in</html>", { status: 200 })
      : json({}, 201, { location: `${base}/DocumentReference/7` });
  });
  const gateway = gatewayOf(server.fetch);
  const notUnseen = (error: unknown): boolean => error instanceof AdapterError && !isUnseen(error);
  for (const by of [once, searchFirst]) await assert.rejects(writeDocument(gateway, owed, by), notUnseen);
  isProxied = false;
  assert.equal((await writeDocument(gateway, owed, searchFirst, "tried")).reference, "DocumentReference/7");
});

test("nor is it one for a mark: a document is not taken for retracted until the EHR has said so", async () => {
  const signIn = ehr((_, { method }) =>
    method === "PUT" ? new Response("<html>Sign in</html>", { status: 200 }) : json({ ...document, id: "7" }),
  );
  await assert.rejects(retractDocument(gatewayOf(signIn.fetch), "DocumentReference/7"), { code: "ehr_failed" });
  const terse = ehr((_, { method }) =>
    method === "PUT" ? new Response(null, { status: 204 }) : json({ ...document, id: "7" }),
  );
  assert.equal(await retractDocument(gatewayOf(terse.fetch), "DocumentReference/7"), true);
});

test("a server that passes over If-None-Exist holds the document once all the same: what was tried before is looked for", async () => {
  const held: object[] = [];
  const server = ehr((_, { method, body }) => {
    if (method !== "POST") return json(bundle(held));
    held.push({ ...JSON.parse(String(body)), id: String(held.length + 1) });
    throw new TypeError("the connection was cut");
  });
  const gateway = gatewayOf(server.fetch);
  await assert.rejects(writeDocument(gateway, owed, once), { code: "ehr_failed" });
  assert.equal((await writeDocument(gateway, owed, once, "tried")).reference, "DocumentReference/1");
  assert.equal(held.length, 1);
});

test("a stay's documents of other hands, without content or with half of it, are none of ours and break nothing", async () => {
  const odd = [
    { resourceType: "DocumentReference", id: "1" },
    { resourceType: "DocumentReference", id: "2", content: [null, {}], date: 2026, context: { encounter: [{}] } },
    { resourceType: "DocumentReference", id: "3", identifier: null, content: {} },
  ];
  const server = ehr((_, { method }) =>
    method === "POST" ? json({}, 201, { location: `${base}/DocumentReference/9` }) : json(bundle(odd)),
  );
  const byStay = { conditionalCreate: false, findBy: "stay" } as const;
  assert.equal((await writeDocument(gatewayOf(server.fetch), owed, byStay)).reference, "DocumentReference/9");
});

test("locked, too early and timed out at the EHR are for later; what it does not do at all is refused", async () => {
  for (const status of [408, 423, 425, 429, 500, 502, 503, 504])
    await assert.rejects(gatewayOf(ehr(() => json({}, status)).fetch).read("Patient", "1"), { code: "ehr_failed" });
  for (const status of [501, 505])
    await assert.rejects(gatewayOf(ehr(() => json({}, status)).fetch).read("Patient", "1"), { code: "ehr_refused" });
});

test("a document the EHR rejects is refused for good; one it cannot take now is for later", async () => {
  await assert.rejects(writeDocument(gatewayOf(ehr(() => json({}, 422)).fetch), owed, once), {
    code: "ehr_refused",
    retry: "never",
  });
  const busy = gatewayOf(ehr(() => json({}, 503, { "retry-after": "7" })).fetch);
  await assert.rejects(writeDocument(busy, owed, once), {
    code: "ehr_failed",
    retry: "later",
    retryAfterSeconds: 7,
  });
});

test("the document before is marked as superseded, once; where the EHR lets nobody change it, the new one's word is enough", async () => {
  let held: Record<string, unknown> = {
    resourceType: "DocumentReference",
    id: "6",
    status: "current",
    docStatus: "final",
  };
  const server = ehr((_, { method, body }) => {
    if (method === "PUT") held = JSON.parse(String(body));
    return json(held);
  });
  await supersedeDocument(gatewayOf(server.fetch), "DocumentReference/6");
  await supersedeDocument(gatewayOf(server.fetch), "DocumentReference/6");
  assert.deepEqual([held["status"], held["docStatus"]], ["superseded", "final"]);
  assert.equal(server.requests.filter(({ init }) => init.method === "PUT").length, 1);

  held = { ...held, status: "entered-in-error" };
  await supersedeDocument(gatewayOf(server.fetch), "DocumentReference/6");
  assert.equal(held["status"], "entered-in-error");

  const current = { ...held, status: "current" };
  const closed = ehr((_, { method }) => (method === "PUT" ? json({}, 403) : json(current)));
  await supersedeDocument(gatewayOf(closed.fetch), "DocumentReference/6");
  const unsaid = ehr((_, { method }) => (method === "PUT" ? json({}, 401) : json(current)));
  await supersedeDocument(gatewayOf(unsaid.fetch), "DocumentReference/6");
  let isEnded = false;
  const ended = ehr((_, { method }) => {
    isEnded ||= method === "PUT";
    return isEnded ? json({}, 401) : json(current);
  });
  await assert.rejects(supersedeDocument(gatewayOf(ended.fetch), "DocumentReference/6"), { code: "ehr_refused" });
  const busy = ehr((_, { method }) => (method === "PUT" ? json({}, 503) : json(current)));
  await assert.rejects(supersedeDocument(gatewayOf(busy.fetch), "DocumentReference/6"), { code: "ehr_failed" });
});

describe("the Provenance beside a document that carries no label", () => {
  const provenance = recordedProvenance(
    inputOf({ ...signed, generation: { promptVersion: "course-3" } }),
    "DocumentReference/7",
  );

  test("is valid R4 and says: by a machine, verified by the signer, from these versions, by these instructions", () => {
    assert.deepEqual(r4Problems(provenance), []);
    assert.deepEqual(
      provenance.agent.map(({ type, who }) => [type?.coding?.[0]?.code, who.reference]),
      [
        ["assembler", "#drafting-software"],
        ["verifier", "Practitioner/d7"],
      ],
    );
    const named = provenance.entity?.map(({ role, what }) => `${role} ${what.reference ?? what.identifier?.value}`);
    assert.ok(named?.includes("source Observation/course/_history/2"));
    assert.ok(named?.includes("derivation course-3"));
  });

  test("is written once: conditionally, or after a search where the EHR knows no condition", async () => {
    const conditional = ehr(() => json({}, 201, { location: `${base}/Provenance/1` }));
    await recordProvenance(gatewayOf(conditional.fetch), provenance, true);
    assert.equal(
      new Headers(conditional.requests[0]?.init.headers).get("if-none-exist"),
      "target=DocumentReference%2F7&_tag=https%3A%2F%2Fadapter.example%2Ftenants%2Fgeneral%2Fprovenance%7C0198c2f4-1d2a-7bce-9f00-5a6b7c8d9e0f.2",
    );
    const own = { ...provenance, id: "1", target: [{ reference: `${base}/DocumentReference/7/_history/1` }] };
    const there = ehr(() => json(bundle([own])));
    await recordProvenance(gatewayOf(there.fetch), provenance, false);
    assert.deepEqual(
      there.requests.map(({ init }) => init.method),
      ["GET"],
    );
    const ofAnother = { ...own, target: [{ reference: "DocumentReference/70" }] };
    // An EHR makes a Provenance of every write itself: that is not ours.
    const { meta: _, reason: __, ...byTheEhr } = own;
    for (const other of [ofAnother, byTheEhr]) {
      const others = ehr(() => json(bundle([other])));
      await recordProvenance(gatewayOf(others.fetch), provenance, false);
      assert.equal(others.requests.at(-1)?.init.method, "POST");
    }
    const { meta: ___, ...untagged } = own;
    const dropped = ehr(() => json(bundle([untagged])));
    await recordProvenance(gatewayOf(dropped.fetch), provenance, false);
    assert.equal(dropped.requests.length, 1, "ours, though the EHR keeps no tags");
  });

  test("where the EHR takes none the document stands without it; where it is away it comes later", async () => {
    for (const status of [403, 404, 412, 422, 501])
      await recordProvenance(gatewayOf(ehr(() => json({}, status)).fetch), provenance, true);
    await assert.rejects(recordProvenance(gatewayOf(ehr(() => json({}, 503)).fetch), provenance, true), {
      code: "ehr_failed",
    });
  });

  test("a 401 is a refusal where the document can be read; where it cannot, the token has ended, and the rest is owed", async () => {
    const closed = ehr((_, { method }) => (method === "POST" ? json({}, 401) : json(document)));
    await recordProvenance(gatewayOf(closed.fetch), provenance, true);
    const ended = gatewayOf(ehr(() => json({}, 401)).fetch);
    await assert.rejects(recordProvenance(ended, provenance, true), { code: "ehr_refused" });
  });
});
