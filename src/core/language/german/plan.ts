/** German: instructions and follow-up. */
import type { plan as english } from "../english/plan.ts";
import type { Translated } from "../messages.ts";

export const plan: Translated<typeof english> = {
  "instructions.lookedFor":
    "Behandlungspläne, Kostanordnungen, Mitteilungen an die Patientin oder den Patienten, Einnahme- und Verhaltenshinweise der Verordnungen sowie Anleitungs- und Schulungsabschnitte der Notizen dieses Aufenthalts",
  "instructions.goals": "Ziele: {goals}",
  "instructions.teaching": "Schulung",

  "followUp.lookedFor":
    "Termine nach dem Aufenthalt, Überweisungen und Konsile, Aufgaben, Abschnitte zum weiteren Vorgehen in den Notizen dieses Aufenthalts und Empfehlungen seiner Befunde",
  "followUp.appointment": "Termin ({status}): {name}[, bei {who}], {when}[; Grund: {reason}][; Hinweis: {instruction}]",
  "followUp.appointmentUndated":
    "Termin ({status}): {name}[, bei {who}], kein Datum dokumentiert[; Grund: {reason}][; Hinweis: {instruction}]",
  "followUp.task":
    "Aufgabe ({status}): {name}[, zugewiesen an {who}], fällig am {when}[; Grund: {reason}][; Hinweis: {instruction}]",
  "followUp.taskUndated":
    "Aufgabe ({status}): {name}[, zugewiesen an {who}], kein Datum dokumentiert[; Grund: {reason}][; Hinweis: {instruction}]",
  "followUp.referral":
    'Überweisung ({status}): {name}[, an {performer}][, fällig am {due}][, angeordnet am {date}][ von {requester}][; Grund: {reason}][; Anmerkung: "{note}"]',
  "followUp.order":
    'Anordnung für die Zeit nach dem Aufenthalt ({status}): {name}[, an {performer}][, fällig am {due}][, angeordnet am {date}][ von {requester}][; Grund: {reason}][; Anmerkung: "{note}"]',
  "followUp.finding": 'Kontrollbedürftiger Befund ({report}): "{text}"',

  "unread.all":
    "Das Krankenhausinformationssystem konnte nicht befragt werden: geprüft wurde nur, was sein Aufruf mitbrachte.",
  "unread.types": "Nicht oder nicht vollständig aus dem Krankenhausinformationssystem gelesen: {types}.",
  "lookedFor.sentence": "Gesucht wurde nach: {lookedFor}.",
};
