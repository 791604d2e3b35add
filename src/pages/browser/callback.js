/** Where the EHR sends a browser back that brought no cookie: finishes with what the tab kept, or hands over to the page that waits. */
import { byId, el, fill } from "./dom.js";
import { explain, finishLaunch } from "./finish-launch.js";
import { texts } from "./launch-texts.js";
import { takeProof } from "./tab-session.js";

// This script runs: what is said for where it does not would only mislead.
for (const late of document.querySelectorAll("p.late")) late.remove();

const query = location.search;
const proof = takeProof(document.body.dataset["tab"] ?? "");
// The code is good once and for seconds; all the same it has no business in the history.
history.replaceState(null, "", location.pathname);

if (proof !== undefined) {
  const opened = await finishLaunch(query, proof);
  if (opened !== undefined) location.replace(opened.page);
} else if (window.opener === null) explain(texts.nothingKept);
else {
  // Heard by a page of our own origin only. It closes this window; an opener that is the EHR's page never hears of it.
  window.opener.postMessage({ query }, location.origin);
  fill(byId("content"), el("p", {}, texts.signedIn));
  setTimeout(() => explain(texts.nothingKept), 4000);
}
