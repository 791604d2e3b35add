/** What a person sees when a launch fails: what to do, and a number for the operator. Nothing from the request. */
import type { AdapterError } from "../core/errors.ts";

const text: Readonly<Record<string, string>> = {
  state: "The sign-in took too long, was already used, or began in another window.",
  iss: "This EHR is not registered with this service.",
  error: "The EHR did not authorise this launch.",
  code: "The sign-in was already used.",
};

/** In a person's words, what went wrong with a launch. */
export function explanation(error: AdapterError): string {
  if (error.code === "wrong_patient" || error.code === "forbidden") return error.message;
  if (error.code === "throttled") return "Too many people are signing in at this moment. Try again in a few seconds.";
  if (error.code === "unauthenticated") return "The EHR's answer about who you are could not be verified.";
  if (error.at === "clientAuth")
    return "The EHR takes none of the ways in which this service may prove itself. Your IT department has to agree on one with the EHR.";
  if (error.status >= 500) return "The EHR's sign-in did not answer as expected.";
  if (error.code === "parameter_missing") return `The launch came without "${error.at ?? "a parameter"}".`;
  return text[error.at ?? ""] ?? "The launch was not complete.";
}

const escape = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A page that reads well without its style sheet too: it must show wherever the launch was framed. */
export function failurePage(error: AdapterError, requestId: string, stylesheet: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The summary could not be opened</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${escape(stylesheet)}">
<main id="page" class="plain">
<h1>The summary could not be opened</h1>
<p>${escape(explanation(error))}</p>
<p>Close this view and open the summary from the EHR again. Nothing has been changed.</p>
<p>If it happens again, tell your IT department this number: <code>${escape(requestId)}</code></p>
</main>
</html>
`;
}
