/** What the scripted model saw: whole request bodies, so that a test can look for identifiers that left the house. */

export type ModelOutcome = "open" | "completed" | "broken-off" | "aborted" | "refused";

export interface ModelRequestRecord {
  readonly index: number;
  readonly at: string;
  /** The body as it came, byte for byte as text. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  readonly fault: string | undefined;
  /** `aborted`: the client left before the answer was whole. `broken-off`: a fault ended the answer. */
  outcome: ModelOutcome;
  status: number;
  /** Milliseconds from the request to its end; undefined while it is open. */
  durationMs: number | undefined;
}

export interface ModelCounts {
  readonly requests: number;
  readonly completed: number;
  readonly aborted: number;
  readonly refused: number;
  readonly brokenOff: number;
  readonly open: number;
}

export function countOutcomes(records: readonly ModelRequestRecord[]): ModelCounts {
  const of = (outcome: ModelOutcome): number => records.filter((record) => record.outcome === outcome).length;
  return {
    requests: records.length,
    completed: of("completed"),
    aborted: of("aborted"),
    refused: of("refused"),
    brokenOff: of("broken-off"),
    open: of("open"),
  };
}
