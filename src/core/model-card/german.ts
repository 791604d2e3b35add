/** The model card's sentences in German. */
import type { CardTexts } from "./english.ts";

export const german: CardTexts = {
  name: "Handover Entlassbrief",
  intendedUse: [
    "Entwurf des Entlassbriefs eines Krankenhausaufenthalts aus dessen Akte, für eine ärztliche Person, die die Patientin oder den Patienten kennt.",
    "Neben jedem Satz stehen die Einträge, auf denen er beruht, damit sich seine Grundlage unabhängig prüfen lässt.",
  ],
  notFor: [
    "Verwendung ohne ärztliche Prüfung und Unterschrift.",
    "Diagnosestellung, Triage, Alarme oder alles, worauf sofort gehandelt werden muss.",
    "Therapieempfehlungen: Der Entwurf gibt wieder, was in der Akte steht, und rät selbst zu nichts.",
    "Forschung, Abrechnung oder Kodierung; dafür wurde er nicht bewertet.",
  ],
  inputs: [
    "Die FHIR-R4-Ressourcen des Aufenthalts: Fall, Diagnosen, Allergien, Medikation, Prozeduren, Messwerte, Befunde, Notizen, Anforderungen, Termine, Behandlungspläne, Medizinprodukte, Impfungen.",
    "Von anderen Aufenthalten nur, was vor diesem wichtig war, als solches gekennzeichnet. Irrtümliche Einträge und Einträge anderer Personen bleiben außen vor.",
  ],
  byRules: [
    "Alle Abschnitte entstehen nach festen Regeln aus codierten Einträgen: dieselbe Akte ergibt Zeichen für Zeichen denselben Text.",
    "Was nur in einer Notiz steht, wird mit seiner Stelle darin genannt und geht keinem codierten Eintrag vor.",
    "Was fehlt, heißt „nicht dokumentiert“, mit dem, wonach gesucht wurde.",
  ],
  byModel: [
    "Ein Sprachmodell schreibt nur die erzählenden Teile, aus nummerierten Angaben und ohne Namen, Nummern oder Daten der Person.",
    "Medikation, Allergien, Ergebnisse, ausstehende Befunde und das weitere Vorgehen entstehen nach festen Regeln, nie durch das Modell.",
    "Jeder seiner Sätze muss Angaben nennen und gilt nur als geprüft, wenn jede Zahl, Einheit, jedes Datum, Medikament, jede Dosis, Seite und Verneinung darin in den genannten Angaben steht; sonst tritt der Satz der Regeln an seine Stelle.",
  ],
  safeguards: [
    "Nichts geht als endgültig hinaus ohne die ausdrückliche Unterschrift einer namentlich genannten Person, die unterschreiben darf.",
    "Vor der Unterschrift werden die zugrunde liegenden Einträge noch einmal gelesen; was sich geändert hat oder neu ist, wird genannt.",
    "Ein zweiter Blick nennt, was in der Akte steht und im Entwurf nicht. Von Hand geschriebene Sätze vergleicht er in deutschen Entwürfen nicht mit der Akte.",
    "Notizen sind Daten: Text darin, der sich an eine Maschine richtet, bleibt aus dem Entwurf heraus und wird gemeldet.",
    "Jede Änderung des Textes bleibt nachvollziehbar, in einer Kette von Hashes vom Entwurf bis zur letzten Änderung.",
  ],
  limits: [
    "Bekannt ist nur, was das KIS enthält und herausgibt: Was nur gesagt wurde oder auf Papier steht, fehlt spurlos.",
    "Fehler der Akte wiederholen sich. Ein falscher Eintrag gilt als Beleg.",
    "Medikamente werden nach Code, Name und Wirkstoff verglichen, ohne Terminologieserver; was sich nicht zuordnen lässt, steht als unklar da.",
    "Die veröffentlichten Zahlen stammen aus synthetischen Akten derselben Urheber wie das Produkt, mit englischen Entwürfen. Sie ersetzen keine Bewertung an den Akten des eigenen Hauses.",
    "Unterschiede zwischen Patientengruppen wurden nicht bewertet, weil die synthetischen Akten sie nicht getreu abbilden.",
  ],
  users:
    "Ärztinnen, Ärzte und entsprechend befugte Fachkräfte, die entlassen und im Prüfen von Entwürfen geschult sind.",
  humanOversight:
    "Ärztinnen und Ärzte lesen, bearbeiten und unterschreiben oder verwerfen. Wer unterschreibt, verantwortet den Text; ein Entwurf ohne Unterschrift geht nirgendwohin.",
};
