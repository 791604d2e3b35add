/** The chart out of a foreign server, and the documents into it. Every verdict rests on what that server shows. */
import type { DocumentReference } from "fhir/r4.js";
import type { Seen, Teller } from "../../sandbox/story/step.ts";
import { expect } from "../../sandbox/story/step.ts";
import type { Clinician, Evidence, Stay } from "./clinician.ts";
import { dischargeAndOpen } from "./clinician.ts";
import { documentsOf, provenancesOf, reference, replaced, signerOf, standing, textOf } from "./filed.ts";
import type { Hospital } from "./hospital.ts";
import { signer } from "./hospital.ts";
import { loadChart } from "./load-chart.ts";
import { signingUsers } from "./signing-users.ts";
import type { World } from "./world.ts";
import { until } from "./world.ts";

/** Puts the charts and the staff into the server. */
export async function tellLoading(world: World, { step }: Teller): Promise<void> {
  await step("load", [], () => load(world));
}

/** Tells the steps, once the charts are there. */
export async function tellWriteBack(world: World, { step }: Teller): Promise<void> {
  const opened = await step("hook", [], () => open(world, world.labelled, 0));
  const draft = await step("chart", [opened], (clinician) => readDraft(world, clinician));
  const preliminary = await step("draft-filed", [opened, draft], (clinician) => findDraft(world, clinician));
  const signed = await step("signed", [opened, preliminary], (clinician, old) => sign(world, clinician, old));
  const amended = await step("amended", [opened, signed], (clinician, old) => amend(world, clinician, old));
  await step("retracted", [opened, amended], (clinician, last) => retract(world, clinician, last));
  await step("killed", [], () => killWhileWriting(world));
  await step("changed-meanwhile", [], () => changeMeanwhile(world));
  await step("provenance", [], () => recordProvenance(world));
  await step("transaction-killed", [], () => killInTransaction(world));
}

async function load({ server, charts }: World): Promise<Seen<true>> {
  const { taken, refused } = await loadChart(server, [signingUsers, ...charts.map(({ bundle }) => bundle)]);
  const told = [...refused].map(([what, times]) => `${times} x ${what}`).join(", ");
  expect(taken > 0, `nothing was taken: ${told}`);
  return { value: true, witness: `server: ${taken} resources taken${told === "" ? "" : `; refused: ${told}`}` };
}

function stayOf({ charts }: World, index: number): Stay {
  const chart = charts[index];
  expect(chart !== undefined, `there is no chart ${index}`);
  return { patientId: chart.patientId, encounterId: chart.encounterId };
}

async function open(world: World, hospital: Hospital, index: number): Promise<Seen<Clinician>> {
  const clinician = await dischargeAndOpen(world.adapter.url, hospital, stayOf(world, index));
  return { value: clinician, witness: "EHR: encounter-discharge with prefetch from the server; card, launch, page" };
}

/** What every sentence cites must be in the server, in the version that is cited. */
async function readDraft(world: World, clinician: Clinician): Promise<Seen<true>> {
  const { sections } = await clinician.draft();
  const cited = sections.flatMap(({ sentences }) => sentences.flatMap(({ evidence }) => evidence));
  const missing: string[] = [];
  const named = new Map(cited.map((one) => [`${one.reference}/${one.version ?? ""}`, one]));
  for (const one of named.values()) if (!(await isThere(world, one))) missing.push(one.reference);
  expect(missing.length === 0, `cited, and not in the server: ${missing.join(", ")}`);
  const written = sections.filter(({ status }) => status === "documented").length;
  const { passed } = world.labelled.door;
  const refused = passed.filter(({ method, status }) => method === "GET" && status >= 400);
  const told = [...new Set(refused.map(({ path, status }) => `${path.split("/")[0]} ${status}`))].join(", ");
  const witness = `server: all ${named.size} cited records are there, in their versions; ${written} sections documented`;
  return { value: true, witness: `${witness}${told === "" ? "" : `; not to be had: ${told}`}` };
}

async function isThere({ server }: World, { reference: cited, version }: Evidence): Promise<boolean> {
  const [type = "", id = ""] = cited.split("/");
  const found = await server.read(type, id);
  return found !== undefined && (version === undefined || found.meta?.versionId === version);
}

