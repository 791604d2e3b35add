/** Notes that an EHR serves as files: how they are read, how far, and what a draft says of those that were not. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import { chenChart } from "../../sandbox/charts/chen/chart.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { recordOf } from "../../src/core/staleness/sources.ts";
import type { Fetch, FetchInit } from "../../src/ehr/fetch.ts";
import { createFhirGateway } from "../../src/ehr/fhir-gateway.ts";
import { readChart } from "../../src/ehr/read-chart.ts";
import type { TextBounds } from "../../src/ehr/read-texts.ts";
import { readTexts, textBounds } from "../../src/ehr/read-texts.ts";
import { rereadSources } from "../../src/ehr/reread-sources.ts";
import { startEhr } from "../support/sandbox-ehr.ts";

const base = "https://ehr.example/fhir";
type Answer = (url: URL, init: FetchInit) => Response | Promise<Response>;

/** An EHR in one function; every request is kept. */
function ehr(answer: Answer): { fetch: Fetch; asked: string[]; accepted: string[] } {
  const [asked, accepted]: [string[], string[]] = [[], []];
  const fetch: Fetch = async (url, init = {}) => {
    asked.push(url);
    accepted.push(init.headers?.["accept"] ?? "");
    return answer(new URL(url), init);
  };
  return { fetch, asked, accepted };
}

function gatewayOf(fetch: Fetch, granted?: string, signal?: AbortSignal) {
  return createFhirGateway({
    baseUrl: base,
    fetch,
    accessToken: async () => "t-1",
    ...(granted === undefined ? {} : { granted: () => granted }),
    ...(signal === undefined ? {} : { signal }),
  });
}

const patient: FhirResource = { resourceType: "Patient", id: "p" };
const encounter: FhirResource = {
  resourceType: "Encounter",
  id: "e",
  status: "finished",
  class: { code: "IMP" },
  subject: { reference: "Patient/p" },
  period: { start: "2026-03-14T12:00:00Z", end: "2026-03-18T11:00:00Z" },
};

function noteAt(id: string, url: string, more: object = {}): FhirResource {
  return {
    resourceType: "DocumentReference",
    id,
    status: "current",
    type: { text: "Progress note" },
    subject: { reference: "Patient/p" },
    date: `2026-03-15T09:00:00Z`,
    context: { encounter: [{ reference: "Encounter/e" }] },
    content: [{ attachment: { contentType: "text/plain", url, ...more } }],
  };
}

const text = (body: string, type = "text/plain"): Response => new Response(body, { headers: { "content-type": type } });
const status = (code: number): Response => Response.json({}, { status: code });

/** What came of reading these notes: the texts by Binary, and the gaps. */
async function texts(
  answer: Answer,
  notes: readonly FhirResource[],
  bounds: Partial<TextBounds> = {},
  granted?: string,
) {
  const server = ehr(answer);
  const { files, gaps } = await readTexts(gatewayOf(server.fetch, granted), "e", [encounter, ...notes], {
    ...textBounds,
    ...bounds,
  });
  const found = files.map(({ id, data = "" }): [string, string] => [id ?? "", Buffer.from(data, "base64").toString()]);
  return { ...server, gaps, found: Object.fromEntries(found) };
}

for (const binaries of ["negotiated", "bytes"] as const) {
  test(`a stay whose notes are files is read whole from an EHR that answers with ${binaries === "bytes" ? "bytes" : "what is asked for"} (R4 Binary, REST)`, async () => {
    const sandbox = await startEhr({ charts: [chenChart()], behaviour: { binaries } });
    try {
      const gateway = createFhirGateway({
        baseUrl: sandbox.fhirBaseUrl,
        fetch: (url, init) => fetch(url, init),
        accessToken: async () => sandbox.mintToken({ clientId: "test", scopes: ["system/*.rs"] }),
      });
      const read = await readChart(gateway, "chen", "chen-stay", []);
      const chart = buildChart({ ...read, encounterId: "chen-stay" });
      const notes = extractFacts(chart, { timeZone: "America/Chicago" }).filter(({ kind }) => kind === "note");
      assert.equal(notes.length, 3);
      assert.match(JSON.stringify(notes), /The right hip was not operated on\./u);
      assert.ok(notes.every(({ evidence }) => /^DocumentReference\/.+/u.test(evidence[0]?.reference ?? "")));
      assert.ok(notes.every(({ evidence }) => evidence[0]?.version !== undefined));
      assert.deepEqual(chart.gaps, []);
      // One form of two: the other says the same.
      const files = sandbox.journal.entries().filter(({ resourceType }) => resourceType === "Binary");
      assert.equal(files.length, 3);
    } finally {
      await sandbox.close();
    }
  });
}

