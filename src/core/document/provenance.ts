/** Where a document comes from: the software that assembled it, the person who verified it, and every source it cites. */
import type { Provenance, ProvenanceAgent, ProvenanceEntity } from "fhir/r4.js";
import type { Summary } from "../summary/summary.ts";
import type { DocumentInput } from "./document-input.ts";
import { documentTime } from "./document-input.ts";
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

/** The instructions that a model was given are a part of where its words come from; by version, for the text is the adapter's own. */
function instructionsOf({ summary, source }: DocumentInput): readonly ProvenanceEntity[] {
  const version = summary.generation?.promptVersion;
  if (version === undefined) return [];
  const identifier = { system: `${source}/prompts`, value: version };
  return [{ role: "derivation", what: { identifier, display: "Instructions to the language model" } }];
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
  const entity = [...sources, ...instructionsOf(input)];
  return {
    resourceType: "Provenance",
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
 * what says that a machine wrote it.
 * @param target relative reference of the document in the EHR
 */
export function recordedProvenance(input: DocumentInput, target: string): Provenance {
  const { signedBy } = input.summary;
  const parts = { target, device: "#drafting-software", ...(signedBy === undefined ? {} : { signer: signedBy }) };
  return {
    ...saidOf(input, parts, (reference) => reference),
    contained: [{ ...deviceOf(input), id: "drafting-software" }],
  };
}
