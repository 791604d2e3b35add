/** German: admission, course, diagnoses, condition at discharge. */
import type { stay as english } from "../english/stay.ts";
import type { Translated } from "../messages.ts";

export const stay: Translated<typeof english> = {
  "reason.lookedFor":
    "Aufnahmegrund des Falls (kodiert oder als Diagnose), Aufnahmediagnosen sowie Hauptbeschwerde oder Aufnahmegrund in den Notizen dieses Aufenthalts",
  "reason.admitted":
    "Aufnahme am {date}[, Fachabteilung: {service}][ ({marks})][; behandelnde Ärztin/behandelnder Arzt: {attending}][; verantwortlich: {responsible}]",
  "reason.source": "Aufnahme von: {source}",
  "reason.reason": "Aufnahmegrund: {names}",
  "reason.diagnosis": "Aufnahmediagnose: {names}",
  "reason.complaint": "Hauptbeschwerde",
  "reason.history": "Aktuelle Anamnese",

  "course.lookedFor":
    "Aufnahme, Verlegungen, Prozeduren, Beginn von Medikamenten, auffällige Befunde, Bildgebung, neue Diagnosen und ärztliche Notizen dieses Aufenthalts mit Datum",
  "course.admitted": "{date}: Aufnahme[; Stationen während des Aufenthalts: {places}]",
  "course.discharged": "{date}: Entlassung[; Verbleib: {disposition}]",
  "course.location": "{date}: Station: {names}",
  "course.diagnosis": "{date}: Neue Diagnose: {names}",
  "course.procedure": "{date}: Prozedur: {names}",
  "course.reports": "{date}: {reports}",
  "course.given": "{date}: Erstmals gegeben: {names}",
  "course.ordered": "{date}: Verordnet: {names}",
  "course.brokenOff": "{date}: Gabe abgebrochen: {doses}",
  "course.dose": '{name}[; Grund: {reason}][; Anmerkung: "{note}"]',
  "course.results": "{date}: Auffällige Befunde: {results}",
  "course.notes": "{date}: {notes}",
  "course.beside": "Außerdem in der Akte, {text}",

  "review.note": "NOTIZ ZU PRÜFEN: {name}, enthält Text, der an einen Computer gerichtet ist; er wird hier ausgelassen",
  "review.entry":
    "EINTRAG ZU PRÜFEN: {type} [({name}) ]enthält Text, der an einen Computer gerichtet ist und hier ausgelassen wird",

  "diagnoses.lookedFor":
    "Diagnosen des Falls (Entlassungs-, Aufnahme- und Nebendiagnosen), während des Aufenthalts erfasste Diagnosen und die Problemliste",
  "diagnoses.principal": "Hauptdiagnose: {name}[; Schweregrad: {severity}][; {status}]",
  "diagnoses.discharge": "Entlassungsdiagnose: {name}[; Schweregrad: {severity}][; {status}]",
  "diagnoses.none": "Für diesen Aufenthalt ist keine Entlassungsdiagnose dokumentiert",
  "diagnoses.active": "Nebendiagnosen und bestehende Erkrankungen: {names}",
  "diagnoses.past": "Frühere Erkrankungen, vor dieser Aufnahme abgeschlossen: {names}",
  "diagnoses.social": "Soziale und administrative Einträge der Problemliste: {names}",
  "diagnoses.admission": "Aufnahmediagnose: {names}",
  "diagnoses.also": "Außerdem während dieses Aufenthalts diagnostiziert: {names}",
  "diagnoses.possible": "Verdacht auf: {name} ({status})",
  "diagnoses.ruledOut": "Ausgeschlossen: {name}",
  "diagnoses.family": "Familienanamnese: {names}",
  "diagnoses.earlierStay": "Vorgeschichte, aus dem Entlassbrief eines früheren Aufenthalts",

  "diagnoses.inNotes": "In den Notizen genannt ({note}), kein eigener Eintrag dokumentiert: {names}",
  "assertion.possible": "möglich",
  "assertion.historical": "Vorgeschichte",
  "assertion.family": "Familie",

  "condition.codeStatusNoted": "Reanimationsstatus laut Notizen ({note}): {value}",
  "condition.vitalsNoted": "Vitalwerte laut Notizen ({note}): {values}",
  "condition.lookedFor":
    "Entlassungsdatum und Verbleib des Falls, letzte Vitalwerte, Gewicht, Funktions- und Bewusstseinsskalen, Reanimationsstatus sowie Angaben der Notizen zum Zustand bei Entlassung",
  "condition.open": "Kein Entlassungsdatum dokumentiert; Status des Falls: {status}; Verbleib: {disposition}",
  "condition.openUnknown": "Kein Entlassungsdatum dokumentiert; Status des Falls: {status}; kein Verbleib dokumentiert",
  "condition.undated": "Kein Entlassungsdatum dokumentiert; Verbleib: {disposition}",
  "condition.discharged": "Entlassung am {date}; Verbleib: {disposition}",
  "condition.dischargedUnknown": "Entlassung am {date}; kein Verbleib dokumentiert",
  "condition.stated": "{name}: {value}[ ({date})]",
  "condition.vitals": "Letzte Vitalwerte[ ({date})]: {values}",
  "condition.scores": "Letzte Funktions- und Bewusstseinsskalen[ ({date})]: {values}",
  "condition.weight": "Gewicht: {last}",
  "condition.weights": "Gewicht: zuletzt {last}; zu Beginn {first}",
  "condition.codeStatus": "Reanimationsstatus: {value}[ ({date})]",
  "vital.temperature": "Temperatur",
  "vital.heartRate": "Herzfrequenz",
  "vital.bloodPressure": "Blutdruck",
  "vital.respiratoryRate": "Atemfrequenz",
  "vital.saturation": "Sauerstoffsättigung",
  "vital.oxygenFlow": "Sauerstofffluss",
  "vital.pain": "Schmerzskala",
  "vital.coma": "Glasgow-Koma-Skala",
  "vital.consciousness": "Bewusstseinslage",
  "vital.barthel": "Barthel-Index",
  "vital.news2": "NEWS2",
};
