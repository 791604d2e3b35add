/** Puts a chart into a foreign server, as its own interface takes it: whatever it refuses is not in the EHR, and is counted. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import type { ForeignServer } from "./foreign-server.ts";

export interface Loaded {
  readonly taken: number;
  /** `Type: HTTP status` to how many. */
  readonly refused: ReadonlyMap<string, number>;
}

/** With the ids that it has: by update, which creates where the server lets clients choose (R4 http, 3.1.0.4.1). */
export async function loadChart(server: ForeignServer, bundles: readonly Bundle<FhirResource>[]): Promise<Loaded> {
  let waiting = bundles.flatMap(({ entry }) => (entry ?? []).flatMap(({ resource }) => resource ?? []));
  let taken = 0;
  let refused = new Map<string, number>();
  // A server that checks references takes a resource only once that is there which it names: again, until nothing moves.
  for (let before = -1; waiting.length > 0 && before !== waiting.length;) {
    before = waiting.length;
    const outcome = await putAll(server, waiting);
    taken += before - outcome.waiting.length;
    ({ waiting, refused } = outcome);
  }
  return { taken, refused };
}

async function putAll(server: ForeignServer, resources: readonly FhirResource[]) {
  const waiting: FhirResource[] = [];
  const refused = new Map<string, number>();
  for (const resource of resources) {
    const { resourceType, id = "" } = resource;
    const { status } = await server.ask("PUT", `${resourceType}/${id}`, resource);
    if (status < 300) continue;
    waiting.push(resource);
    const what = `${resourceType}: ${status}`;
    refused.set(what, (refused.get(what) ?? 0) + 1);
  }
  return { waiting, refused };
}
