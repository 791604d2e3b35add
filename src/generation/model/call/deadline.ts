/** Time limits of one call, told by progress: a slow model may go on as long as it writes, a silent one may not. */
import { AdapterError } from "../../../core/errors.ts";

export interface ModelTimeouts {
  /** From sending a request to the first text of its answer. */
  readonly firstChunkTimeoutMs: number;
  /** Between two pieces of text; comments and empty chunks do not count. */
  readonly chunkTimeoutMs: number;
  /** The whole call, retries included. */
  readonly totalTimeoutMs: number;
}

export interface Deadline extends Disposable {
  /** Aborts with AdapterError `model_timeout` when a limit is reached, or with the caller's own reason. */
  readonly signal: AbortSignal;
  /** A new attempt was sent: the first text is awaited from now. */
  readonly sent: () => void;
  /** The provider asked for patience: nothing is awaited until the next attempt. */
  readonly pausing: () => void;
  /** Text has come. */
  readonly progressed: () => void;
  /** Cuts the connection; used when nobody reads any further. */
  readonly abandon: () => void;
}

/** Starts the clock. Dispose of it when the call is over. */
export function startDeadline(timeouts: ModelTimeouts, caller: AbortSignal): Deadline {
  const controller = new AbortController();
  const expire = (which: string) => () =>
    controller.abort(new AdapterError("model_timeout", { detail: `${which} limit reached` }));
  const total = setTimeout(expire("total"), timeouts.totalTimeoutMs);
  let quiet: NodeJS.Timeout | undefined;
  let limit = 0;
  const wait = (which: string, limitMs: number): void => {
    // Text comes hundreds of times a second: the timer of the same limit is wound up again, not made anew.
    if (quiet !== undefined && limit === limitMs) return void quiet.refresh();
    clearTimeout(quiet);
    limit = limitMs;
    quiet = setTimeout(expire(which), limitMs);
  };
  const rest = (): void => {
    clearTimeout(quiet);
    quiet = undefined;
  };
  return {
    signal: AbortSignal.any([caller, controller.signal]),
    sent: () => {
      rest();
      wait("first chunk", timeouts.firstChunkTimeoutMs);
    },
    pausing: rest,
    progressed: () => wait("chunk", timeouts.chunkTimeoutMs),
    abandon: () => controller.abort(new AdapterError("model_failed", { detail: "abandoned by the reader" })),
    [Symbol.dispose]: () => {
      clearTimeout(total);
      rest();
    },
  };
}
