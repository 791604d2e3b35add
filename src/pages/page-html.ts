/** The page's shell: landmarks only. Nothing about a person stands in it; the script fetches that for its session. */

import type { LaunchPages } from "../smart/deps.ts";

/** Escapes text for HTML content and double-quoted attributes. */
export function escapeHtml(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function head(assets: string, title: string, script?: string): string {
  const module = script === undefined ? "" : `\n<script type="module" src="${assets}/${script}"></script>`;
  return `<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets}/page.css">${module}
</head>`;
}

/** The draft page's document with a script of ours; `data` stands on the body for it. */
function shell(assets: string, script: string, data: string, content: string): string {
  return `<!doctype html>
<html lang="en">
${head(assets, "Discharge summary", script)}
<body data-phase="none"${data}>
<a class="skip" href="#page">Skip to the summary</a>
<header>
<div id="banner" role="group" aria-label="Patient"></div>
<div class="bar">
<h1 id="page-title" tabindex="-1">Discharge summary</h1>
<span id="label" class="label off">Loading</span>
<p id="status" role="status"></p>
<progress id="progress" max="1" value="0" aria-label="Progress of the draft" hidden></progress>
<div id="actions"></div>
</div>
</header>
<div class="columns">
<main id="page" tabindex="-1" aria-busy="true">
<div id="content">${content}<noscript><p class="notice">This page needs JavaScript.</p></noscript></div>
</main>
<aside id="evidence" aria-labelledby="evidence-title" hidden></aside>
</div>
<p class="print-mark" aria-hidden="true">AI draft, not signed</p>
</body>
</html>
`;
}

/** The draft page. `assets` is the path of the hashed folder, without trailing slash. */
export function draftPage(assets: string): string {
  return shell(assets, "main.js", "", "<p>Loading the summary.</p>");
}

function plainPage(assets: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
${head(assets, title)}
<body>
<main id="page" class="plain">
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/**
 * Shown only where neither scripts nor styles of ours may run: the style sheet keeps it back for some seconds, and the script
 * takes it away.
 */
const stuck = `<p class="late">If nothing happens: the EHR shows this page in a frame that does not let it run. Ask your IT
department to let the frame run scripts and keep its own origin (<code>allow-scripts allow-same-origin</code>), or to open
the summary in a window of its own.</p>`;

/**
 * The launch's first page: keeps the proof in its tab and goes on to the EHR. It has the draft page's parts, because where a
 * tab may keep nothing at all it waits for the sign-in in another window and becomes the draft page itself.
 */
export function beginPage(assets: string, { location, request, tab }: Parameters<LaunchPages["begin"]>[0]): string {
  const form = request.method === "POST" ? authorizationForm(request) : "";
  const to = form === "" ? ` data-to="${escapeHtml(location)}"` : "";
  const data = ` data-tab="${escapeHtml(tab.id)}" data-proof="${escapeHtml(tab.proof)}"${to}`;
  return shell(assets, "launch.js", data, `<p>Opening the summary.</p>${form}${stuck}`);
}

/** The authorization request as a form; the script sends it at once, and a person can where the script does not run. */
function authorizationForm({ endpoint, parameters }: Parameters<LaunchPages["begin"]>[0]["request"]): string {
  const fields = Object.entries(parameters).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return `<form id="authorize" method="post" action="${escapeHtml(endpoint)}">
${fields.join("\n")}
<p class="buttons late"><button type="submit">Go on to the EHR</button></p>
</form>`;
}

/** Where the EHR sends a browser back that brought no cookie: its script brings proof and code together. */
export function finishPage(assets: string, tabId: string): string {
  return shell(assets, "callback.js", ` data-tab="${escapeHtml(tabId)}"`, `<p>Opening the summary.</p>${stuck}`);
}

/** Where no session stands behind the address. */
export function sessionOverPage(assets: string): string {
  return plainPage(
    assets,
    "This session is over",
    `<p>It was idle for too long, lasted a whole shift, was ended, or belongs to another browser.</p>
<p>Close this view. Then open the patient's chart in the EHR and open the discharge summary from there again: by its card, or
from the list of apps. The draft is kept, with every change that was saved.</p>`,
  );
}

/** A document's one-time address, a second time or too late. */
export function documentOverPage(assets: string): string {
  return plainPage(
    assets,
    "This address worked once",
    "<p>Go back to the summary in the EHR and open the document from there again.</p>",
  );
}

const purposes = {
  open: { title: "Open the discharge summary", act: "Open" },
  start: { title: "Start a discharge summary", act: "Start" },
  retry: { title: "Try the discharge summary again", act: "Try again" },
} as const;

/** The landing page of a ticket: a link preview that fetches it uses nothing up, only the button does. */
export function ticketPage(assets: string, purpose: keyof typeof purposes): string {
  const { title, act } = purposes[purpose];
  return plainPage(
    assets,
    title,
    `<p>This link works once. It lets you read the summary; to edit or sign it, open it inside the EHR.</p>
<form method="post"><p class="buttons"><button type="submit" class="primary">${act}</button></p></form>`,
  );
}

/** Comes after the button where no cookie came back: its script redeems the ticket, and becomes the draft page itself. */
export function tabTicketPage(assets: string): string {
  return shell(assets, "ticket.js", "", `<p>Opening the summary.</p>${stuck}`);
}

/** A ticket that is used up, too old or unknown; which of them is nobody's business. */
export function ticketOverPage(assets: string): string {
  return plainPage(
    assets,
    "This link no longer works",
    "<p>Links are good once and for a short time. Open the summary from the EHR's newest card.</p>",
  );
}
