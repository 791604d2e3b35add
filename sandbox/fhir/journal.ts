import { createWatch } from "../watch.ts";

/** One request that reached the FHIR server, whatever became of it. */
export interface JournalEntry {
  /** Counts from 1 in the order the answers were decided. */
  readonly sequence: number;
  readonly time: string;
  readonly method: string;
  /** Path below the FHIR base without query, such as `DocumentReference` or `Patient/1`. */
  readonly path: string;
  readonly status: number;
  /** Set for POST, PUT, PATCH, DELETE, except searches. */
  readonly write: boolean;
  readonly resourceType?: string;
  readonly id?: string;
  readonly versionId?: string;
  /** Business identifiers of what was written. */
  readonly identifiers: readonly { readonly system?: string; readonly value?: string }[];
  readonly ifNoneExist?: string;
  readonly ifMatch?: string;
  /** Who: the client and, where a person launched it, the person. */
  readonly clientId?: string;
  readonly fhirUser?: string;
}

/** What the EHR saw. A demo or test takes its verdicts from here, never from the adapter's word. */
export interface Journal {
  /** All requests still held, oldest first. */
  entries(): readonly JournalEntry[];
  /** What changed the store, oldest first; a transaction's entries are listed one by one. */
  writes(filter?: {
    readonly resourceType?: string;
    readonly method?: string;
    readonly clientId?: string;
  }): readonly JournalEntry[];
  record(entry: Omit<JournalEntry, "sequence">): void;
  /** Resolves with the first entry that fits, past or future; rejects after `timeoutMs` (default 10 s). */
  until(what: string, fits: (entry: JournalEntry) => boolean, timeoutMs?: number): Promise<JournalEntry>;
  clear(): void;
}

/** @param limit how many entries are kept; the oldest go first */
export function createJournal(limit = 20_000): Journal {
  let entries: JournalEntry[] = [];
  let sequence = 0;
  const watch = createWatch();
  return {
    entries: () => [...entries],
    writes: (filter = {}) =>
      entries.filter(
        (entry) =>
          hasWritten(entry) &&
          (filter.resourceType === undefined || entry.resourceType === filter.resourceType) &&
          (filter.method === undefined || entry.method === filter.method) &&
          (filter.clientId === undefined || entry.clientId === filter.clientId),
      ),
    record: (entry) => {
      sequence += 1;
      entries.push({ sequence, ...entry });
      if (entries.length > limit) entries = entries.slice(-limit);
      watch.changed();
    },
    until: (what, fits, timeoutMs) => watch.until(what, () => entries.find(fits), timeoutMs),
    clear: () => {
      entries = [];
    },
  };
}

/** A conditional create that found its resource answers 200 and writes nothing. */
function hasWritten({ write, status, method }: JournalEntry): boolean {
  return write && status < 300 && !(method === "POST" && status === 200);
}
