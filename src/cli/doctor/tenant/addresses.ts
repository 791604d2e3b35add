/** May the adapter reach every address of this tenant, those that the EHR names included? */
import type { Check } from "../check.ts";
import { held, notLookedAt } from "../check.ts";
import type { Examination } from "./examination.ts";
import type { Target } from "./targets.ts";
import { faultOf } from "./targets.ts";

const NAME = "addresses";

/** @param targets configured and discovered ones */
export async function checkAddresses(
  { tenant, egress }: Examination,
  targets: readonly Target[],
): Promise<readonly Check[]> {
  const faults = await Promise.all(targets.map((target) => faultOf(target, egress, tenant.id, NAME)));
  const found = faults.filter((check) => check !== undefined);
  if (found.length > 0) return found;
  if (targets.length === 0) return [notLookedAt(NAME, "nothing is configured")];
  const way = egress.proxy === undefined ? "resolve, and lie inside the egress rule" : "go through the proxy";
  return [held(NAME, `${targets.length} addresses ${way}`)];
}
