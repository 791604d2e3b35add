/** German: sections that only some stays have. */
import type { kinds as english } from "../english/kinds.ts";
import type { Translated } from "../messages.ts";

export const kinds: Translated<typeof english> = {
  "kind.ordinary": "Stationärer Aufenthalt",
  "kind.death": "Tod im Krankenhaus",
  "kind.transfer": "Verlegung in eine andere Einrichtung",
  "kind.against-advice": "Entlassung gegen ärztlichen Rat",
  "kind.observation": "Aufenthalt zur Beobachtung",
  "kind.newborn": "Aufenthalt eines Neugeborenen",
  "kind.delivery": "Aufenthalt mit Entbindung",
  "kind.line": "Art des Aufenthalts: {kind}",
  "kind.missing": "Nicht dokumentiert: {items}",
  "kind.reading": "{name}: {value}[ ({date})]",
  "kind.list": "{lead}: {values}",

  "course.died": "{date}: Ende des Aufenthalts durch Tod[; Verbleib: {disposition}]",
  "condition.died": "Ende des Aufenthalts durch Tod am {date}[; Verbleib: {disposition}]",
  "medications.before": "VOR AUFNAHME: {regimen}{remarks}",
  "medications.inHospital": "NUR IM KRANKENHAUS: {medicines}",

  "death.lookedFor":
    "Datum und Uhrzeit des Todes, Todesursache (Diagnoserolle, Beobachtung, Notizen), Notizen zu Tod und Todesfeststellung sowie Angaben zu Benachrichtigung und Obduktion",
  "death.time": "Verstorben am {time}",
  "death.cause": "Todesursache: {cause}[ ({date})]",
  "death.causeNoted": "Todesursache",
  "death.circumstances": "Umstände",
  "death.notification": "Benachrichtigung",
  "death.autopsy": "Obduktion und Spende",
  "death.missingTime": "Todeszeitpunkt",
  "death.missingCause": "Todesursache",
  "death.missingCircumstances": "Umstände des Todes",
  "death.missingNotification": "Benachrichtigung der Angehörigen",

  "againstAdvice.lookedFor":
    "Angaben der Notizen dieses Aufenthalts zum Verlassen gegen ärztlichen Rat, zur Aufklärung über Risiken, zur Einwilligungsfähigkeit und zu einer unterschriebenen Erklärung",
  "againstAdvice.leaving": "Verlassen gegen ärztlichen Rat",
  "againstAdvice.risks": "Aufklärung über Risiken",
  "againstAdvice.capacity": "Einwilligungsfähigkeit",
  "againstAdvice.form": "Erklärung",
  "againstAdvice.missingRisks": "Aufklärung über die Risiken",
  "againstAdvice.missingCapacity": "Einwilligungsfähigkeit",
  "againstAdvice.missingForm": "unterschriebene Erklärung",

  "handover.lookedFor":
    "aufnehmende Einrichtung, bei Ende des Aufenthalts laufende Therapien, verwendete Medizinprodukte, Sauerstoff und Verlegungsnotizen",
  "handover.to": "Verlegt nach {facility}",
  "handover.missingFacility": "aufnehmende Einrichtung",
  "handover.running": "Bei Ende des Aufenthalts laufend: {therapies}",
  "handover.oxygen": "Sauerstofffluss, letzter Wert: {value}[ ({date})]",
  "handover.devices": "Liegende und verwendete Medizinprodukte: {names}",
  "handover.reason": "Verlegungsgrund",
  "handover.state": "Zustand bei Übergabe",
  "handover.isolationOrdered": "Isolierung und Schutzmaßnahmen, Anordnungen noch aktiv: {names}",
  "handover.isolation": "Isolierung und Schutzmaßnahmen",

  "observation.lookedFor": "Beginn und Ende der Beobachtung, ihr Grund und ihr Ergebnis",
  "observation.from": "Beobachtet von {start} bis {end}",
  "observation.since": "In Beobachtung seit dem {start}",
  "observation.reason": "Grund der Beobachtung: {names}",
  "observation.outcome": "Diagnosen am Ende: {names}",
  "observation.assessment": "Beurteilung",
  "observation.missingOutcome": "Diagnose am Ende",

  "newborn.lookedFor":
    "Geburtsdatum, Gestationsalter, Geburtsgewicht, Länge, Kopfumfang, Apgar-Werte, Ernährung, Screenings, Bilirubin und Angaben der Akte zur Mutter",
  "newborn.born": "Geboren am {date}",
  "newborn.birthData": "Geburtsdaten: {values}",
  "newborn.feeding": "Ernährung",
  "newborn.screening": "Screening",
  "newborn.bilirubin": "Bilirubin",
  "newborn.mother": "Mutter",
  "newborn.motherHistory": "Mutter: {names}",
  "newborn.missingWeight": "Geburtsgewicht",
  "newborn.missingAge": "Gestationsalter",
  "newborn.missingFeeding": "Ernährung",
  "newborn.missingScreening": "Screening",
  "newborn.missingBilirubin": "Bilirubin",

  "delivery.lookedFor":
    "Art und Datum der Entbindung, Gestationsalter, Blutverlust, Verletzungen, Blutgruppe, Serologie, Kind und Ernährung",
  "delivery.done": "{name} {when}",
  "delivery.data": "Zu Schwangerschaft und Entbindung erfasst: {values}",
  "delivery.course": "Entbindung",
  "delivery.child": "Kind",
  "delivery.feeding": "Ernährung",
  "delivery.missingMode": "Art der Entbindung",
};
