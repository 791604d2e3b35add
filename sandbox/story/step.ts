/** One step of the story: what was to be seen, whether a witness saw it, how long that took. */

export interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  /** One line: what the witness recorded, or what it missed. */
  readonly witness: string;
}

/** What a step found: a value that later steps build on, and the line for the report. */
export interface Seen<T> {
  readonly value: T;
  readonly witness: string;
}

/** A witness did not record what it should have. Its message is the step's line. */
export class Missed extends Error {
  override readonly name = "Missed";
}

/** Throws `Missed` unless the condition holds. */
export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Missed(otherwise);
}

type Present<N extends readonly unknown[]> = { [K in keyof N]: Exclude<N[K], undefined> };

export interface Teller {
  readonly steps: readonly Step[];
  /**
   * Runs one step. `needs` are values of earlier steps: where one is missing the step is not reached, and fails.
   * Resolves with the step's value, or undefined when it failed; never rejects.
   */
  readonly step: <const N extends readonly unknown[], T>(
    name: string,
    needs: N,
    work: (...values: Present<N>) => Promise<Seen<T>>,
  ) => Promise<T | undefined>;
}

export interface TellerOptions {
  /** Told of each step as it ends. */
  readonly onStep?: (step: Step) => void;
  /** Monotonic milliseconds. */
  readonly clock?: () => number;
}

export function createTeller({ onStep, clock = () => performance.now() }: TellerOptions = {}): Teller {
  const steps: Step[] = [];
  const record = (step: Step): void => {
    steps.push(step);
    onStep?.(step);
  };
  return {
    steps,
    step: async (name, needs, work) => {
      const started = clock();
      const ms = (): number => Math.round(clock() - started);
      const values = allPresent(needs);
      if (values === undefined) {
        record({ name, ok: false, ms: 0, witness: "not reached: an earlier step failed" });
        return undefined;
      }
      try {
        const { value, witness } = await work(...values);
        record({ name, ok: true, ms: ms(), witness });
        return value;
      } catch (error) {
        record({ name, ok: false, ms: ms(), witness: error instanceof Error ? error.message : String(error) });
        return undefined;
      }
    },
  };
}

function allPresent<N extends readonly unknown[]>(needs: N): Present<N> | undefined {
  return needs.every((value) => value !== undefined) ? (needs as unknown as Present<N>) : undefined;
}