describe("the token", () => {
  test("goes to files below the EHR's base and nowhere else [smart 97, 98]", async () => {
    const elsewhere = [
      "https://files.example/fhir/Binary/1",
      "https://ehr.example/other/Binary/1",
      "https://ehr.example/fhirevil/Binary/1",
      "//files.example/Binary/1",
      "Binary/../../secret",
      "urn:uuid:0d3b8a4e-0000-4000-8000-000000000000",
    ];
    const notes = elsewhere.map((url, index) => noteAt(`n${index}`, url));
    const { asked, gaps } = await texts(() => text("x"), notes);
    assert.deepEqual(asked, []);
    assert.deepEqual(gaps, [`Binary: ${elsewhere.length} texts of documents not read (not there)`]);
  });

  test("asks for no file that its scopes do not cover [smart 147]", async () => {
    const { asked, gaps } = await texts(() => text("x"), [noteAt("n", "Binary/1")], {}, "system/DocumentReference.rs");
    assert.deepEqual([asked, gaps], [[], ["Binary: 1 texts of documents not read (the EHR did not grant it)"]]);
  });
});

describe("a file", () => {
  test("is asked for in both of its forms at once, relative and absolute, each once", async () => {
    const notes = [noteAt("a", "Binary/1"), noteAt("b", `${base}/Binary/2`), noteAt("c", "Binary/1")];
    const { asked, accepted, found } = await texts((url) => text(`At ${url.pathname}.`), notes);
    assert.deepEqual(asked.toSorted(), [`${base}/Binary/1`, `${base}/Binary/2`]);
    assert.equal(accepted[0], "application/fhir+json, text/plain;q=0.9");
    assert.deepEqual(found, { "1": "At /fhir/Binary/1.", "2": "At /fhir/Binary/2." });
  });

  test("that the EHR has in its own form only is asked for so after a 406", async () => {
    const { accepted, found } = await texts(
      (_, { headers }) => (headers?.["accept"] === "text/plain" ? text("Bytes.") : status(406)),
      [noteAt("n", "Binary/1")],
    );
    assert.deepEqual([accepted.length, found], [2, { "1": "Bytes." }]);
  });

  test("keeps the labels that only its FHIR form has", async () => {
    const security = [{ system: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", code: "R" }];
    const data = Buffer.from("Text.").toString("base64");
    const binary = { resourceType: "Binary", contentType: "text/plain", data, meta: { security } };
    const { files } = await readTexts(
      gatewayOf(async () => Response.json(binary, { headers: { "content-type": "application/fhir+json" } })),
      "e",
      [encounter, noteAt("n", "Binary/1")],
    );
    assert.deepEqual(files[0]?.meta, { security, source: `${base}/Binary/1` });
  });

  test("is held against size and hash where its note states them", async () => {
    const whole = "Stable on room air.";
    const hash = createHash("sha1").update(whole).digest("base64");
    const { found, gaps } = await texts(
      (url) =>
        text(url.pathname.endsWith("cut") ? "Stable" : url.pathname.endsWith("other") ? "Something else" : whole),
      [
        noteAt("a", "Binary/right", { size: whole.length, hash }),
        noteAt("b", "Binary/cut", { size: whole.length }),
        noteAt("c", "Binary/other", { hash }),
      ],
    );
    assert.deepEqual(found, { right: whole });
    assert.deepEqual(gaps, [
      "Binary: 1 texts of documents not read (cut short)",
      "Binary: 1 texts of documents not read (another file)",
    ]);
  });

  test("that fails is asked for once more after the others; one that fails again is a gap", async () => {
    let first = true;
    const { found, gaps, asked } = await texts(
      (url) => {
        if (url.pathname.endsWith("/dead")) return status(500);
        if (!url.pathname.endsWith("/shaky") || !first) return text("Read.");
        first = false;
        return status(503);
      },
      [noteAt("a", "Binary/dead"), noteAt("b", "Binary/shaky"), noteAt("c", "Binary/well")],
    );
    assert.deepEqual(found, { shaky: "Read.", well: "Read." });
    assert.deepEqual(gaps, ["Binary: 1 texts of documents not read (the EHR failed)"]);
    assert.equal(asked.length, 5);
  });

  test("of another size than anybody wants is not even received to its end", async () => {
    let sent = 0;
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 1;
            controller.enqueue(new Uint8Array(1024));
          },
        }),
        { headers: { "content-type": "text/plain" } },
      );
    const { gaps } = await texts(endless, [noteAt("n", "Binary/1")], { bytesEach: 4096 });
    assert.equal(gaps.length, 1);
    assert.ok(sent < 100, String(sent));
    const stated = await texts(() => assert.fail("asked"), [noteAt("n", "Binary/1", { size: 5000 })], {
      bytesEach: 4096,
    });
    assert.deepEqual(stated.gaps, ["Binary: 1 texts of documents not read (too large)"]);
  });
});

