/** What is wrong with a synthetic chart itself: a truth that no resource could bear out proves nothing. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import type { Truth } from "../../sandbox/evaluation/truth.ts";

/** References of the truth that the Bundle lacks, and words of facts that stand in no resource. */
export function syntheticFaults(bundle: Bundle<FhirResource>, truth: Truth): readonly string[] {
  const known = new Set((bundle.entry ?? []).map(({ resource }) => `${resource?.resourceType}/${resource?.id}`));
  const json = JSON.stringify(bundle).toLowerCase();
  const planted = [...truth.facts, ...truth.medicines, ...truth.pending, ...truth.statements];
  const dangling = planted.flatMap(({ resources }) => resources.filter((reference) => !known.has(reference)));
  const hidden = truth.forbidden.filter(({ text }) => !json.includes(text.toLowerCase())).map(({ text }) => text);
  return [...dangling, ...hidden.map((text) => `nothing holds the forbidden "${text}"`)];
}
