/** The summary's state machine (design, section 2), in the words of FHIR `DocumentReference.docStatus`. */

export const docStatuses = ["preliminary", "final", "amended", "entered-in-error", "discarded"] as const;
/** `discarded` is ours: such a draft never leaves the adapter. */
export type DocStatus = (typeof docStatuses)[number];

export type SummaryTransition = "edit" | "sign" | "discard" | "amend" | "retract";

const arrows: Record<SummaryTransition, Partial<Record<DocStatus, DocStatus>>> = {
  edit: { preliminary: "preliminary" },
  sign: { preliminary: "final" },
  discard: { preliminary: "discarded" },
  amend: { final: "amended", amended: "amended" },
  retract: { final: "entered-in-error", amended: "entered-in-error" },
};

/** The status after `transition`, or undefined where the drawing has no such arrow. */
export function transitionSummary(from: DocStatus, transition: SummaryTransition): DocStatus | undefined {
  return arrows[transition][from];
}