describe("reading ends", () => {
  const many = Array.from({ length: 12 }, (_, index) => noteAt(`n${index}`, `Binary/${index}`));

  test("at the bound of count and of size together, and says how many were left", async () => {
    const counted = await texts(() => text("Text."), many, { files: 5 });
    assert.equal(Object.keys(counted.found).length, 5);
    assert.deepEqual(counted.gaps, ["Binary: 7 texts of documents not read (more than 5)"]);
    const weighed = await texts(() => text("0123456789"), many, { bytesTogether: 25 });
    assert.equal(Object.keys(weighed.found).length, 2);
    assert.deepEqual(weighed.gaps, ["Binary: 10 texts of documents not read (too much together)"]);
  });

  test("where the EHR refuses or throttles: it is not asked for each of them", async () => {
    for (const code of [401, 403, 429]) {
      const { asked, gaps } = await texts(() => status(code), many);
      assert.ok(asked.length <= 8, `${code}: ${asked.length}`);
      assert.deepEqual(gaps, [`Binary: 12 texts of documents not read (the EHR answered ${code})`]);
    }
  });

  test("when its time is up, whatever has not answered by then", async () => {
    const hanging: Answer = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        if (signal?.aborted === true) reject(signal.reason);
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
    const { gaps } = await texts(hanging, many, { timeMs: 20 });
    assert.deepEqual(gaps, ["Binary: 12 texts of documents not read (out of time)"]);
  });

  test("with the caller's own end, which is no gap", async () => {
    const stop = new AbortController();
    const reason = new Error("cancelled");
    const hanging: Fetch = async (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        stop.abort(reason);
      });
    await assert.rejects(readTexts(gatewayOf(hanging, undefined, stop.signal), "e", [encounter, ...many]), reason);
  });

  test("and the draft is written all the same, with the words for what is missing", async () => {
    const server = ehr((url) => {
      if (url.pathname.endsWith("/Patient/p")) return Response.json(patient);
      if (url.pathname.endsWith("/Encounter/e")) return Response.json(encounter);
      if (url.pathname.includes("/Binary/")) return status(403);
      const entry = url.pathname.endsWith("/DocumentReference") ? [{ resource: noteAt("n", "Binary/1") }] : [];
      return Response.json({ resourceType: "Bundle", type: "searchset", entry });
    });
    const { gaps } = await readChart(gatewayOf(server.fetch), "p", "e", []);
    assert.deepEqual(gaps, ["Binary: 1 texts of documents not read (the EHR answered 403)"]);
  });
});

describe("before a signature", () => {
  const note = noteAt("n", "Binary/1");
  const drafted = buildChart({
    resources: [
      patient,
      encounter,
      note,
      {
        resourceType: "Binary",
        id: "1",
        contentType: "text/plain",
        data: Buffer.from("Home on Monday.").toString("base64"),
      },
    ],
    encounterId: "e",
  });
  const records = drafted.resources.map(recordOf);

  /** The EHR as it is at the signature, with this answer for the file. */
  async function reread(answer: () => Response) {
    const server = ehr((url) => {
      if (url.pathname.includes("/Binary/")) return answer();
      if (url.pathname.endsWith("/DocumentReference/n")) return Response.json(note);
      const entry = url.searchParams.has("_id") ? [{ resource: note }] : [];
      return Response.json({ resourceType: "Bundle", type: "searchset", entry });
    });
    return rereadSources(gatewayOf(server.fetch), {
      patientId: "p",
      encounterId: "e",
      records,
      since: "2026-03-18T08:00:00Z",
    });
  }

  test("a note whose file says something else is one that has changed, though its record is the same", async () => {
    const changed = await reread(() => text("Home on Tuesday."));
    assert.deepEqual([changed.rewritten, changed.unread], [["DocumentReference/n"], []]);
    const same = await reread(() => text("Home on Monday."));
    assert.deepEqual([same.rewritten, same.unread], [[], []]);
  });

  test("a file that cannot be read is named as unread, and the records are told of", async () => {
    const refused = await reread(() => status(503));
    assert.deepEqual([refused.rewritten, refused.unread, refused.resources.length], [[], ["Binary"], 1]);
  });
});
