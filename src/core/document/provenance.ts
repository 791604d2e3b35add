/** Where a document comes from: the software that assembled it, the person who verified it, and every source it cites. */
import type { DocumentReference, Provenance, ProvenanceAgent, ProvenanceEntity } from "fhir/r4.js";
import type { Summary } from "../summary/summary.ts";
import type { DocumentInput } from "./document-input.ts";
import { documentNumber, documentTime } from "./document-input.ts";
import { artificialIntelligence, deviceOf, ehrUrl } from "./participants.ts";
import { aiAsserted } from "./security-label.ts";

const participantTypes = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";

/** Cited resources, each once, in the order of their names; with the version that was read where it is known. */
function sourcesOf({ sections }: Pick<Summary, "sections">): readonly string[] {
  const cited = sections.flatMap(({ sentences }) => sentences.flatMap(({ evidence }) => evidence));
  const versioned = cited.map(({ reference, version }) =>
    version === undefined ? reference : `${reference}/_history/${version}`,
  );
  return [...new Set(versioned)].toSorted((a, b) => (a < b ? -1 : 1));
}

function agent(type: "assembler" | "verifier", display: string, who: string): ProvenanceAgent {
  return { type: { coding: [{ system: participantTypes, code: type, display }] }, who: { reference: who } };
}

export interface ProvenanceParts {
  /** Reference of what this is the provenance of. */
  readonly target: string;
  readonly device: string;
  readonly signer?: string;
}

/** A hash as a name (RFC 6920): whoever has the instructions can tell that these are they. */
const nameOfHash = (hex: string): string => `ni:///sha-256;${Buffer.from(hex, "hex").toString("base64url")}`;

function derivedFrom(
  document: DocumentReference,
  identifier?: ProvenanceEntity["what"]["identifier"],
): ProvenanceEntity {
  const reference = { reference: `#${document.id ?? ""}` };
  return { role: "derivation", what: identifier === undefined ? reference : { ...reference, identifier } };
}

interface Derivations {
  readonly contained: readonly DocumentReference[];
  readonly entity: readonly ProvenanceEntity[];
}

/**
 * The instructions that a model was given are a part of where its words come from (HL7 AI Transparency: input prompt). By version
 * and hash, for the text is the adapter's own.
 */
function instructionsOf({ summary, source }: DocumentInput): Derivations {
  const { promptVersion: version, calls = [] } = summary.generation ?? {};
  if (version === undefined) return { contained: [], entity: [] };
  const identifier = { system: `${source}/prompts`, value: version };
  const display = "Instructions to the language model";
  const hashes = new Map(calls.map(({ part, promptHash }) => [part, promptHash]));
  if (hashes.size === 0) return { contained: [], entity: [{ role: "derivation", what: { identifier, display } }] };
  const contained = [...hashes].map(([part, hash]): DocumentReference => ({
    resourceType: "DocumentReference",
    id: `prompt-${part}`,
    identifier: [identifier, { system: "urn:ietf:rfc:3986", value: nameOfHash(hash) }],
    status: "current",
    type: { text: display },
    content: [{ attachment: { title: `${part}, version ${version}` } }],
  }));
  return { contained, entity: contained.map((prompt) => derivedFrom(prompt, identifier)) };
}

/** The model card as a document of its own (HL7 AI Transparency), by its address: it grows with every release. */
function modelCardOf({ modelCard: url }: DocumentInput): Derivations {
  if (url === undefined) return { contained: [], entity: [] };
  const card: DocumentReference = {
    resourceType: "DocumentReference",
    id: "model-card",
    status: "current",
    type: { text: "Model card" },
    content: [{ attachment: { contentType: "application/json", url, title: "Model card" } }],
  };
  return { contained: [card], entity: [derivedFrom(card)] };
}

function assembledBy(device: string): ProvenanceAgent {
  return { ...agent("assembler", "Assembler", device), role: [{ coding: [artificialIntelligence] }] };
}

/** What both forms say; `urlOf` tells how the EHR's resources are named. */
function saidOf(
  input: DocumentInput,
  { target, device, signer }: ProvenanceParts,
  urlOf: (reference: string) => string,
): Provenance {
  const { summary } = input;
  const sources = sourcesOf(summary).map((reference): ProvenanceEntity => ({
    role: "source",
    what: { reference: urlOf(reference) },
  }));
  const derivations = [instructionsOf(input), modelCardOf(input)];
  const entity = [...sources, ...derivations.flatMap((each) => each.entity)];
  const contained = derivations.flatMap((each) => each.contained);
  return {
    resourceType: "Provenance",
    ...(contained.length === 0 ? {} : { contained }),
    target: [{ reference: target }],
    occurredDateTime: summary.createdAt,
    recorded: documentTime(summary),
    reason: [{ coding: [aiAsserted] }],
    agent: [assembledBy(device), ...(signer === undefined ? [] : [agent("verifier", "Verifier", signer)])],
    ...(entity.length === 0 ? {} : { entity }),
  };
}

/** Provenance after HL7 AI Transparency: reason AIAST, an AI agent, a human verifier once signed, sources as entities. */
export function provenanceOf(input: DocumentInput, parts: ProvenanceParts): Provenance {
  return saidOf(input, parts, (reference) => ehrUrl(input.fhirBaseUrl, reference));
}

/**
 * The same as a resource of the EHR, beside the document that it is about: where the EHR takes no label in the document, this is
 * what says that a machine wrote it. A Provenance has no identifier in R4: a tag of ours stands for it, for an EHR may make a
 * Provenance of every write itself.
 * @param target relative reference of the document in the EHR
 * @param device reference of the software's Device, where that is written beside it
 */
export function recordedProvenance(input: DocumentInput, target: string, device?: string): Provenance {
  const { signedBy } = input.summary;
  const by = device ?? "#drafting-software";
  const parts = { target, device: by, ...(signedBy === undefined ? {} : { signer: signedBy }) };
  const tag = { system: `${input.source}/provenance`, code: documentNumber(input.summary) };
  const said = { ...saidOf(input, parts, (reference) => reference), meta: { tag: [tag] } };
  if (device !== undefined) return said;
  return { ...said, contained: [{ ...deviceOf(input), id: "drafting-software" }, ...(said.contained ?? [])] };
}
