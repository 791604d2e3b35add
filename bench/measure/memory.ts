/** Peak memory of this process while something runs. */

const everyMs = 20;
const bytesPerMegabyte = 1024 * 1024;

/** What `work` returned, and the highest resident size meanwhile, in MB. */
export async function withPeakMemory<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly peakMegabytes: number }> {
  let peak = process.memoryUsage.rss();
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), everyMs);
  try {
    const value = await work();
    return { value, peakMegabytes: Math.max(peak, process.memoryUsage.rss()) / bytesPerMegabyte };
  } finally {
    clearInterval(timer);
  }
}
