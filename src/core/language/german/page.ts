/** German: what the server says on the clinician's page: its shell, its banner, failed launches, and what a session cannot do. */
import type { page as english } from "../english/page.ts";
import type { Translated } from "../messages.ts";

export const page: Translated<typeof english> = {
  "page.title": "Entlassbrief",
  "page.skip": "Zum Brief springen",
  "page.patient": "Patient/in",
  "page.loading": "Wird geladen",
  "page.progress": "Fortschritt des Entwurfs",
  "page.noScript": "Diese Seite braucht JavaScript.",
  "page.loadingSummary": "Der Entlassbrief wird geladen.",
  "page.opening": "Der Entlassbrief wird geöffnet.",
  "page.stuck":
    "Falls nichts geschieht: Das KIS zeigt diese Seite in einem Rahmen, der sie nicht laufen lässt. Bitten Sie Ihre IT, dem Rahmen Skripte und die eigene Herkunft zu erlauben ({flags}) oder den Brief in einem eigenen Fenster zu öffnen.",
  "page.goOn": "Weiter zum KIS",
  "page.over": "Diese Sitzung ist beendet",
  "page.overWhy":
    "Sie war zu lange ohne Eingabe, dauerte eine ganze Schicht, wurde beendet oder gehört zu einem anderen Browser.",
  "page.overFix":
    "Schließen Sie diese Ansicht. Öffnen Sie dann im KIS die Patientenakte und von dort den Entlassbrief neu: über seine Karte oder aus der Liste der Anwendungen. Der Entwurf bleibt erhalten, mit allen gespeicherten Änderungen.",
  "page.documentOver": "Diese Adresse galt nur einmal",
  "page.documentOverFix": "Kehren Sie zum Brief im KIS zurück und öffnen Sie das Dokument von dort noch einmal.",
  "page.ticketOnce":
    "Dieser Link gilt einmal. Mit ihm können Sie den Brief lesen; zum Bearbeiten oder Unterschreiben öffnen Sie ihn im KIS.",
  "page.ticket.open": "Entlassbrief öffnen",
  "page.ticket.openAct": "Öffnen",
  "page.ticket.start": "Entlassbrief beginnen",
  "page.ticket.startAct": "Beginnen",
  "page.ticket.retry": "Entlassbrief noch einmal versuchen",
  "page.ticket.retryAct": "Noch einmal versuchen",
  "page.ticketOver": "Dieser Link gilt nicht mehr",
  "page.ticketOverFix": "Links gelten einmal und nur kurze Zeit. Öffnen Sie den Brief über die neueste Karte im KIS.",
  "page.failed": "Der Entlassbrief konnte nicht geöffnet werden",
  "page.failedFix":
    "Schließen Sie diese Ansicht und öffnen Sie den Brief noch einmal aus dem KIS. Es wurde nichts geändert.",
  "page.failedNumber": "Geschieht es wieder, nennen Sie Ihrer IT diese Nummer: {number}",

  "launch.state": "Die Anmeldung hat zu lange gedauert, wurde schon verwendet oder begann in einem anderen Fenster.",
  "launch.iss": "Dieses KIS ist bei diesem Dienst nicht registriert.",
  "launch.error": "Das KIS hat diesen Aufruf nicht zugelassen.",
  "launch.code": "Die Anmeldung wurde schon verwendet.",
  "launch.otherPatient":
    "Die Karte gehört zu einer anderen Person oder einem anderen Aufenthalt, als im KIS geöffnet ist.",
  "launch.notClinical": "Entwürfe sind dem klinischen Personal vorbehalten.",
  "launch.otherSite": "Eine andere Website darf mit dieser Sitzung hier nichts aufrufen.",
  "launch.throttled":
    "Im Augenblick melden sich zu viele Personen an. Versuchen Sie es in einigen Sekunden noch einmal.",
  "launch.identity": "Die Auskunft des KIS, wer Sie sind, ließ sich nicht bestätigen.",
  "launch.clientAuth":
    "Das KIS nimmt keine der Arten an, auf die sich dieser Dienst ausweisen kann. Ihre IT muss sich mit dem KIS auf eine einigen.",
  "launch.ehr": "Die Anmeldung des KIS hat nicht wie erwartet geantwortet.",
  "launch.without": "Beim Aufruf fehlte „{name}“.",
  "launch.aParameter": "eine Angabe",
  "launch.incomplete": "Der Aufruf war unvollständig.",

  "banner.noName": "Name nicht erfasst",
  "banner.record": "Patientennr.",
  "banner.identifier": "Kennung",
  "banner.inpatient": "Stationär",
  "banner.emergency": "Notaufnahme",
  "banner.observation": "Beobachtung",
  "banner.outpatient": "Ambulant",
  "banner.shortStay": "Kurzaufenthalt",
  "banner.male": "männlich",
  "banner.female": "weiblich",
  "banner.other": "divers",
  "banner.unknown": "Geschlecht unbekannt",
  "banner.readingOnly": "Nur Lesen",

  "limit.over":
    "Ihre Anmeldung am KIS ist abgelaufen. Am Entwurf können Sie weiterarbeiten; um Belege zu sehen oder in Ihrem Namen etwas lesen oder ablegen zu lassen, öffnen Sie den Brief noch einmal aus dem KIS.",
  "limit.unknownUser":
    "Das KIS hat nicht mitgeteilt, wer Sie sind. Sie können hier lesen; zum Bearbeiten oder Unterschreiben muss das KIS Sie beim Aufruf nennen.",
  "limit.roleHidden": "Das KIS lässt diesen Dienst Ihre Rolle nicht sehen. Sie können hier nicht unterschreiben.",
  "limit.noFiling":
    "Das KIS lässt diesen Dienst in Ihrem Namen keine Dokumente ablegen. Was Sie unterschreiben, bleibt hier, bis das geändert ist.",
  "limit.noChanging":
    "Das KIS lässt diesen Dienst in Ihrem Namen keine Dokumente ändern. Korrekturen eines unterschriebenen Briefs bleiben hier.",
  "limit.reading": "Das KIS lässt diesen Dienst in Ihrem Namen nicht lesen: {types}. {follows}",
  "limit.whole": "die gesamte Akte",
  "limit.noEvidence": "Belege daraus lassen sich auf dieser Seite nicht öffnen.",
  "limit.notTold": "Ein Entwurf mit Ihrer Anmeldung sagt darüber nichts; bitte im KIS nachsehen.",
};
