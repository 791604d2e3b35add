/** German: what became of a draft's sources, for whoever is about to sign. */
import type { staleness as english } from "../english/staleness.ts";
import type { Translated } from "../messages.ts";

export const staleness: Translated<typeof english> = {
  "change.final": "{label}, im Entwurf noch ausstehend, liegt jetzt endgültig vor[, seit dem {when}][: {content}]",
  "change.corrected": "{label} wurde korrigiert[ am {when}][: {content}][; im Entwurf steht {before}]",
  "change.withdrawn": "{label} gilt im KIS nicht mehr[ ({move})]",
  "change.changed": "{label} wurde im KIS geändert[ am {when}][: {content}][; im Entwurf steht {before}][; {move}]",
  "change.missing": "{label} ist im KIS nicht mehr vorhanden",
  "change.new": "Neu seit diesem Entwurf: {label}[: {content}][, {when}]",
  "change.move": "Status war „{before}“, ist jetzt „{now}“",
};
