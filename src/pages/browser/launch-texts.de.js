/** What is said while a launch goes through a browser without cookies, in German. */

/** @type {import("./launch-texts.js").Texts} */
export const texts = {
  notOpenYet: "Noch nicht geöffnet",
  notOpened: "Nicht geöffnet",
  failed: "Der Entlassbrief konnte nicht geöffnet werden",
  close: "Schließen Sie diese Ansicht und öffnen Sie den Brief noch einmal aus dem KIS. Es wurde nichts geändert.",
  number: "Geschieht es wieder, nennen Sie Ihrer IT diese Nummer: ",
  oneMore: "Noch ein Schritt",
  blocked:
    "Dieser Browser bewahrt für diese Seite nichts auf: Cookies und Websitedaten sind gesperrt. Das KIS kann Ihre Anmeldung in einem kleinen Fenster bestätigen, das sich von selbst schließt. Der Brief öffnet sich dann hier.",
  open: "Entlassbrief öffnen",
  allow: ({ origin }) =>
    `Damit diese Frage nicht mehr kommt, lassen Sie Ihre IT für ${origin} Cookies oder Websitedaten erlauben.`,
  noPopup:
    "Der Browser hat das Anmeldefenster nicht zugelassen. Bitte Pop-up-Fenster für die Adresse des KIS erlauben.",
  waiting: "Das KIS bestätigt Ihre Anmeldung im anderen Fenster; bitte warten.",
  nothingKept:
    "Diese Anmeldung begann nicht in diesem Fenster, oder der Browser bewahrt für diese Seite weder Cookies noch Websitedaten auf.",
  signedIn: "Angemeldet. Dieses Fenster schließt sich von selbst.",
  linkOver: "Dieser Link gilt nicht mehr.",
  unreachable: "Der Server war nicht zu erreichen.",
};
