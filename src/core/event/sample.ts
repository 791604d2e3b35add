/** The catalogue's example of an event as a message of its own, for whoever builds a receiver. Marked, so that none is taken for real. */
import { catalogueEntry, eventCatalogue } from "./catalogue.ts";

/** Types of which a sample can be sent: what webhooks carry, the challenge apart, which means something. */
export const sampleTypes: readonly string[] = eventCatalogue
  .filter(({ type, carriedBy }) => carriedBy.includes("webhook") && type !== "endpoint.verification")
  .map(({ type }) => type);

export interface SampleOrigin {
  /** `evt_...`, new. */
  readonly id: string;
  readonly tenant: string;
  /** The adapter's public URL, without trailing slash. */
  readonly publicUrl: string;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
}

/**
 * The envelope of a sample: the example of its type, of this adapter and tenant, with `data.test` true.
 * @returns undefined for a type of which no sample is sent
 */
export function sampleEvent(type: string, { id, tenant, publicUrl, timeMs }: SampleOrigin): object | undefined {
  const entry = sampleTypes.includes(type) ? catalogueEntry(type) : undefined;
  if (entry === undefined) return undefined;
  return {
    ...entry.example,
    id,
    source: `${publicUrl}/tenants/${tenant}`,
    time: new Date(timeMs).toISOString(),
    dataschema: `${publicUrl}/event-types/${type}/v${entry.version}`,
    data: { ...entry.example.data, tenant, test: true },
  };
}
