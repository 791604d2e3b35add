/** The page's shell: landmarks only. Nothing about a person stands in it; the script fetches that for its session. */

/** Escapes text for HTML content and double-quoted attributes. */
export function escapeHtml(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** The draft page. `assets` is the path of the hashed folder, without trailing slash. */
export function draftPage(assets: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Discharge summary</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets}/page.css">
<script type="module" src="${assets}/main.js"></script>
</head>
<body data-phase="none">
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
<div id="content"><p>Loading the summary.</p><noscript><p class="notice">This page needs JavaScript.</p></noscript></div>
</main>
<aside id="evidence" aria-labelledby="evidence-title" hidden></aside>
</div>
<p class="print-mark" aria-hidden="true">AI draft, not signed</p>
</body>
</html>
`;
}

function plainPage(assets: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets}/page.css">
</head>
<body>
<main id="page" class="plain">
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** Where no session stands behind the address. */
export function sessionOverPage(assets: string): string {
  return plainPage(
    assets,
    "This session is over",
    "<p>Open the summary from the EHR again. A draft that was there is kept.</p>",
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

/** A ticket that is used up, too old or unknown; which of them is nobody's business. */
export function ticketOverPage(assets: string): string {
  return plainPage(
    assets,
    "This link no longer works",
    "<p>Links are good once and for a short time. Open the summary from the EHR's newest card.</p>",
  );
}
