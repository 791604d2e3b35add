/** Calls that run in this process, so that a stop reaches those that are already writing. */
import type { Pool } from "../../db/database.ts";
import type { WakeUp } from "../../events/event-log.ts";
import { modelStops, stopOf, stopped } from "./stops.ts";

interface Running {
  readonly tenant: string;
  readonly model: string;
  readonly stop: AbortController;
}

export interface RunningCalls {
  /** Counts a call as running. The signal aborts with AdapterError `model_stopped`; `ended` takes it out. */
  begin(tenant: string, model: string): { readonly signal: AbortSignal; ended(): void };
  close(): void;
}

export interface RunningCallsDeps {
  readonly pool: Pool;
  readonly wakeUp: Pick<WakeUp, "subscribe">;
  readonly onError: (error: unknown) => void;
  /** A hint may be lost: while calls run, the stops are read this often. */
  readonly pollMs?: number;
}

const defaultPollMs = 2_000;

export function watchRunningCalls(deps: RunningCallsDeps): RunningCalls {
  const running = new Set<Running>();
  let timer: NodeJS.Timeout | undefined;

  const look = async (tenants: Iterable<string>): Promise<void> => {
    for (const tenant of tenants) {
      const calls = [...running].filter((call) => call.tenant === tenant);
      if (calls.length === 0) continue;
      const stops = await modelStops(deps.pool, tenant);
      for (const { model, stop } of calls) if (stopOf(stops, model)) stop.abort(stopped());
    }
  };
  const lookNow = (tenants: Iterable<string>): void => void look(tenants).catch(deps.onError);
  const unsubscribe = deps.wakeUp.subscribe("model", lookNow);
  const poll = (): void => lookNow(new Set([...running].map(({ tenant }) => tenant)));
  const rest = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    begin: (tenant, model) => {
      const call: Running = { tenant, model, stop: new AbortController() };
      running.add(call);
      timer ??= setInterval(poll, deps.pollMs ?? defaultPollMs).unref();
      return {
        signal: call.stop.signal,
        ended: () => {
          running.delete(call);
          if (running.size === 0) rest();
        },
      };
    },
    close: () => {
      unsubscribe();
      rest();
    },
  };
}
