/**
 * An EHR for trials: it writes down what would be sent and changes nothing. What is written is answered as an EHR would that
 * takes it; what is read comes from the real one where somebody may read there.
 */
import type { Fetch, FetchInit } from "../fetch.ts";

export interface TrialRequest {
  readonly method: string;
  readonly url: string;
  /** The credential is named, not shown. */
  readonly headers: Readonly<Record<string, string>>;
  /** As JSON. */
  readonly body?: unknown;
  /** `assumed`: nobody was asked; the EHR is taken to answer so. */
  readonly answer: "real" | "assumed";
}

export interface TrialEhr {
  readonly fetch: Fetch;
  /** In order. */
  readonly requests: readonly TrialRequest[];
}

const assigned = "assigned-by-the-ehr";

const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json(body, { status, headers });

function isRead(method: string, url: string): boolean {
  return method === "GET" || new URL(url).pathname.endsWith("/_search");
}

function assumedRead(url: string, base: string): Response {
  const path = new URL(url).pathname.slice(new URL(base).pathname.length);
  const isSearch = !/^\/?[A-Za-z]+\/[A-Za-z0-9.-]+$/u.test(path) || path.endsWith("/_search");
  return isSearch ? json(200, { resourceType: "Bundle", type: "searchset", total: 0, entry: [] }) : json(404, {});
}

function typesIn(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null || !("entry" in body) || !Array.isArray(body.entry)) return [];
  return body.entry.map((entry: { readonly request?: { readonly url?: string } }) => entry.request?.url ?? "");
}

function assumedWrite(method: string, url: string, base: string, body: unknown): Response {
  if (method !== "POST") return json(200, {});
  if (url.replace(/\/+$/u, "") === base) {
    const entry = typesIn(body).map((type) => ({ response: { status: "201", location: `${type}/${assigned}` } }));
    return json(200, { resourceType: "Bundle", type: "transaction-response", entry });
  }
  return json(201, {}, { location: `${url}/${assigned}` });
}

function parsed(body: string | undefined): unknown {
  return body === undefined ? undefined : JSON.parse(body);
}

/**
 * @param base of the EHR, without trailing slash
 * @param credential what stands in the place of the token
 * @param read asks the real EHR; absent where nobody may
 */
export function createTrialEhr(base: string, credential: string, read?: Fetch): TrialEhr {
  const requests: TrialRequest[] = [];
  return {
    requests,
    async fetch(url: string, init: FetchInit = {}) {
      const { method = "GET", headers = {}, body } = init;
      const reading = isRead(method, url);
      const told = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name.toLowerCase(),
          name.toLowerCase() === "authorization" ? `Bearer (${credential})` : value,
        ]),
      );
      const sent = reading ? body : parsed(body);
      const answer = reading && read !== undefined ? "real" : "assumed";
      requests.push({ method, url, headers: told, ...(sent === undefined ? {} : { body: sent }), answer });
      if (!reading) return assumedWrite(method, url, base, sent);
      return read === undefined ? assumedRead(url, base) : read(url, init);
    },
  };
}
