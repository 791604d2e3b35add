/** The landing page of a ticket: one button, no script. Looking at it changes nothing. */
import { createHash } from "node:crypto";

export interface LandingPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

const style =
  "body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:34rem;padding:0 1rem;color:#1b1f24;background:#fff}" +
  "h1{font-size:1.35rem}button{font:inherit;font-weight:600;padding:.65rem 1.2rem;border:0;border-radius:.4rem;background:#0b57a4;color:#fff;cursor:pointer}" +
  "button:focus-visible{outline:3px solid #f2a900;outline-offset:2px}";
const styleHash = createHash("sha256").update(style).digest("base64");

function page(title: string, body: string, frameAncestors: readonly string[]): LandingPage {
  const ancestors = frameAncestors.length === 0 ? "'none'" : frameAncestors.join(" ");
  return {
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`,
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors ${ancestors}`,
  };
}

const buttons = { open: "Open the summary", start: "Start the draft", retry: "Try again" } as const;

/** The form posts to the page's own address; the ticket stands nowhere else in it. */
export function landingPage(purpose: keyof typeof buttons, frameAncestors: readonly string[]): LandingPage {
  const text = "This link opens once and lets you read. To sign, use the application in your EHR.";
  return page(
    "Discharge summary",
    `<p>${text}</p><form method="post"><button type="submit">${buttons[purpose]}</button></form>`,
    frameAncestors,
  );
}

/** `reason` never says more than the clinician can use. */
export function ticketProblemPage(reason: "used" | "gone" | "failed"): LandingPage {
  const texts = {
    used: "This link has been used. Open the patient in your EHR again: its card brings a new one.",
    gone: "This link is no longer good. Open the patient in your EHR again: its card brings a new one.",
    failed:
      "The draft could not be started. Open the patient in your EHR again in a minute, or ask your IT service desk.",
  };
  return page("This link cannot be opened", `<p>${texts[reason]}</p>`, []);
}
