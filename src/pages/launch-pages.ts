/** The pages that carry a launch through a browser without cookies, as smart/ needs them. */
import type { LaunchPages } from "../smart/deps.ts";
import type { Assets } from "./assets.ts";
import { beginPage, finishPage } from "./page-html.ts";
import { pagePolicy } from "./policy.ts";

/**
 * Where the first page's form may lead. Chromium holds `form-action` against every redirect that follows too: the EHR's
 * sign-in may send the browser on to an identity provider that nobody told us of, and in the end back to us. So the scheme is
 * what can be said; the page's only form is ours, and nothing on it comes from outside unescaped.
 */
function formTargets(endpoint: string): string {
  return new URL(endpoint).protocol === "https:" ? "'self' https:" : "'self' https: http:";
}

export function createLaunchPages({ path }: Pick<Assets, "path">): LaunchPages {
  return {
    begin: ({ lang, ...launch }) => beginPage({ assets: path, lang }, launch),
    finish: (tabId, lang) => finishPage({ assets: path, lang }, tabId),
    stylesheet: `${path}/page.css`,
    policy: (request) =>
      request?.method === "POST"
        ? pagePolicy.replace("form-action 'self'", `form-action ${formTargets(request.endpoint)}`)
        : pagePolicy,
  };
}
