/** Named moments between a worker's steps. Inert in production; the fault tests stop and kill workers at them. */
export const barriers = [
  "fetched",
  "claimed",
  "chart-read",
  "chart-stored",
  "step",
  "delta",
  "section-written",
  "section-stored",
  "generated",
  "completing",
  "completed",
] as const;
export type BarrierName = (typeof barriers)[number];

/** Called at each moment; the work goes on when it resolves. */
export type Barrier = (name: BarrierName) => Promise<void>;

export const noBarrier: Barrier = async () => undefined;