/** The one document under a number, once the server shows it as it should stand. */
export async function only(world: World, hospital: Hospital, number: string, as: string): Promise<DocumentReference> {
  let seen = "none";
  const find = async (): Promise<DocumentReference | undefined> => {
    const found = await documentsOf(world.server, world.adapter.url, hospital.tenant, number);
    expect(found.length <= 1, `the server holds ${found.length} documents under one number`);
    seen = found.map((one) => standing(one)).join() || "none";
    return found.find((one) => standing(one) === as);
  };
  return until(`a document ${as}`, find).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : "no document"}; the server shows ${seen}`, {
      cause: error,
    });
  });
}

async function findDraft(world: World, { job }: Clinician): Promise<Seen<DocumentReference>> {
  const found = await only(world, world.labelled, `${job}.1.preliminary`, "current/preliminary");
  expect(/not signed/iu.test(textOf(found)), "the draft's text does not say that it is not signed");
  const labels = (found.meta?.security ?? []).map(({ code }) => code).join(", ");
  return { value: found, witness: `server: one document, ${standing(found)}, label ${labels}` };
}

async function superseded(world: World, document: DocumentReference): Promise<void> {
  await until("the earlier document superseded", async () => {
    const now = await world.server.read("DocumentReference", document.id ?? "");
    return now?.resourceType === "DocumentReference" && now.status === "superseded" ? true : undefined;
  });
}

async function sign(world: World, clinician: Clinician, draft: DocumentReference): Promise<Seen<DocumentReference>> {
  await clinician.sign();
  const found = await only(world, world.labelled, `${clinician.job}.1`, "current/final");
  expect(replaced(found).includes(reference(draft)), "it does not say that it replaces the draft");
  expect(signerOf(found) === signer, "it does not name its signer");
  expect(!/not signed/iu.test(textOf(found)), "its text still says that it is not signed");
  await superseded(world, draft);
  return { value: found, witness: `server: one document, ${standing(found)}, by its signer; the draft is superseded` };
}

const ADDED = "The family was told about the wound care again.";

async function amend(world: World, clinician: Clinician, old: DocumentReference): Promise<Seen<DocumentReference>> {
  await clinician.amend("instructions", ADDED, "Wound care was missing");
  const found = await only(world, world.labelled, `${clinician.job}.2`, "current/amended");
  expect(replaced(found).includes(reference(old)), "it does not say that it replaces the signed one");
  expect(textOf(found).replaceAll(/\s+/gu, " ").includes(ADDED), "the change is not in it");
  await superseded(world, old);
  return {
    value: found,
    witness: `server: one document, ${standing(found)}, relatesTo replaces; the signed one is superseded`,
  };
}

async function retract(world: World, clinician: Clinician, last: DocumentReference): Promise<Seen<true>> {
  await clinician.retract("Written for the wrong stay");
  const found = await only(world, world.labelled, `${clinician.job}.2`, "entered-in-error/entered-in-error");
  expect(found.id === last.id, "another document was marked");
  const writes = createdBy(world.labelled, "DocumentReference");
  expect(writes === 3, `the server was made to create ${writes} documents, not three`);
  return { value: true, witness: `server: the same document, ${standing(found)}; three documents were created in all` };
}

const createdBy = ({ door }: Hospital, type: string): number =>
  door.passed.filter(({ method, path, status }) => method === "POST" && path === type && status === 201).length;

/** The worker dies when the server has stored the document and before it hears of that. */
async function killWhileWriting(world: World): Promise<Seen<true>> {
  const { labelled, adapter } = world;
  const clinician = await dischargeAndOpen(adapter.url, labelled, stayOf(world, 1));
  let killed = false;
  const before = labelled.door.passed.length;
  labelled.door.intercept({
    method: "POST",
    path: /^DocumentReference$/u,
    at: "after",
    act: async () => {
      await adapter.replaceWorker();
      killed = true;
    },
  });
  await clinician.draft();
  /** The first try's write, and then the second one's look for it, or its write. */
  const tries = (): readonly string[] => {
    const passed = labelled.door.passed.slice(before).filter(({ path }) => path === "DocumentReference");
    const stored = passed.findIndex(({ method }) => method === "POST");
    const again = passed.slice(stored).filter(({ method, query }) => method === "POST" || query.includes("identifier"));
    return stored === -1 ? [] : again.map(({ method, status }) => `${method} ${status}`);
  };
  await until("the second try", async () => (tries().length > 1 ? true : undefined));
  expect(killed && tries()[0] === "POST 201", "the worker was not killed after the server had stored the document");
  await only(world, labelled, `${clinician.job}.1.preliminary`, "current/preliminary");
  return { value: true, witness: `server: one document; kill -9 between ${tries().join(" and the repeat's ")}` };
}

/** Somebody else changes the document between the adapter's reading and writing it. */
async function changeMeanwhile(world: World): Promise<Seen<true>> {
  const { labelled, adapter, server } = world;
  const clinician = await dischargeAndOpen(adapter.url, labelled, stayOf(world, 2));
  await clinician.draft();
  const draft = await only(world, labelled, `${clinician.job}.1.preliminary`, "current/preliminary");
  const before = labelled.door.passed.length;
  const description = "Filed under cardiology";
  labelled.door.intercept({
    method: "PUT",
    path: /^DocumentReference\//u,
    at: "before",
    act: async () => {
      const { status } = await server.ask("PUT", reference(draft), { ...draft, description });
      expect(status === 200, `somebody else's change was answered ${status}`);
    },
  });
  await clinician.sign();
  await superseded(world, draft);
  const refused = labelled.door.passed.slice(before).find(({ method }) => method === "PUT")?.status;
  expect(refused === 409 || refused === 412, `the stale update was answered ${refused}`);
  const now = await server.read("DocumentReference", draft.id ?? "");
  const kept = now?.resourceType === "DocumentReference" && now.description === description;
  expect(kept, "somebody else's change is lost");
  await only(world, labelled, `${clinician.job}.1`, "current/final");
  return {
    value: true,
    witness: `server: stale update refused with ${refused}, repeated on the new version; the other's change is kept`,
  };
}

