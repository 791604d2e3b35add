/** German: headings and lines of documents. */
import type { document as english } from "../english/document.ts";
import type { Translated } from "../messages.ts";

export const document: Translated<typeof english> = {
  "heading.death.diagnoses": "Diagnosen",
  "heading.death.medications": "Medikation vor Aufnahme und im Krankenhaus",
  "heading.death.condition": "Letzter Zustand und Reanimationsstatus",
  "heading.death.pending": "Beim Tod ausstehende Befunde",
  "heading.extra.death": "Tod",
  "heading.extra.against-advice": "Verlassen gegen ärztlichen Rat",
  "heading.extra.handover": "Übergabe an die aufnehmende Einrichtung",
  "heading.extra.observation": "Beobachtung",
  "heading.extra.newborn": "Neugeborenes",
  "heading.extra.delivery": "Entbindung",

  "document.draft": "KI-Entwurf, nicht unterschrieben",
  "document.retracted": "Irrtümlich erstellt, nicht verwenden",
  "document.labelled": "{title} ({label})",
  "section.withheld": "Nach den Regeln des Hauses zurückgehaltene Einträge: {count}.",
  "document.protected": "Enthält besonders geschützte Angaben: {classes}.",
  "document.notVerified": "{text} [nicht geprüft]",
  "document.notDocumented": "Nicht dokumentiert. {lookedFor}",
  "document.patient": "Patient/in: {name}[, geboren am {birthDate}]",
  "document.since": "In stationärer Behandlung seit dem {start}",
  "document.stay": "Aufenthalt: {start} bis {end}",
  "document.byModel": "Entwurf durch den Handover-Adapter; Verlauf geschrieben vom Sprachmodell {model}.",
  "document.unnamedModel": "nach Wahl des Krankenhauses",
  "document.byRules": "Entwurf durch den Handover-Adapter, nach Regeln aus der Akte.",
  "document.signed": "Geprüft und unterschrieben von {name} am {when} ({timeZone}).",
  "document.amended": "Geändert und unterschrieben von {name} am {when} ({timeZone}).",
  "document.unnamedSigner": "einer ärztlichen Person",
  "document.review": "KI-Entwurf, nicht unterschrieben: vor Gebrauch ärztlich zu prüfen.",
  "document.hash": "SHA-256 des Inhalts: {sha256}",
};
