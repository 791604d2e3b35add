/** The frame in which a SMART app runs inside the EHR. */
import { byId, element } from "./dom.js";

/** What real EHRs allow a framed app; not among it: taking over the window around the frame. */
const SANDBOX =
  "allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts allow-downloads";

/** @param {string} url @param {string} label */
export function openApp(url, label) {
  byId("app-title").textContent = label;
  byId("app-frame").replaceChildren(element("iframe", { src: url, title: label, sandbox: SANDBOX }));
  byId("app").hidden = false;
  byId("app").scrollIntoView({ block: "start" });
  byId("app-close").focus();
}

export function closeApp() {
  byId("app-frame").replaceChildren();
  byId("app").hidden = true;
}
