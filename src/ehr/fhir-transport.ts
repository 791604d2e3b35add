/** Sends what fhir-kit-client builds: bearer to the tenant's own origin only, one renewal after a 401, errors typed. */
import { AdapterError } from "../core/errors.ts";
import { retryAfterMs } from "../core/retry/retry-after.ts";
import { callEhr, readBody, readBytes } from "./call.ts";
import type { FetchInit } from "./fetch.ts";
import type { OutcomeIssue } from "./outcome-issues.ts";
import { issuesIn } from "./outcome-issues.ts";
import type { Created, FhirGatewayDeps } from "./fhir-gateway.ts";

type KitResource = { resourceType: string } & Record<string, unknown>;
type KitOptions = { headers?: Record<string, string> };

export interface Download {
  /** Where it was read, absolute. */
  readonly url: string;
  /** The answer's media type, parameters included. */
  readonly contentType: string | undefined;
  readonly bytes: Uint8Array;
}

export interface FhirTransport {
  request(this: void, method: string, url: string, options?: KitOptions, body?: unknown): Promise<KitResource>;
  /** Reads what need not be FHIR. `signal` ends it besides the gateway's own. */
  download(
    this: void,
    url: string,
    options: { readonly accept: string; readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<Download>;
  /** Runs `call`; answers undefined when the EHR answered one of `statuses`. */
  orUndefined<T>(statuses: readonly number[], call: () => Promise<T>): Promise<T | undefined>;
  /** What the headers of a create's answer say about the resource. */
  createdBy(answer: object, type: string): Created;
}

export function createTransport(deps: FhirGatewayDeps): FhirTransport {
  const base = deps.baseUrl.endsWith("/") ? deps.baseUrl : `${deps.baseUrl}/`;
  const responses = new WeakMap<object, Response>();

  function resolved(requestUrl: string): string {
    const url = new URL(requestUrl, base).href;
    // A `next` link may name any host: the token must not follow it (SMART 2.2, best practices). Some servers page at the
    // base itself, `[base]?_getpages=...`; a transaction is posted to the base.
    const bare = base.slice(0, -1);
    if (!url.startsWith(base) && url !== bare && !url.startsWith(`${bare}?`))
      throw new AdapterError("ehr_refused", { detail: "a link left the EHR's FHIR base" });
    return url;
  }

  async function attempt(url: string, init: FetchInit, token: string): Promise<Response> {
    const headers = { accept: "application/fhir+json", ...init.headers, authorization: `Bearer ${token}` };
    return callEhr(deps.fetch, url, { ...init, headers });
  }

  async function send(url: string, init: FetchInit): Promise<Response> {
    const token = await deps.accessToken();
    const response = await attempt(url, init, token);
    return response.status === 401 ? attempt(url, init, await deps.accessToken(token)) : response;
  }

  return {
    async request(method, requestUrl, options = {}, body?: unknown) {
      const response = await send(resolved(requestUrl), {
        method,
        ...(options.headers === undefined ? {} : { headers: options.headers }),
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        ...(deps.signal === undefined ? {} : { signal: deps.signal }),
      });
      const answer = await readAnswer(response, method, deps.signal);
      responses.set(answer, response);
      return answer;
    },
    async download(requestUrl, { accept, maxBytes, signal: own }) {
      const url = resolved(requestUrl);
      const signals = [deps.signal, own].filter((signal) => signal !== undefined);
      const signal = signals.length === 0 ? {} : { signal: AbortSignal.any(signals) };
      const response = await send(url, { method: "GET", headers: { accept }, ...signal });
      if (!response.ok) {
        await response.body?.cancel();
        throw statusError(response, "");
      }
      const contentType = response.headers.get("content-type") ?? undefined;
      return { url, contentType, bytes: await readBytes(response, maxBytes, signal.signal) };
    },
    async orUndefined(statuses, call) {
      try {
        return await call();
      } catch (error) {
        if (error instanceof AdapterError && error.cause instanceof EhrStatus && statuses.includes(error.cause.status))
          return undefined;
        throw error;
      }
    },
    createdBy(answer, type) {
      const response = responses.get(answer);
      const location = response?.headers.get("location") ?? response?.headers.get("content-location") ?? "";
      const status = response?.status ?? 0;
      return createdAt(type, location, { etag: response?.headers.get("etag") ?? undefined, status });
    },
  };
}

/** What status and Location say of a created resource of this type. */
export function createdAt(
  type: string,
  location: string,
  { etag, status }: { readonly etag: string | undefined; readonly status: number },
): Created {
  const match = new RegExp(`${type}/([A-Za-z0-9.-]{1,64})(?:/_history/([A-Za-z0-9.-]{1,64}))?`, "u").exec(location);
  return {
    reference: match?.[1] === undefined ? undefined : `${type}/${match[1]}`,
    versionId: match?.[2] ?? etag?.replaceAll(/^W\/|"/gu, ""),
    created: status === 201,
    taken: status === 201 || status === 202,
  };
}

/** Carries the EHR's HTTP status as a cause, so that callers may tell 403 from 404 without parsing text. */
export class EhrStatus extends Error {
  readonly status: number;
  /** As the EHR asked. */
  readonly retryAfterSeconds: number | undefined;
  /** What its OperationOutcome says; may speak of the patient. */
  readonly issues: readonly OutcomeIssue[];
  constructor(status: number, retryAfterSeconds: number | undefined, issues: readonly OutcomeIssue[] = []) {
    super(`HTTP ${status}`);
    this.name = "EhrStatus";
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.issues = issues;
  }
}

/** The scopes that the EHR granted do not cover it: not asked, and as good as refused. */
export class NotGranted extends EhrStatus {
  constructor() {
    super(403, undefined);
    this.name = "NotGranted";
  }
}

/** The EHR answered a search and left out what it was to search by: as good as refused, and as by a strict server. */
export class FilterIgnored extends EhrStatus {
  /** The parameters, by name. */
  readonly names: string;
  constructor(names: string) {
    super(400, undefined);
    this.name = "FilterIgnored";
    this.names = names;
  }
}

/** The HTTP status behind an error of this folder, if the EHR answered at all. */
export function ehrStatusOf(error: unknown): number | undefined {
  return error instanceof AdapterError && error.cause instanceof EhrStatus ? error.cause.status : undefined;
}

async function readAnswer(response: Response, method: string, signal: AbortSignal | undefined): Promise<KitResource> {
  const text = await readBody(response, signal);
  if (!response.ok) throw statusError(response, text);
  if (text.trim() === "") return { resourceType: "OperationOutcome" };
  try {
    return JSON.parse(text) as KitResource;
  } catch (cause) {
    // Some servers answer a write with HTML or nothing; the status still tells that it was done. Not so 200 to a PUT: that may be
    // a gateway's page for signing in, and whoever repeats a PUT reads first what stands there.
    if (method === "POST" || (method === "PUT" && response.status !== 200)) return { resourceType: "OperationOutcome" };
    throw new AdapterError("ehr_failed", { detail: "the EHR's answer is not JSON", cause });
  }
}

function statusError(response: Response, body: string): AdapterError {
  const waitMs = retryAfterMs(response.headers.get("retry-after") ?? undefined, dateOf(response));
  const cause = new EhrStatus(
    response.status,
    waitMs === undefined || waitMs === 0 ? undefined : Math.ceil(waitMs / 1000),
    issuesIn(body),
  );
  const detail = `the EHR answered ${response.status}`;
  if (!isPassing(response.status)) return new AdapterError("ehr_refused", { detail, cause });
  const { retryAfterSeconds } = cause;
  return new AdapterError("ehr_failed", {
    detail,
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** Says nothing of what was asked: too early, locked just now, too many, out of order. 501 and 505 stay what they are. */
function isPassing(status: number): boolean {
  return [408, 423, 425, 429].includes(status) || (status >= 500 && status !== 501 && status !== 505);
}

/** The EHR's own clock: a date in `Retry-After` is meant by it. */
function dateOf(response: Response): number {
  const stated = Date.parse(response.headers.get("date") ?? "");
  return Number.isNaN(stated) ? Date.now() : stated;
}
