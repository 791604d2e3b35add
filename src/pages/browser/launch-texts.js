/** What is said while a launch goes through a browser without cookies, in English: see `texts.js`. */

/** @typedef {typeof texts} Texts */

export const texts = {
  notOpenYet: "Not open yet",
  notOpened: "Not opened",
  failed: "The summary could not be opened",
  close: "Close this view and open the summary from the EHR again. Nothing has been changed.",
  number: "If it happens again, tell your IT department this number: ",
  oneMore: "One more step",
  blocked:
    "This browser keeps nothing for this page: cookies and site data are blocked. The EHR can confirm your sign-in in a small window that closes by itself. The summary then opens here.",
  open: "Open the summary",
  /** @param {{ origin: string }} p */
  allow: ({ origin }) => `To be asked no more, have your IT department allow cookies or site data for ${origin}.`,
  noPopup: "The browser did not let the sign-in window open. Allow pop-up windows for the EHR's address.",
  waiting: "Waiting for the EHR to confirm your sign-in in the other window.",
  nothingKept:
    "This sign-in did not begin in this window, or this browser keeps neither cookies nor site data for this page.",
  signedIn: "Signed in. This window closes by itself.",
  linkOver: "This link no longer works.",
  unreachable: "The server could not be reached.",
};
