/** Who takes part in the story, and where they are. */
import type { Sandbox } from "../main.ts";

/** Readers (and the signing human) that can be left out, to see the story fail without them. */
export const readers = ["launch", "stream", "sign", "document", "webhook", "notification", "poll", "feed"] as const;

export type Reader = (typeof readers)[number];

export interface World {
  readonly sandbox: Sandbox;
  /** The adapter's public URL, without a trailing slash. */
  readonly adapterUrl: string;
  /** Whose stay ends. */
  readonly patientId: string;
  readonly encounterId: string;
  /** Id of the Practitioner at the screen. */
  readonly userId: string;
  /** The polling system's API key. */
  readonly pollerKey: string;
  /** The key of the hospital system that subscribes by FHIR. */
  readonly subscriberKey: string;
  readonly without: ReadonlySet<Reader>;
  /** Longest wait for anything that must come. */
  readonly limitMs: number;
}

/** What was left out is not waited for as long: it shall not come. */
const leftOutMs = 8_000;

/** How long to wait for what one reader must see, in milliseconds. */
export function limitOf({ without, limitMs }: World, reader: Reader): number {
  return without.has(reader) ? Math.min(leftOutMs, limitMs) : limitMs;
}

/** The person at the screen, as the hook and the launch name them. */
export function fhirUserOf(world: World): string {
  return `Practitioner/${world.userId}`;
}
