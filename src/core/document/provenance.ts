/** Where a document comes from: the software that assembled it, the person who verified it, and every source it cites. */
import type { Provenance, ProvenanceAgent } from "fhir/r4.js";
import type { Summary } from "../summary/summary.ts";
import type { DocumentInput } from "./document-input.ts";
import { documentTime } from "./document-input.ts";
import { artificialIntelligence, ehrUrl } from "./participants.ts";
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

/** Provenance after HL7 AI Transparency: reason AIAST, an AI agent, a human verifier once signed, sources as entities. */
export function provenanceOf(input: DocumentInput, { target, device, signer }: ProvenanceParts): Provenance {
  const { summary, fhirBaseUrl } = input;
  const sources = sourcesOf(summary).map((reference) => ({
    role: "source" as const,
    what: { reference: ehrUrl(fhirBaseUrl, reference) },
  }));
  const assembler: ProvenanceAgent = {
    ...agent("assembler", "Assembler", device),
    role: [{ coding: [artificialIntelligence] }],
  };
  return {
    resourceType: "Provenance",
    target: [{ reference: target }],
    occurredDateTime: summary.createdAt,
    recorded: documentTime(summary),
    reason: [{ coding: [aiAsserted] }],
    agent: [assembler, ...(signer === undefined ? [] : [agent("verifier", "Verifier", signer)])],
    ...(sources.length === 0 ? {} : { entity: sources }),
  };
}
