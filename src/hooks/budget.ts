/** The hook's time: CDS Hooks asks for an answer on the order of 500 ms, whatever the database or the EHR does. */

/** For the work; the rest is for reading the request and writing the answer. */
export const WORK_MS = 400;
/** For reading the chart with the hook's token: what is left must do for storing the job. */
export const READ_MS = 280;

export interface Budget {
  /** Aborts when the reads' time is up. */
  readonly readSignal: AbortSignal;
  /** The work's result, or `late` once the whole time is up; the work itself goes on. */
  race<T>(work: Promise<T>): Promise<T | "late">;
  close(): void;
}

/** Opens the budget of a call that came `spentMs` ago. */
export function openBudget(spentMs: number, workMs = WORK_MS, readMs = READ_MS): Budget {
  const reads = new AbortController();
  const late = Promise.withResolvers<"late">();
  const timers = [
    setTimeout(
      () => reads.abort(new DOMException("the hook's time for reading is up", "TimeoutError")),
      Math.max(0, readMs - spentMs),
    ),
    setTimeout(() => late.resolve("late"), Math.max(0, workMs - spentMs)),
  ];
  return {
    readSignal: reads.signal,
    race: (work) => Promise.race([work, late.promise]),
    close: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
