/**
 * The outbound call as this folder needs it: shaped like `fetch`, with the egress rules, the byte limit and the deadline
 * already inside (app.ts wires src/egress). Redirects are never followed.
 */
export type Fetch = (url: string, init?: FetchInit) => Promise<Response>;

export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}
