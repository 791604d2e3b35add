/** In which language a page speaks: its hospital's, and a stranger's where nobody knows the hospital. */
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { Assets } from "./assets.ts";
import type { PageFrame } from "./page-html.ts";
import { languageForStranger } from "../core/language/language.ts";

/** `accepted` are the languages that the browser asks for, the best first. */
export function frameOf(
  { path }: Pick<Assets, "path">,
  tenant: TenantConfig | undefined,
  tenants: readonly TenantConfig[],
  accepted: readonly string[],
): PageFrame {
  const tags = tenants.map(({ language }) => language);
  return { assets: path, lang: tenant?.language ?? languageForStranger(tags, accepted) };
}
