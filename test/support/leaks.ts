/** Looks for text where it must not be, in every form it could have taken on its way there. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { TestDatabase } from "./postgres.ts";

/** Somewhere that is searched: a log line, a table, an answer. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

/** What must be nowhere, by a name that a failed test may print. */
export type Canaries = Readonly<Record<string, string>>;

/**
 * Base64 of a text inside other text: it depends on where in a group of three bytes the text begins, and its first and last
 * characters depend on the neighbours, so they are cut off.
 */
function base64Forms(value: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(" ".repeat(offset) + value).toString("base64");
    return encoded.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + Buffer.byteLength(value)) * 4) / 3));
  });
}

/** Plain, as `bytea` prints it, in a query string, in JSON, in either base64. */
function formsOf(value: string): ReadonlySet<string> {
  const base64 = base64Forms(value);
  const urlSafe = base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  const plain = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
  return new Set([
    ...plain.map((form) => form.toLowerCase()),
    Buffer.from(value).toString("hex"),
    ...base64,
    ...urlSafe,
  ]);
}

/** One line for each canary found in a place: names only, so that the report is no leak itself. */
export function leaksIn(places: readonly Place[], canaries: Canaries): readonly string[] {
  const wanted = Object.entries(canaries).map(([name, value]) => ({ name, forms: formsOf(value) }));
  return places.flatMap((place) => {
    const lower = place.text.toLowerCase();
    const holds = (form: string): boolean => place.text.includes(form) || lower.includes(form);
    return wanted.flatMap(({ name, forms }) => ([...forms].some(holds) ? [`${name} in ${place.name}`] : []));
  });
}

/** Every row of every table in these schemas, as text, past the tenants' wall. */
export async function tablesOf(database: TestDatabase, schemas: readonly string[]): Promise<readonly Place[]> {
  const tables = await database.asOwner(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema = any($1) and table_type = 'BASE TABLE' order by 1`,
    [schemas],
  );
  const places: Place[] = [];
  for (const { name } of tables) {
    const rows = await database.asOwner(`select t::text as row from ${String(name)} t`);
    places.push(...rows.map(({ row }) => ({ name: String(name), text: String(row) })));
  }
  return places;
}

export interface SeenRequest {
  readonly port: number;
  readonly url: string;
  readonly authorization: string | undefined;
}

/** Every HTTP request that any server in this process receives from now on. */
export function watchRequests(): { readonly seen: readonly SeenRequest[]; stop(): void } {
  const seen: SeenRequest[] = [];
  const onRequest = (message: unknown): void => {
    const { request, socket } = message as {
      readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
      readonly socket: { readonly localPort: number };
    };
    seen.push({ port: socket.localPort, url: request.url, authorization: request.headers["authorization"] });
  };
  subscribe("http.server.request.start", onRequest);
  return { seen, stop: () => void unsubscribe("http.server.request.start", onRequest) };
}
