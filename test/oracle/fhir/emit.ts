/** Writes every kind of FHIR resource and of PDF that the adapter emits, for every stay of the given charts, one file each. */
import { globSync } from "node:fs";
import type { WriteProfile } from "../../../src/config/write-profile-schema.ts";
import { writeProfiles, writeProfileSchema } from "../../../src/config/write-profile-schema.ts";
import { writeTransaction } from "../../../src/core/document/write-transaction.ts";
import { copyFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Bundle, Encounter, FhirResource, Patient } from "fhir/r4.js";
import { loadCharts } from "../../../sandbox/charts/load.ts";
import { buildChart } from "../../../src/core/chart/build-chart.ts";
import { documentBundle } from "../../../src/core/document/bundle.ts";
import type { DocumentInput, DocumentSummary } from "../../../src/core/document/document-input.ts";
import { documentTime } from "../../../src/core/document/document-input.ts";
import { documentReferenceOf } from "../../../src/core/document/document-reference.ts";
import type { ErrorCode } from "../../../src/core/error-table.ts";
import { recordedProvenance } from "../../../src/core/document/provenance.ts";
import { errorTable } from "../../../src/core/error-table.ts";
import { AdapterError } from "../../../src/core/errors.ts";
import { extractFacts } from "../../../src/core/facts/extract.ts";
import { servedDocument } from "../../../src/core/document/served-document.ts";
import { taskOf } from "../../../src/core/notification/focus-resource.ts";
import { templateSections } from "../../../src/core/sections/template-sections.ts";
import { sha256 } from "../../../src/core/summary/canonical.ts";
import { jurisdictionById, jurisdictionIds } from "../../../src/config/jurisdictions.ts";
import type { Jurisdiction } from "../../../src/core/jurisdiction/jurisdiction.ts";
import { documentHeading } from "../../../src/core/summary/sections.ts";
import {
  chartPaths,
  inpatientEncounters,
  readBundle,
  withoutDischargeSummaries,
} from "../../../src/eval/chart-files.ts";
import { toOperationOutcome } from "../../../src/http/render-error.ts";
import { renderPdf } from "../../../src/pdf/render-pdf.ts";
import { loadArtifacts } from "../../../src/subscriptions/artifacts.ts";
import { us } from "../../support/jurisdictions.ts";

const timeZone = "America/New_York";
const ehrBase = "https://ehr.example/fhir";
const adapter = "https://adapter.example";
const profilesFolder = join(import.meta.dirname, "..", "..", "..", "fhir-profiles");

type Named = readonly [name: string, resource: object];

interface Stay {
  readonly chart: string;
  readonly bundle: Bundle<FhirResource>;
  readonly encounterId: string;
}

function patientIn(bundle: Bundle<FhirResource>): Patient | undefined {
  return bundle.entry?.flatMap(({ resource }) => (resource?.resourceType === "Patient" ? [resource] : []))[0];
}

function encounterIn(bundle: Bundle<FhirResource>, id: string): Encounter | undefined {
  return inpatientEncounters(bundle).find((encounter) => encounter.id === id);
}

function draftOf({ bundle, encounterId }: Stay, jurisdiction: Jurisdiction): DocumentSummary {
  const chart = buildChart({ resources: bundle, encounterId });
  const facts = extractFacts(chart, { timeZone });
  const sections = templateSections(chart, facts, { timeZone, jurisdiction });
  return {
    job: "0198c2f4-1d2a-7bce-9f00-5a6b7c8d9e0f",
    version: 1,
    docStatus: "preliminary",
    engine: "template",
    sha256: sha256(sections),
    sections,
    patient: `Patient/${patientIn(bundle)?.id ?? "unknown"}`,
    encounter: `Encounter/${encounterId}`,
    createdAt: "2026-03-18T17:00:00.000Z",
  };
}

/** A summary's whole life: as drafted, signed, corrected, taken back. */
function livesOf(draft: DocumentSummary): readonly DocumentSummary[] {
  const signature = {
    signedBy: "Practitioner/d7",
    signedByDisplay: "Dr. Ada Okafor",
    signedAt: "2026-03-18T18:30:00.000Z",
  };
  return [
    draft,
    { ...draft, ...signature, docStatus: "final" },
    {
      ...draft,
      ...signature,
      signedBy: "PractitionerRole/r7",
      version: 2,
      docStatus: "amended",
      engine: "model",
      model: "some-model",
    },
    { ...draft, ...signature, version: 2, docStatus: "entered-in-error" },
  ];
}

const profiles: Readonly<Record<string, WriteProfile>> = {
  ...Object.fromEntries([...writeProfiles.keys()].map((basedOn) => [basedOn, writeProfileSchema.parse({ basedOn })])),
  "three-forms": writeProfileSchema.parse({
    contentTypes: ["text/plain;charset=utf-8", "application/xhtml+xml", "text/markdown"],
  }),
  "own-code": writeProfileSchema.parse({ basedOn: "oracle", type: "https://ehr.example/codes|DS" }),
};