/** Beside the document; with the software as a Device where the server takes all of it as one transaction. */
async function recordProvenance(world: World): Promise<Seen<true>> {
  const { unlabelled, adapter } = world;
  const clinician = await dischargeAndOpen(adapter.url, unlabelled, stayOf(world, 3));
  await clinician.draft();
  await clinician.sign();
  const { found, roles } = await withProvenance(world, clinician);
  expect(found.meta?.security === undefined, "the document has a label all the same");
  textOf(found);
  const forms = found.content.map(({ attachment }) => attachment.contentType?.split(";", 1)[0]).join(", ");
  const how = transactionsOf(unlabelled).length > 0 ? "in one transaction" : "one by one";
  return { value: true, witness: `server: ${how}, one Provenance, agents ${roles}; no label; forms ${forms}` };
}

const transactionsOf = ({ door }: Hospital): readonly number[] =>
  door.passed.filter(({ method, path }) => method === "POST" && path === "").map(({ status }) => status);

/** The signed document and the one Provenance of it. */
async function withProvenance(world: World, { job }: Clinician) {
  const found = await only(world, world.unlabelled, `${job}.1`, "current/final");
  const [provenance, ...more] = await until("the Provenance", async () => {
    const all = await provenancesOf(world.server, found);
    expect(all !== undefined, "the server keeps no Provenance");
    return all.length > 0 ? all : undefined;
  });
  expect(more.length === 0, `the server holds ${more.length + 1} of them`);
  const roles = provenance?.agent.map(({ type }) => type?.coding?.[0]?.code).join(" and ") ?? "";
  return { found, roles };
}

/** The worker dies when the server has stored all of a transaction and before it hears of that. */
async function killInTransaction(world: World): Promise<Seen<true>> {
  const { unlabelled, adapter, server } = world;
  const { rest } = await server.capability();
  const offered = rest?.some(({ interaction }) => interaction?.some(({ code }) => code === "transaction"));
  if (offered !== true) return { value: true, witness: "server: offers none" };
  const clinician = await dischargeAndOpen(adapter.url, unlabelled, stayOf(world, 4));
  await clinician.draft();
  const before = unlabelled.door.passed.length;
  unlabelled.door.intercept({ method: "POST", path: /^$/u, at: "after", act: () => adapter.replaceWorker() });
  await clinician.sign();
  const writes = (): readonly number[] =>
    unlabelled.door.passed
      .slice(before)
      .filter(({ method, path }) => method === "POST" && !path.endsWith("_search"))
      .map(({ status }) => status);
  await until("the write again", async () => (writes().length > 1 ? true : undefined));
  await withProvenance(world, clinician);
  const identifier = encodeURIComponent(`${adapter.url}/tenants/${unlabelled.tenant}/devices|template`);
  const devices = await server.search(`Device?identifier=${identifier}`);
  expect(devices?.length === 1, `the server holds ${devices?.length} of our Devices`);
  return { value: true, witness: `server: one document, one Provenance, one Device; kill -9 after its ${writes()[0]}` };
}
