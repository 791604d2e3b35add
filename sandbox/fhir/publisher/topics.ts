import type { StoredResource } from "../resource.ts";

/** A topic of the sandbox EHR: which change of which resource it tells of. */
export interface PublishedTopic {
  readonly name: string;
  readonly fires: (current: StoredResource, previous: StoredResource | undefined) => boolean;
}

const chartTypes: ReadonlySet<string> = new Set([
  "AllergyIntolerance",
  "Condition",
  "DiagnosticReport",
  "MedicationRequest",
  "Observation",
  "Procedure",
]);

const isFinished = (resource: StoredResource | undefined): boolean =>
  resource?.resourceType === "Encounter" && resource["status"] === "finished";

/** What this EHR offers by topic; the names are those that the guide uses in its examples. */
export const publishedTopics: readonly PublishedTopic[] = [
  {
    name: "encounter-start",
    fires: (current, previous) =>
      current.resourceType === "Encounter" &&
      current["status"] === "in-progress" &&
      previous?.["status"] !== "in-progress",
  },
  { name: "encounter-complete", fires: (current, previous) => isFinished(current) && !isFinished(previous) },
  { name: "patient-chart-change", fires: ({ resourceType }) => chartTypes.has(resourceType) },
];

/** Canonical of a topic at this server. */
export function topicUrl(baseUrl: string, name: string): string {
  return `${baseUrl}/SubscriptionTopic/${name}`;
}
