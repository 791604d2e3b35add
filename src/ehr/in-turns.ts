/** Work at an EHR, a few pieces at a time. */

/** Requests in flight at once: EHRs throttle clients that ask for everything together. */
const CONCURRENCY = 4;

/** Does all of `items`, in their order of beginning; the first failure ends it. */
export async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}
