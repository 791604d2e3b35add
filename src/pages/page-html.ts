/** The page's shell: landmarks only. Nothing about a person stands in it; the script fetches that for its session. */

import type { Wording } from "../core/language/wording.ts";
import type { LaunchPages } from "../smart/deps.ts";
import { fill } from "../core/language/fill.ts";
import { languageOf } from "../core/language/language.ts";
import { wordingOf } from "../core/language/wording.ts";

/** Where a page's files are, and how it speaks. */
export interface PageFrame {
  /** Path of the hashed folder, without trailing slash. */
  readonly assets: string;
  /** BCP 47 tag of the hospital's language. */
  readonly lang: string;
}

type Key = Parameters<Wording["raw"]>[0] & `page.${string}`;

/** A text of the catalogue as HTML. */
const html = ({ lang }: PageFrame, key: Key): string => escapeHtml(wordingOf(languageOf(lang)).raw(key));
const paragraph = (frame: PageFrame, key: Key): string => `<p>${html(frame, key)}</p>`;

/** Escapes text for HTML content and double-quoted attributes. */
export function escapeHtml(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function head(frame: PageFrame, title: Key, script?: string): string {
  const { assets, lang } = frame;
  // The language stands in the path of the scripts: each loads its texts from beside it.
  const source = `${assets}/${languageOf(lang)}/${script ?? ""}`;
  const module = script === undefined ? "" : `\n<script type="module" src="${source}"></script>`;
  return `<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${html(frame, title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets}/page.css">${module}
</head>`;
}

/** The draft page's document with a script of ours; `data` stands on the body for it. */
function shell(frame: PageFrame, script: string, data: string, content: string): string {
  const text = (key: Key): string => html(frame, key);
  return `<!doctype html>
<html lang="${escapeHtml(frame.lang)}">
${head(frame, "page.title", script)}
<body data-phase="none"${data}>
<a class="skip" href="#page">${text("page.skip")}</a>
<header>
<div id="banner" role="group" aria-label="${text("page.patient")}"></div>
<div class="bar">
<h1 id="page-title" tabindex="-1">${text("page.title")}</h1>
<span id="label" class="label off">${text("page.loading")}</span>
<p id="status" role="status"></p>
<progress id="progress" max="1" value="0" aria-label="${text("page.progress")}" hidden></progress>
<div id="actions"></div>
</div>
</header>
<div class="columns">
<main id="page" tabindex="-1" aria-busy="true">
<div id="content">${content}<noscript><p class="notice">${text("page.noScript")}</p></noscript></div>
</main>
<aside id="evidence" aria-labelledby="evidence-title" hidden></aside>
</div>
<p class="print-mark" aria-hidden="true">${escapeHtml(wordingOf(languageOf(frame.lang)).text("document.draft"))}</p>
</body>
</html>
`;
}

/** The draft page. */
export function draftPage(frame: PageFrame): string {
  return shell(frame, "main.js", "", paragraph(frame, "page.loadingSummary"));
}

function plainPage(frame: PageFrame, title: Key, body: string): string {
  return `<!doctype html>
<html lang="${escapeHtml(frame.lang)}">
${head(frame, title)}
<body>
<main id="page" class="plain">
<h1>${html(frame, title)}</h1>
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
function stuck(frame: PageFrame): string {
  const flags = "<code>allow-scripts allow-same-origin</code>";
  return `<p class="late">${fill(html(frame, "page.stuck"), { flags })}</p>`;
}

/**
 * The launch's first page: keeps the proof in its tab and goes on to the EHR. It has the draft page's parts, because where a
 * tab may keep nothing at all it waits for the sign-in in another window and becomes the draft page itself.
 */
export function beginPage(
  frame: PageFrame,
  { location, request, tab }: Omit<Parameters<LaunchPages["begin"]>[0], "lang">,
): string {
  const form = request.method === "POST" ? authorizationForm(frame, request) : "";
  const to = form === "" ? ` data-to="${escapeHtml(location)}"` : "";
  const data = ` data-tab="${escapeHtml(tab.id)}" data-proof="${escapeHtml(tab.proof)}"${to}`;
  return shell(frame, "launch.js", data, `${paragraph(frame, "page.opening")}${form}${stuck(frame)}`);
}

/** The authorization request as a form; the script sends it at once, and a person can where the script does not run. */
function authorizationForm(
  frame: PageFrame,
  { endpoint, parameters }: Parameters<LaunchPages["begin"]>[0]["request"],
): string {
  const fields = Object.entries(parameters).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return `<form id="authorize" method="post" action="${escapeHtml(endpoint)}">
${fields.join("\n")}
<p class="buttons late"><button type="submit">${html(frame, "page.goOn")}</button></p>
</form>`;
}

/** Where the EHR sends a browser back that brought no cookie: its script brings proof and code together. */
export function finishPage(frame: PageFrame, tabId: string): string {
  const data = ` data-tab="${escapeHtml(tabId)}"`;
  return shell(frame, "callback.js", data, `${paragraph(frame, "page.opening")}${stuck(frame)}`);
}

/** Where no session stands behind the address. */
export function sessionOverPage(frame: PageFrame): string {
  return plainPage(frame, "page.over", `${paragraph(frame, "page.overWhy")}\n${paragraph(frame, "page.overFix")}`);
}

/** A document's one-time address, a second time or too late. */
export function documentOverPage(frame: PageFrame): string {
  return plainPage(frame, "page.documentOver", paragraph(frame, "page.documentOverFix"));
}

/** The landing page of a ticket: a link preview that fetches it uses nothing up, only the button does. */
export function ticketPage(frame: PageFrame, purpose: "open" | "start" | "retry"): string {
  const act = html(frame, `page.ticket.${purpose}Act`);
  return plainPage(
    frame,
    `page.ticket.${purpose}`,
    `${paragraph(frame, "page.ticketOnce")}
<form method="post"><p class="buttons"><button type="submit" class="primary">${act}</button></p></form>`,
  );
}

/** Comes after the button where no cookie came back: its script redeems the ticket, and becomes the draft page itself. */
export function tabTicketPage(frame: PageFrame): string {
  return shell(frame, "ticket.js", "", `${paragraph(frame, "page.opening")}${stuck(frame)}`);
}

/** A ticket that is used up, too old or unknown; which of them is nobody's business. */
export function ticketOverPage(frame: PageFrame): string {
  return plainPage(frame, "page.ticketOver", paragraph(frame, "page.ticketOverFix"));
}
