/** The FHIR side as R4's "RESTful API" wants HTTP: versions, formats, what is not offered, how fast a status is asked for. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { DocumentReference, OperationOutcome } from "fhir/r4.js";
import { handoverProfiles } from "../../src/core/validation/outgoing-profiles.ts";
import { toSummaryAnswer } from "../../src/polling/answers.ts";
import { loadValidator } from "../../src/validation/outgoing.ts";
import type { FhirFacade } from "../support/fhir-facade.ts";
import { draftAs, publicUrl, startFhirFacade } from "../support/fhir-facade.ts";
import { r4Problems } from "../support/fhir-validators.ts";

let facade: FhirFacade;
beforeEach(async () => {
  facade = await startFhirFacade();
});
afterEach(() => facade.stop());

const call = () => facade.call();
const outcomeOf = ({ body }: { body: OperationOutcome }) => {
  assert.deepEqual(r4Problems(body), []);
  const [issue] = body.issue;
  return { code: issue?.code, text: issue?.details?.text ?? "" };
};

/** Bytes, and not what a parser makes of them. */
const rawBytes = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
  const { body, headers: got } = await call()
    .get(path)
    .set({ "accept-encoding": "identity", ...headers })
    .buffer(true)
    .parse((response, done) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => void chunks.push(chunk));
      response.on("end", () => done(null, Buffer.concat(chunks)));
    });
  return { bytes: body as Buffer, headers: got };
};

describe("the DocumentReference that is served", () => {
  const reference = async (id: string) =>
    (await call().get(`/fhir/DocumentReference/${id}`).expect(200)).body as DocumentReference;

  it("is what would be written to the EHR: author, authenticator, job and version, stay and period, by the same profiles", async () => {
    const validator = loadValidator();
    facade.completed("j1");
    const drafted = await reference("j1");
    assert.deepEqual(validator.validate(drafted, [handoverProfiles.draft]), []);
    assert.deepEqual(drafted.author, [{ reference: "#drafting-software", display: "Handover (AI)" }]);
    assert.equal(drafted.identifier?.[0]?.value, "j1.1.preliminary");
    assert.match(drafted.description ?? "", /AI draft, not signed/u);

    facade.completed("j1", { summary: draftAs("final") });
    const signed = await reference("j1");
    assert.deepEqual(validator.validate(signed, [handoverProfiles.signed]), []);
    assert.deepEqual(signed.identifier, [{ system: `${publicUrl}/tenants/general`, value: "j1.1" }]);
    assert.equal(signed.contained?.[0]?.resourceType, "Device");
    const signer = { reference: "https://ehr.test/fhir/Practitioner/d7", display: "Dr. Ada Okafor" };
    assert.deepEqual([signed.author?.[1], signed.authenticator], [signer, signer]);
    assert.deepEqual(signed.context?.encounter, [{ reference: "https://ehr.test/fhir/Encounter/e1" }]);
    assert.equal(signed.context?.period?.start, "2026-03-14T14:00:00Z");
  });

  it("an amended one names the version that it replaces", async () => {
    facade.completed("j1", { summary: { ...draftAs("amended"), version: 2 } });
    const { relatesTo, docStatus } = await reference("j1");
    const replaced = { system: `${publicUrl}/tenants/general`, value: "j1.1" };
    assert.equal(docStatus, "amended");
    assert.deepEqual(relatesTo, [{ code: "replaces", target: { type: "DocumentReference", identifier: replaced } }]);
  });

  it("has hash and size of the very bytes that its addresses answer (R4 Attachment)", async () => {
    facade.completed("j1", { summary: draftAs("final") });
    const [bundle, json] = (await reference("j1")).content.map(({ attachment }) => attachment);
    const { bytes } = await rawBytes((bundle?.url ?? "").slice(publicUrl.length));
    const summary = await facade.jobs.summary("general", "j1");
    assert.ok(summary !== undefined);
    const sent = Buffer.from(JSON.stringify(toSummaryAnswer(summary)));
    for (const [attachment, content] of [
      [bundle, bytes],
      [json, sent],
    ] as const)
      assert.deepEqual(
        [attachment?.hash, attachment?.size],
        [createHash("sha1").update(content).digest("base64"), content.length],
      );
  });
});

describe("what is not offered", () => {
  const types = "Bundle, DocumentReference, Encounter, Subscription, Task";
  const cases: readonly (readonly ["get" | "post", string, string])[] = [
    ["get", "/fhir/Patient/1", types],
    ["get", "/fhir/Observation?patient=1", types],
    ["get", "/fhir/Patient/p1/DocumentReference", types],
    ["get", "/fhir/Encounter/e1", "$discharge-summary"],
    ["get", "/fhir/Task/j1/_history", "read, search-type"],
    ["get", "/fhir/Task/j1/_history/1", "read, search-type"],
    ["get", "/fhir/Patient/1/$everything", "Encounter/$discharge-summary"],
    ["post", "/fhir/Encounter/e1/$discharge-sumary", "Encounter/$discharge-summary"],
    ["get", "/fhir/$export", "Subscription/$status"],
    ["post", "/fhir", "Batches and transactions"],
    ["get", "/fhir/StructureDefinition", "read by its id"],
  ];
  for (const [method, path, words] of cases)
    it(`${method.toUpperCase()} ${path}: 404 not-supported, with what there is`, async () => {
      const { code, text } = outcomeOf(await call()[method](path).expect(404));
      assert.equal(code, "not-supported");
      assert.ok(text.includes(words), text);
    });

  it("is told apart from what is unknown, and from what holds no word of FHIR's", async () => {
    for (const path of ["/fhir/Task/unknown", "/fhir/StructureDefinition/unknown", "/fhir/nowhere"])
      assert.equal(outcomeOf(await call().get(path).expect(404)).code, "not-found", path);
  });

  it("as a method is 405, with those that there are", async () => {
    const { headers } = await call().delete("/fhir/Task/j1").expect(405);
    assert.equal(headers["allow"], "GET, HEAD");
    await call().options("/fhir/Task/j1").expect(405);
  });

  it("repeats nothing of the path that is no name of a type or operation", async () => {
    const { body } = await call().get("/fhir/Patient%3Cscript%3E/1").expect(404);
    assert.ok(!JSON.stringify(body).includes("script"));
  });
});

