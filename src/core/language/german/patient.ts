/** German: what the patient reads. Short sentences, everyday words, no abbreviation. */
import type { patient as english } from "../english/patient.ts";
import type { Translated } from "../messages.ts";

export const patient: Translated<typeof english> = {
  "patient.lookedFor": "Medikamente zur Entlassung, Termine nach dem Aufenthalt und noch ausstehende Befunde",
  "patient.stay": "Sie waren vom {start} bis {end} im Krankenhaus",
  "patient.since": "Sie sind seit dem {start} im Krankenhaus",
  "patient.reason": "Der Grund war: {names}",
  "patient.new": "Neues Medikament: {name}. {take}",
  "patient.changed": "Geändertes Medikament: {name}. {take}",
  "patient.continued": "Nehmen Sie weiter: {name}. {take}",
  "patient.stopped": "Beenden Sie die Einnahme von: {name}",
  "patient.held": "Machen Sie eine Pause, bis Ihre Ärztin oder Ihr Arzt es anders sagt, mit: {name}",
  "patient.unclear": "Fragen Sie Ihre Ärztin oder Ihren Arzt, ob Sie das nehmen sollen: {name}",
  "patient.noList": "Fragen Sie vor dem Heimweg, welche Medikamente Sie zu Hause nehmen sollen",
  "patient.take": "Einnahme: {directions}",
  "patient.use": "Anwendung: {directions}",
  "patient.asWritten": 'In der Verordnung steht: "{directions}"',
  "patient.noDirections": "Fragen Sie, wie Sie es nehmen sollen",
  "patient.allergy":
    "Fragen Sie vor der Einnahme von {name} Ihre Ärztin oder Ihren Arzt: in Ihrer Akte steht eine Allergie gegen {substance}",
  "patient.appointment": "Ihr Termin: {name}[, bei {who}], am {when}",
  "patient.appointmentUndated": "Ein Termin ist geplant, das Datum steht noch aus: {name}[, bei {who}]",
  "patient.pending": "Diese Befunde stehen noch aus: {names}. Fragen Sie beim nächsten Besuch danach",
  "patient.call": "Bei Fragen rufen Sie an: {facility}, {phone}.",
  "plain.asNeeded": "nur bei Bedarf[ wegen {reason}]",
  "plainRoute.oral": "durch den Mund",
  "plainRoute.intravenous": "in die Vene",
  "plainRoute.subcutaneous": "unter die Haut",
  "plainRoute.intramuscular": "in den Muskel",
  "plainRoute.inhaled": "zum Einatmen",
  "plainRoute.nebulized": "als Nebel zum Einatmen",
  "plainRoute.sublingual": "unter die Zunge",
  "plainRoute.topical": "auf die Haut",
  "plainRoute.rectal": "in den Enddarm",
};
