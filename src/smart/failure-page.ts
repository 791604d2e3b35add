/** What a person sees when a launch fails: what to do, and a number for the operator. Nothing from the request. */
import type { AdapterError } from "../core/errors.ts";
import type { Wording } from "../core/language/wording.ts";
import { fill } from "../core/language/fill.ts";
import { languageOf } from "../core/language/language.ts";
import { wordingOf } from "../core/language/wording.ts";

/** By the input that is wrong. */
const byPlace: Readonly<Record<string, `launch.${"state" | "iss" | "error" | "code"}`>> = {
  state: "launch.state",
  iss: "launch.iss",
  error: "launch.error",
  code: "launch.code",
};

/** In a person's words, what went wrong with a launch. */
export function explanation(error: AdapterError, words: Wording): string {
  if (error.code === "wrong_patient") return words.text("launch.otherPatient");
  if (error.code === "forbidden")
    return words.text(error.detail === "smart.fhir-user" ? "launch.notClinical" : "launch.otherSite");
  if (error.code === "throttled") return words.text("launch.throttled");
  if (error.code === "unauthenticated") return words.text("launch.identity");
  if (error.at === "clientAuth") return words.text("launch.clientAuth");
  if (error.status >= 500) return words.text("launch.ehr");
  if (error.code === "parameter_missing")
    return words.text("launch.without", { name: error.at ?? words.text("launch.aParameter") });
  return words.text(byPlace[error.at ?? ""] ?? "launch.incomplete");
}

const escape = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/**
 * A page that reads well without its style sheet too: it must show wherever the launch was framed.
 * @param lang BCP 47 tag of the language of whoever reads it
 */
export function failurePage(error: AdapterError, requestId: string, stylesheet: string, lang: string): string {
  const words = wordingOf(languageOf(lang));
  const title = escape(words.text("page.failed"));
  const number = `<code>${escape(requestId)}</code>`;
  return `<!doctype html>
<html lang="${escape(lang)}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${escape(stylesheet)}">
<main id="page" class="plain">
<h1>${title}</h1>
<p>${escape(explanation(error, words))}</p>
<p>${escape(words.text("page.failedFix"))}</p>
<p>${fill(escape(words.raw("page.failedNumber")), { number })}</p>
</main>
</html>
`;
}
