/** English: what became of a draft's sources, for whoever is about to sign. */
export const staleness = {
  "change.final": "{label}, pending in this draft, is final[ since {when}][: {content}]",
  "change.corrected": "{label} was corrected[ on {when}][: {content}][; the draft says {before}]",
  "change.withdrawn": "{label} no longer stands in the EHR[ ({move})]",
  "change.changed": "{label} was changed in the EHR[ on {when}][: {content}][; the draft says {before}][; {move}]",
  "change.missing": "{label} is no longer in the EHR",
  "change.new": "New since this draft: {label}[: {content}][, {when}]",
  "change.move": "{before} became {now}",
} as const;
