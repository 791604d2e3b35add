/** Scopes granted against rights used: what is missing, and what that takes away. */
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import { isGranted } from "../../../core/smart/granted-scopes.ts";
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import type { UsedRight } from "./chart-uses.ts";
import { rightsOf, writesBySystem } from "./chart-uses.ts";

const NAME = "scopes";

/** @param given the scopes that the token came with */
export function checkScopes(tenant: TenantConfig, given: string): readonly Check[] {
  const settings = tenant.ehr.backendServices;
  if (settings === undefined) return [];
  const rights = rightsOf(tenant);
  const missing = rights.filter(({ type, letter }) => !isGranted(given, type, letter));
  const all = `${rights.length - missing.length} of ${rights.length} rights that are used are granted`;
  if (missing.length === 0) return [held(NAME, all), ...beside(tenant, given), ...narrowed(given)];
  return [
    ...[true, false].flatMap((essential) => {
      const part = missing.filter((right) => right.essential === essential);
      return part.length === 0 ? [] : [missingCheck(part, all, tenant, settings, essential)];
    }),
    ...beside(tenant, given),
    ...narrowed(given),
  ];
}

/** What goes beside a document, where it may: without it the document goes alone. */
function beside(tenant: TenantConfig, given: string): readonly Check[] {
  const { writeProfile, backendServices } = tenant.ehr;
  if (!writesBySystem(tenant) || writeProfile.provenance === "never" || isGranted(given, "Provenance", "c")) return [];
  const found = "Provenance.c is not granted: documents go without a Provenance, and `document.written` says so";
  // The label in the document says that software wrote it; there is nothing to mend.
  if (writeProfile.aiLabel === "security-label") return [held(NAME, found)];
  const fix = `The EHR takes no label either (aiLabel is provenance-only): have client ${backendServices?.clientId ?? ""} granted system/Provenance.c system/Device.c, and add both to ehr.backendServices.scopes.`;
  return [noted(NAME, `${found}; only its text tells that software wrote it`, fix)];
}

type Settings = NonNullable<TenantConfig["ehr"]["backendServices"]>;

function missingCheck(
  missing: readonly UsedRight[],
  all: string,
  { id }: TenantConfig,
  { scopes, clientId }: Settings,
  essential: boolean,
): Check {
  const lines = missing.map(({ type, letter, loss }) => `${type}.${letter} missing: ${loss}`);
  const unasked = missing.filter(({ type, letter }) => !isGranted(scopes, type, letter));
  const refused = missing.filter((right) => !unasked.includes(right));
  const list = (rights: readonly UsedRight[]): string =>
    rights.map(({ type, letter }) => `system/${type}.${letter}`).join(" ");
  const fix = [
    ...(unasked.length === 0 ? [] : [`Add to ehr.backendServices.scopes of tenant ${id}: ${list(unasked)}.`]),
    ...(refused.length === 0 ? [] : [`Ask the EHR's analyst to grant client ${clientId}: ${list(refused)}.`]),
  ].join(" ");
  const found = `${all}\n${lines.join("\n")}`;
  return essential ? broken(NAME, found, fix) : noted(NAME, found, fix);
}

/** `?category=...` on a granted scope: part of the type is hidden from us, and no answer will say so. */
function narrowed(granted: string): readonly Check[] {
  const scopes = granted.split(/\s+/u).filter((scope) => scope.includes("?"));
  if (scopes.length === 0) return [];
  const fix = "Ask the EHR's analyst whether that leaves anything out that a discharge summary needs.";
  return [noted(NAME, `granted in part only: ${scopes.join(" ")}`, fix)];
}
