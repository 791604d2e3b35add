/** `Retry-After` (RFC 9110, section 10.2.3), read from a peer that may say anything. */

/** However long a receiver asks for: a typing error of theirs must not hold a queue for days. */
export const retryAfterCeilingMs = 4 * 60 * 60 * 1000;

/** IMF-fixdate, the only form RFC 9110 lets a sender make; Date.parse alone would take far too much for a date. */
const imfDate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/u;

function asked(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  if (/^\d{1,15}$/u.test(text)) return Number(text) * 1000;
  if (!imfDate.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at - nowMs;
}

/**
 * Milliseconds to wait, between 0 and the ceiling; undefined where the header is absent or makes no sense.
 * @param value the header, seconds or an HTTP date
 */
export function retryAfterMs(
  value: string | undefined,
  nowMs: number,
  ceilingMs = retryAfterCeilingMs,
): number | undefined {
  const wait = value === undefined ? undefined : asked(value, nowMs);
  return wait === undefined ? undefined : Math.min(ceilingMs, Math.max(0, wait));
}
