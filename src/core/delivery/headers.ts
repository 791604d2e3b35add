/** Headers that an endpoint may add to its requests: anything but what frames, routes or signs them. */

const reserved: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "content-type",
  "content-encoding",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "accept-encoding",
  "proxy-authorization",
  "proxy-connection",
  "user-agent",
  "cookie",
  "traceparent",
  "tracestate",
]);

const reservedPrefixes = ["webhook-", "x-webhook-", "proxy-", "sec-"];

/** RFC 9110: a token. */
const nameForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/u;

/** Visible ASCII and blanks: no CR, LF or NUL, so that no value can begin another header. */
const valueForm = /^[\x20-\x7e]*$/u;

const mostHeaders = 20;
const mostValueBytes = 4096;

function checkOne(name: string, value: string): string | undefined {
  const lower = name.toLowerCase();
  if (!nameForm.test(name)) return "a header name is not a token";
  if (reserved.has(lower) || reservedPrefixes.some((prefix) => lower.startsWith(prefix)))
    return `the header ${lower} is not yours to set`;
  if (!valueForm.test(value)) return `the value of header ${lower} holds characters that are not allowed`;
  return value.length > mostValueBytes ? `the value of header ${lower} is too long` : undefined;
}

/** What is wrong with a set of headers, or undefined. Values never stand in the text. */
export function checkHeaders(headers: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > mostHeaders) return `more than ${mostHeaders} headers`;
  return entries.map(([name, value]) => checkOne(name, value)).find((problem) => problem !== undefined);
}
