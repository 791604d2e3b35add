/** One running adapter, called over HTTP. Commands judge values; every refusal is a RemoteFailure. */
import type { z } from "zod";
import { retryAfterMs } from "../../core/retry/retry-after.ts";
import { exitCodes } from "../io.ts";
import type { Connection } from "./connection.ts";
import { RemoteFailure } from "./failure.ts";

export interface RemoteCall {
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Default 30,000; a call that waits for news takes longer. */
  readonly timeoutMs?: number;
}

export interface RemoteAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there was no body. */
  readonly json: unknown;
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface RemoteAdapter {
  readonly url: string;
  /** @throws RemoteFailure for every answer but 2xx, and for none */
  call(method: Method, path: string, call?: RemoteCall): Promise<RemoteAnswer>;
  /** The same, with what the answer must look like. */
  read<T>(method: Method, path: string, shape: z.ZodType<T>, call?: RemoteCall): Promise<T>;
}

const member = (value: unknown, name: string): string | undefined => {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === "string" ? found : undefined;
};

/** Only 409, 412 and the like say that the request was understood and what it asked for does not hold. */
function exitCodeOf(status: number): number {
  if (status === 401 || status === 403) return exitCodes.configuration;
  if (status === 429 || status >= 500) return exitCodes.unavailable;
  return exitCodes.failed;
}

const hints: Readonly<Record<number, string>> = {
  401: "Check that the key belongs to an API client of a tenant that this adapter serves.",
  404: "Check the id; what belongs to another tenant is not found either.",
};

function refusal({ status, headers, json }: RemoteAnswer): RemoteFailure {
  const [at, code] = [member(json, "at"), member(json, "type")?.split(":").at(-1)];
  const requestId = member(json, "requestId") ?? headers.get("x-request-id") ?? undefined;
  const title = member(json, "title") ?? `The adapter answered ${status}.`;
  const wait = retryAfterMs(headers.get("retry-after") ?? undefined, Date.now());
  return new RemoteFailure({
    message: at === undefined ? title : `${title} (${at})`,
    fix: hints[status] ?? member(json, "fix") ?? "Look into the adapter's log.",
    exitCode: exitCodeOf(status),
    status,
    ...(code === undefined ? {} : { code }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

function unreachable(url: string): RemoteFailure {
  return new RemoteFailure({
    message: `The adapter at ${new URL(url).origin} does not answer.`,
    fix: "Check the address (--url) and the network between; `curl <url>/livez` must answer 200.",
    exitCode: exitCodes.unavailable,
  });
}

function unexpected(): RemoteFailure {
  return new RemoteFailure({
    message: "The answer has not the form that this command knows.",
    fix: "Check that --url names the adapter itself, and that both are of one version.",
    exitCode: exitCodes.unavailable,
  });
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function urlOf(base: string, path: string, query: RemoteCall["query"] = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return `${base}${path}${given.size === 0 ? "" : `?${given.toString()}`}`;
}

export function remoteAdapter({ url, key }: Connection): RemoteAdapter {
  const call = async (method: Method, path: string, given: RemoteCall = {}): Promise<RemoteAnswer> => {
    const { query, body, headers = {}, signal, timeoutMs = 30_000 } = given;
    const deadline = AbortSignal.timeout(timeoutMs);
    const init = {
      method,
      // A key is for the address that was named, and for no other that it may point to.
      redirect: "manual",
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      headers: {
        authorization: `Bearer ${key}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    } as const;
    const answer = await fetch(urlOf(url, path, query), init)
      .then(async (response) => ({ response, text: await response.text() }))
      .catch(() => {
        signal?.throwIfAborted();
        throw unreachable(url);
      });
    const { status, headers: came } = answer.response;
    const result = { status, headers: came, json: parsed(answer.text) };
    if (status < 200 || status > 299) throw refusal(result);
    return result;
  };
  return {
    url,
    call,
    async read(method, path, shape, given) {
      const found = shape.safeParse((await call(method, path, given)).json);
      if (!found.success) throw unexpected();
      return found.data;
    },
  };
}

/** All items of a list that comes in pages, at most `most`. */
export async function readAll<T>(
  adapter: RemoteAdapter,
  path: string,
  page: z.ZodType<{ readonly items: readonly T[]; readonly next: string | null }>,
  query: RemoteCall["query"] = {},
  most = 10_000,
): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const found = await adapter.read("GET", path, page, { query: { ...query, cursor } });
    items.push(...found.items);
    cursor = found.next ?? undefined;
  } while (cursor !== undefined && items.length < most);
  return items.slice(0, most);
}
