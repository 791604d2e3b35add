/** A card's ticket in a browser without cookies: redeems it, keeps the session in this tab, and becomes the draft page. */
import { explain } from "./finish-launch.js";
import { texts } from "./launch-texts.js";
import { keepSession } from "./tab-session.js";

// This script runs: what is said for where it does not would only mislead.
for (const late of document.querySelectorAll("p.late")) late.remove();

const response = await fetch(location.pathname, {
  method: "POST",
  headers: { accept: "application/json" },
  cache: "no-store",
  redirect: "error",
}).catch(() => undefined);

if (response?.ok === true) {
  const { launch, page, session } = await response.json();
  keepSession(launch, session);
  history.replaceState(null, "", page);
  await import("./main.js");
} else explain(response?.status === 401 ? texts.linkOver : texts.unreachable);
