/** Order: events may come late or twice, so a receiver that keeps a state asks before it overwrites. */
import type { WebhookEvent } from "./event.ts";

/** What a receiver remembers of the last event that it applied to a job. */
export interface AppliedVersion {
  readonly version: number;
  readonly jobSequence: number;
}

/** Version and place of a summary's event; undefined for events about no summary. */
export function versionOf(event: WebhookEvent): AppliedVersion | undefined {
  const { jobSequence, summary } = event.data;
  const version = summary?.version;
  return typeof version === "number" && typeof jobSequence === "number" ? { version, jobSequence } : undefined;
}

/**
 * Whether an event of `summary.*` is to be applied over what was applied before: a later version wins, and within one version
 * the later act (signed after ready, retracted after signed). False for events about no summary.
 */
export function isNewer(event: WebhookEvent, applied: AppliedVersion | undefined): boolean {
  const given = versionOf(event);
  if (given === undefined) return false;
  if (applied === undefined) return true;
  if (given.version !== applied.version) return given.version > applied.version;
  return given.jobSequence > applied.jobSequence;
}

export type SequenceName = "jobSequence" | "endpointSequence";

export type SequenceFinding =
  /** The first of its job or endpoint that this tracker saw, or the one after the highest. */
  | { readonly order: "in-order" }
  /** Numbers between the highest so far and this one have not come. */
  | { readonly order: "gap"; readonly from: number; readonly to: number }
  /** Lower than the highest so far: it fills a gap, comes again, or is older than what is remembered. */
  | { readonly order: "late"; readonly fillsGap: boolean };

export interface SequenceTrackerOptions {
  /** Jobs (or tenants) remembered; the one longest without an event is forgotten first. Default 10,000. */
  readonly maxKeys?: number;
  /** Missing numbers remembered for each of them; the lowest are forgotten first. Default 1,000. */
  readonly maxMissing?: number;
}

export interface SequenceTracker {
  /** Places an event; undefined when it has no such number. */
  observe(event: WebhookEvent): SequenceFinding | undefined;
  /** Numbers that have not come yet, lowest first, of the job or endpoint that this event belongs to. */
  missing(event: WebhookEvent): readonly number[];
}

interface Seen {
  highest: number;
  readonly missing: Set<number>;
}

function keyOf(name: SequenceName, { source, data }: WebhookEvent): string {
  const tenant = data.tenant ?? source;
  return name === "jobSequence" ? JSON.stringify([tenant, data.job ?? ""]) : tenant;
}

function dropLowest(missing: Set<number>, most: number): void {
  for (const number of missing) {
    if (missing.size <= most) return;
    missing.delete(number);
  }
}

function place(seen: Seen, sequence: number, maxMissing: number): SequenceFinding {
  if (sequence <= seen.highest) return { order: "late", fillsGap: seen.missing.delete(sequence) };
  const [from, to] = [seen.highest + 1, sequence - 1];
  seen.highest = sequence;
  if (from > to) return { order: "in-order" };
  for (let number = Math.max(from, to - maxMissing + 1); number <= to; number += 1) seen.missing.add(number);
  dropLowest(seen.missing, maxMissing);
  return { order: "gap", from, to };
}

/**
 * Finds gaps and late comers. `endpointSequence` is gapless over what one endpoint gets: a gap that stays is an event still
 * owed. `jobSequence` orders the events of a job; it has gaps for whoever does not get every type.
 */
export function createSequenceTracker(
  name: SequenceName,
  { maxKeys = 10_000, maxMissing = 1_000 }: SequenceTrackerOptions = {},
): SequenceTracker {
  const seenByKey = new Map<string, Seen>();
  return {
    observe(event) {
      const sequence = event.data[name];
      if (typeof sequence !== "number" || !Number.isSafeInteger(sequence)) return undefined;
      const key = keyOf(name, event);
      const seen = seenByKey.get(key) ?? { highest: sequence - 1, missing: new Set<number>() };
      seenByKey.delete(key);
      seenByKey.set(key, seen);
      const [oldest] = seenByKey.keys();
      if (seenByKey.size > maxKeys && oldest !== undefined) seenByKey.delete(oldest);
      return place(seen, sequence, maxMissing);
    },
    missing: (event) => [...(seenByKey.get(keyOf(name, event))?.missing ?? [])],
  };
}
