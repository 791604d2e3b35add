/** The wall clock in fractions of a millisecond, the same in every process of this machine. */
export const wallClockMs = (): number => performance.timeOrigin + performance.now();