describe("versions and formats", () => {
  beforeEach(() => facade.completed("j1", { updatedAt: "2026-03-18T12:00:00.500Z" }));

  it("HEAD is GET without its body", async () => {
    const got = await rawBytes("/fhir/Task/j1");
    const { headers, text } = await call().head("/fhir/Task/j1").set("accept-encoding", "identity").expect(200);
    for (const name of ["etag", "last-modified", "content-type", "content-length"])
      assert.equal(headers[name], got.headers[name] as string, name);
    assert.equal(text, undefined);
  });

  it("the version or the time that a client has already is 304; the version goes before the time", async () => {
    const read = (headers: Readonly<Record<string, string>>) => call().get("/fhir/Task/j1").set(headers);
    const { headers } = await read({}).expect(200);
    const [etag, modified] = [headers["etag"] ?? "", headers["last-modified"] ?? ""];
    assert.equal(modified, "Wed, 18 Mar 2026 12:00:00 GMT");
    await read({ "if-none-match": etag }).expect(304);
    await read({ "if-modified-since": modified }).expect(304);
    await read({ "if-modified-since": "Wed, 18 Mar 2026 11:59:59 GMT" }).expect(200);
    await read({ "if-none-match": 'W/"other"', "if-modified-since": modified }).expect(200);
  });

  it("`_format` goes before Accept, and what is not JSON is 406 in words (3.1.0.1.11)", async () => {
    const accept = "application/fhir+xml";
    await call().get("/fhir/Task/j1?_format=json").set("accept", accept).expect(200);
    await call().get("/fhir/Task/j1?_format=application/fhir%2Bjson").set("accept", accept).expect(200);
    for (const path of ["/fhir/Task/j1", "/fhir/Task", "/fhir/metadata", "/fhir/Patient/1"])
      for (const format of ["xml", "application/fhir%2Bxml", "text/turtle", "html"]) {
        const { code, text } = outcomeOf(await call().get(`${path}?_format=${format}`).expect(406));
        assert.deepEqual([code, /JSON is the only format/u.test(text)], ["not-supported", true]);
      }
    assert.equal(outcomeOf(await call().get("/fhir/Task/j1").set("accept", accept).expect(406)).code, "not-supported");
  });

  it("`_pretty` indents; a client that unpacks gets long answers packed, and short ones as they are", async () => {
    const plain = await rawBytes("/fhir/Bundle/j1");
    const pretty = await rawBytes("/fhir/Bundle/j1?_pretty=true");
    assert.ok(pretty.bytes.includes("\n  "));
    assert.deepEqual(JSON.parse(String(pretty.bytes)), JSON.parse(String(plain.bytes)));
    const packed = await rawBytes("/fhir/Bundle/j1", { "accept-encoding": "br, gzip;q=0.8" });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.match(packed.headers["vary"] ?? "", /Accept-Encoding/u);
    assert.ok(Number(packed.headers["content-length"]) < plain.bytes.length);
    // The client of this test unpacks by itself.
    assert.deepEqual(packed.bytes, plain.bytes);
    for (const refusal of ["gzip;q=0", "br", "identity"])
      assert.equal(
        (await rawBytes("/fhir/Bundle/j1", { "accept-encoding": refusal })).headers["content-encoding"],
        undefined,
      );
    const { headers } = await rawBytes("/fhir/Task/j1", { "accept-encoding": "gzip" });
    assert.equal(headers["content-encoding"], undefined);
  });

  it("no origin is let in: a browser's page reaches the FHIR side through its own server", async () => {
    const { headers } = await call().get("/fhir/metadata").set("origin", "https://ehr.example").expect(200);
    assert.equal(headers["access-control-allow-origin"], undefined);
  });
});

describe("the status of an asynchronous request (R4 async; Bulk Data, status request)", () => {
  const start = async () => {
    const { headers } = await call()
      .post("/fhir/Encounter/e1/$discharge-summary")
      .set("Prefer", "respond-async")
      .expect(202);
    return (headers["content-location"] ?? "").slice(publicUrl.length);
  };

  it("asked for too fast is 429 with Retry-After; whoever waits is answered again, and nobody else waits for it", async () => {
    const path = await start();
    for (const _ of [1, 2, 3, 4, 5]) await call().get(path).expect(202);
    const refused = await call().get(path).expect(429);
    assert.equal(refused.headers["retry-after"], "2");
    assert.equal(outcomeOf(refused).code, "throttled");
    facade.principal = { ...facade.principal, actor: { kind: "api-client", id: "another" } };
    await call().get(path).expect(202);
    facade.principal = { ...facade.principal, actor: { kind: "api-client", id: "gateway" } };
    facade.advance(2000);
    const { headers } = await call().get(path).expect(202);
    assert.match(headers["x-progress"] ?? "", /reading/u);
  });

  it("once complete says until when it surely answers", async () => {
    const path = await start();
    facade.completed(path.split("/").at(-1) ?? "");
    const { headers } = await call().get(path).expect(200);
    assert.ok(Date.parse(headers["expires"] ?? "") > Date.now());
  });

  it("is gone once the request was withdrawn", async () => {
    const path = await start();
    await call().delete(path).expect(202);
    await call().get(path).expect(404);
  });
});
