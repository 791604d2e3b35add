/** The pages that carry a launch through a browser without cookies, as smart/ needs them. */
import type { LaunchPages } from "../smart/deps.ts";
import type { Assets } from "./assets.ts";
import { beginPage, finishPage } from "./page-html.ts";
import { pagePolicy } from "./policy.ts";

export function createLaunchPages({ path }: Pick<Assets, "path">): LaunchPages {
  return {
    begin: (launch) => beginPage(path, launch),
    finish: (tabId) => finishPage(path, tabId),
    policy: pagePolicy,
  };
}
