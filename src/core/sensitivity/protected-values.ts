/** What is told of labelled records when they change. */
import type { FhirResource } from "fhir/r4.js";
import type { ChartNews } from "../chart/context-change.ts";
import { labelsOf } from "./labels.ts";

/** News of a chart without the values of labelled records: `full` deliveries tell that they changed, and no more. */
export function withoutProtectedValues(news: ChartNews, resources: readonly FhirResource[]): ChartNews {
  const labelled = new Set(
    resources.filter((one) => labelsOf(one).length > 0).map(({ resourceType, id }) => `${resourceType}/${id ?? ""}`),
  );
  if (labelled.size === 0) return news;
  const entities = news.entities.map((change) =>
    labelled.has(`${change.entity.type}/${change.entity.id}`)
      ? { ...change, changes: change.changes.map(({ path }) => ({ path })) }
      : change,
  );
  return { ...news, entities };
}
