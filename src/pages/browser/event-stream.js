/** Reads a text/event-stream over fetch, because EventSource can send no headers, and resumes it by Last-Event-ID. */

/**
 * @typedef {{ type: string, id: string, data: string }} StreamEvent
 */

/**
 * A parser of the stream's grammar (WHATWG HTML). Feed it text in any portions.
 * @param {(event: StreamEvent) => void} onEvent
 * @param {(ms: number) => void} onRetry
 * @returns {(text: string) => void}
 */
export function createParser(onEvent, onRetry) {
  let rest = "";
  let type = "";
  let id = "";
  /** @type {string[]} */
  let data = [];

  /** @param {string} line */
  function take(line) {
    if (line === "") {
      if (data.length > 0) onEvent({ type: type === "" ? "message" : type, id, data: data.join("\n") });
      type = "";
      data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /u, "");
    if (field === "event") type = value;
    else if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\u0000")) id = value;
    else if (field === "retry" && /^\d+$/u.test(value)) onRetry(Number(value));
  }

  return (text) => {
    rest += text;
    // A CR at the very end may be half of a CRLF: it waits for the next portion.
    const lines = rest.split(/\r\n|\n|\r(?!$)/u);
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  };
}

/**
 * @typedef {object} FollowOptions
 * @property {string} url
 * @property {Record<string, string>} headers
 * @property {(event: StreamEvent) => void} onEvent
 * @property {(connected: boolean) => void} onConnection
 * @property {AbortSignal} signal
 */

/**
 * Follows a stream to its end, over any number of connections. Resolves with the status that ended it: 204 when there is
 * nothing more, another when the server refused.
 * @param {FollowOptions} options
 * @returns {Promise<number>}
 */
export async function followStream({ url, headers, onEvent, onConnection, signal }) {
  let lastEventId = "";
  let retryMs = 2000;
  let failures = 0;
  for (;;) {
    if (signal.aborted) return 0;
    try {
      const resume = lastEventId === "" ? {} : { "last-event-id": lastEventId };
      const response = await fetch(url, {
        headers: { ...headers, ...resume, accept: "text/event-stream" },
        cache: "no-store",
        signal,
      });
      if (response.status === 204 || (response.status >= 400 && response.status < 500 && response.status !== 429))
        return response.status;
      if (response.ok && response.body !== null) {
        failures = 0;
        onConnection(true);
        const parse = createParser(
          (event) => {
            lastEventId = event.id;
            onEvent(event);
          },
          (ms) => (retryMs = ms),
        );
        await read(response.body, parse);
      }
    } catch {
      if (signal.aborted) return 0;
    }
    failures += 1;
    // The first break is likely a deploy or the server's own end of the connection: no alarm for that.
    if (failures > 1) onConnection(false);
    await pause(Math.min(retryMs * 2 ** Math.min(failures - 1, 4), 30_000), signal);
  }
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {(text: string) => void} parse
 */
async function read(body, parse) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parse(decoder.decode(value, { stream: true }));
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