function inputOf(stay: Stay, summary: DocumentSummary, jurisdiction: Jurisdiction): DocumentInput {
  const patientResource = patientIn(stay.bundle);
  const encounterResource = encounterIn(stay.bundle, stay.encounterId);
  return {
    summary,
    source: `${adapter}/tenants/general`,
    fhirBaseUrl: ehrBase,
    jurisdiction,
    timeZone,
    language: "en",
    modelCard: `${adapter}/v1/model-card`,
    organization: "General Hospital",
    ...(patientResource === undefined ? {} : { patientResource }),
    ...(encounterResource === undefined ? {} : { encounterResource }),
  };
}

function documentsOf(input: DocumentInput): readonly Named[] {
  const name = nameOf(input);
  const references = Object.entries(profiles).flatMap(([profile, settings]): readonly Named[] => {
    const reference = documentReferenceOf(input, settings, { replaces: "DocumentReference/earlier" });
    return reference === undefined ? [] : [[`document-reference.${profile}.${name}`, reference]];
  });
  return [
    [`document.${name}`, documentBundle(input)],
    [`served-reference.${name}`, servedReference(input)],
    [`provenance.${name}`, recordedProvenance(input, "DocumentReference/written")],
    ...references,
    ...transactionOf(input, name),
  ];
}

/** As readers get it. */
function servedReference(input: DocumentInput): FhirResource {
  const job = { id: input.summary.job, version: 4, updatedAt: documentTime(input.summary) };
  return servedDocument(input, job, { publicUrl: adapter, revision: 1, json: Buffer.from("{}") }).reference;
}

/** The parts as a server that takes transactions gets them. */
function transactionOf(input: DocumentInput, name: string): readonly Named[] {
  const settings = writeProfileSchema.parse({ basedOn: "hapi" });
  const bundle = writeTransaction(input, settings, { device: true, provenance: true }, {});
  return bundle === undefined ? [] : [[`transaction.${name}`, bundle]];
}

const nameOf = ({ jurisdiction, summary }: DocumentInput): string => `${jurisdiction.id}.${summary.docStatus}`;

function inputsOf(stay: Stay): readonly DocumentInput[] {
  const jurisdictions = jurisdictionIds.map(jurisdictionById);
  return jurisdictions.flatMap((jurisdiction) =>
    livesOf(draftOf(stay, jurisdiction)).map((summary) => inputOf(stay, summary, jurisdiction)),
  );
}

/** What the adapter shows of a job, its capabilities and its errors: the same for every chart. */
function chartlessResources(): readonly Named[] {
  const context = { ehrBase, publicUrl: adapter, documentType: documentHeading(us, "en") };
  const job = {
    id: "0198c2f4-1d2a-7bce-9f00-5a6b7c8d9e0f",
    version: 3,
    patient: "Patient/p1",
    encounter: "Encounter/e1",
    createdAt: "2026-03-18T17:00:00.000Z",
    updatedAt: "2026-03-18T17:00:12.000Z",
  };
  const draft = { ...job, status: "completed", summary: { docStatus: "preliminary" } } as const;
  return [
    ["task.completed", taskOf(draft, context)],
    ["task.failed", taskOf({ ...job, status: "failed", error: "ehr_timeout" }, context)],
    ["capability-statement", loadArtifacts(adapter).capabilityStatement],
    ...(Object.keys(errorTable) as readonly ErrorCode[]).map((code): Named => [
      `operation-outcome.${code}`,
      toOperationOutcome(new AdapterError(code)),
    ]),
  ];
}

async function staysOf(folder: string | undefined): Promise<readonly Stay[]> {
  if (folder === undefined) return loadCharts().map((chart) => ({ ...chart, chart: chart.patientId }));
  const stays: Stay[] = [];
  for (const path of await chartPaths(folder)) {
    const { bundle } = withoutDischargeSummaries(await readBundle(path));
    const chart = basename(path).replace(/\.json(?:\.gz)?$/u, "");
    for (const { id } of inpatientEncounters(bundle))
      if (id !== undefined) stays.push({ chart, bundle, encounterId: id });
  }
  return stays;
}

async function write(target: string, resources: readonly Named[]): Promise<number> {
  for (const [name, resource] of resources)
    await writeFile(join(target, `${name}.json`), JSON.stringify(resource, null, 1));
  return resources.length;
}

async function emitStay(target: string, stay: Stay): Promise<number> {
  const suffix = `${stay.chart}.${stay.encounterId}`;
  let files = 0;
  for (const input of inputsOf(stay)) {
    files += await write(
      target,
      documentsOf(input).map(([name, resource]) => [`${name}.${suffix}`, resource]),
    );
    await writeFile(join(target, `document.${nameOf(input)}.${suffix}.pdf`), await renderPdf(input));
    files += 1;
  }
  return files;
}

/**
 * Writes each resource into `target` as JSON, and each document as PDF too. `charts` is a folder of chart Bundles; without it the
 * sandbox's own charts serve. Resolves to how many files were written.
 */
export async function emitResources(target: string, charts: string | undefined): Promise<number> {
  let files = await write(target, chartlessResources());
  for (const stay of await staysOf(charts)) files += await emitStay(target, stay);
  const examples = globSync("examples/*.json", { cwd: profilesFolder });
  for (const file of examples) await copyFile(join(profilesFolder, file), join(target, `example.${basename(file)}`));
  return files + examples.length;
}
