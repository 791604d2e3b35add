/** The page's calls to its own server: session named by header, CSRF token on changes, answers as values. */
import { sessionHeaders } from "./tab-session.js";
import { texts } from "./texts.js";

/**
 * An error in words, by its code in the table of errors; undefined where the page has none of its own.
 * @param {string} [code]
 */
export const errorWords = (code = "") => /** @type {Record<string, readonly [string, string]>} */ (texts.errors)[code];

/** A refused call. `status` 0: no answer at all. */
export class CallError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {string} [code] of the table of errors
   */
  constructor(status, message, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * What a problem (RFC 9457) says, in the page's language.
 * @param {number} status
 * @param {{ type?: string, title?: string } | undefined} problem
 */
function refusal(status, problem) {
  const code = (problem?.type ?? "").split(":").at(-1);
  const said = errorWords(code)?.[0] ?? problem?.title ?? texts.connection.answered({ status });
  return new CallError(status, said, code);
}

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} body
 * @property {string | null} etag
 */

/**
 * @typedef {object} Api
 * @property {Record<string, string>} headers what names the session
 * @property {(path: string, options?: { headers?: Record<string, string>, signal?: AbortSignal }) => Promise<Answer>} get
 * @property {(method: string, path: string, body?: unknown, ifMatch?: string) => Promise<Answer>} send
 */

/**
 * @param {{ launch: string, csrf: () => string }} session
 * @param {() => void} onOver called once the session is over
 * @returns {Api}
 */
export function createApi({ launch, csrf }, onOver) {
  // The hospital's language, which the browser's own need not be.
  const headers = { ...sessionHeaders(launch), "accept-language": document.documentElement.lang };

  /** @type {(path: string, init: RequestInit) => Promise<Answer>} */
  async function call(path, init) {
    let response;
    try {
      response = await fetch(path, { ...init, cache: "no-store", credentials: "same-origin", redirect: "error" });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new CallError(0, texts.connection.lost);
    }
    if (response.status === 401) onOver();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    const body = isJson ? await response.json() : undefined;
    if (!response.ok && response.status !== 304) throw refusal(response.status, body);
    return { status: response.status, body, etag: response.headers.get("etag") };
  }

  return {
    headers,
    get: (path, options = {}) =>
      call(path, {
        headers: { ...headers, accept: "application/json", ...options.headers },
        signal: options.signal ?? null,
      }),
    send: (method, path, body, ifMatch) =>
      call(path, {
        method,
        headers: {
          ...headers,
          accept: "application/json",
          "x-csrf-token": csrf(),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      }),
  };
}
