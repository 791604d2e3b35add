/**
 * One dedicated connection that comes back by itself: for LISTEN, for session locks, for work that must not wait for a free
 * place in a pool. Session locks need a direct connection; a transaction pooler between would share it with others.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { AdapterError } from "../core/errors.ts";
import { toDatabaseError } from "./pg-errors.ts";
import { connectionSettings, execute } from "./pool.ts";
import type { Executor } from "./query.ts";

export interface SessionOptions {
  readonly name: string;
  /** After this a statement counts as lost, and the connection with it. */
  readonly queryTimeoutMs: number;
  /** Runs on each new connection before the session is used: LISTEN, locks. A throw drops the connection again. */
  readonly onConnect?: (connection: Executor) => Promise<void>;
  readonly onNotification?: (payload: string) => void;
  /** Called once for each connection that was lost; not when the session is closed. */
  readonly onLost?: () => void;
}

export interface Session extends Executor {
  readonly connected: boolean;
  /** Drops the connection; a new one is opened at once. */
  reset(): void;
  close(): Promise<void>;
}

/** So that the server notices within seconds that we are gone, and frees our locks (core-measurements, section 2). */
const livenessSettings = [
  "tcp_keepalives_idle=1",
  "tcp_keepalives_interval=1",
  "tcp_keepalives_count=2",
  "client_connection_check_interval=1000",
];

async function applyLivenessSettings(client: Client): Promise<void> {
  for (const setting of livenessSettings) {
    const [name, value] = setting.split("=");
    // Not every platform knows every one of them; the lease still catches what they would have caught.
    await client.query("select set_config($1, $2, false)", [name, value]).catch(() => undefined);
  }
}

const maxBackoffMs = 1_000;

class ReconnectingSession implements Session {
  readonly #url: string;
  readonly #options: SessionOptions;
  #client: Client | undefined;
  #closed = false;
  #loop: Promise<void>;
  readonly #abort = new AbortController();

  constructor(url: string, options: SessionOptions) {
    this.#url = url;
    this.#options = options;
    this.#loop = this.#connect();
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  async #connect(): Promise<void> {
    for (let backoffMs = 50; !this.#closed; backoffMs = Math.min(backoffMs * 2, maxBackoffMs)) {
      const client = new Client(
        connectionSettings({
          url: this.#url,
          name: this.#options.name,
          connectTimeoutMs: this.#options.queryTimeoutMs,
          statementTimeoutMs: this.#options.queryTimeoutMs,
          lockTimeoutMs: this.#options.queryTimeoutMs,
          idleInTransactionTimeoutMs: this.#options.queryTimeoutMs,
        }),
      );
      client.on("error", () => this.#drop(client));
      client.on("end", () => this.#drop(client));
      client.on("notification", (message) => this.#options.onNotification?.(message.payload ?? ""));
      try {
        await client.connect();
        await applyLivenessSettings(client);
        await this.#options.onConnect?.({ query: (text, values) => execute(client, text, values) });
        if (this.#closed) await client.end();
        else this.#client = client;
        return;
      } catch {
        destroy(client);
        await delay(backoffMs, undefined, { signal: this.#abort.signal }).catch(() => undefined);
      }
    }
  }

  #drop(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    destroy(client);
    if (this.#closed) return;
    this.#options.onLost?.();
    this.#loop = this.#connect();
  }

  reset(): void {
    if (this.#client !== undefined) this.#drop(this.#client);
  }

  async query(text: string, values: readonly unknown[]): ReturnType<Executor["query"]> {
    const client = this.#client;
    if (client === undefined)
      throw new AdapterError("database_unavailable", { detail: `session ${this.#options.name} is not connected` });
    try {
      return await execute(client, text, values);
    } catch (error) {
      const mapped = toDatabaseError(error);
      // A statement that timed out leaves the connection in an unknown state: half-open, most likely.
      if (mapped instanceof AdapterError) this.#drop(client);
      throw mapped;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#abort.abort();
    const client = this.#client;
    this.#client = undefined;
    await Promise.race([client?.end().catch(() => undefined), delay(1_000, undefined, { ref: false })]);
    if (client !== undefined) destroy(client);
    await Promise.race([this.#loop, delay(1_000, undefined, { ref: false })]);
  }
}

/** Closes the socket without asking the server, which may never answer. */
function destroy(client: Client): void {
  client.removeAllListeners();
  client.on("error", () => undefined);
  // The types hide it, the driver has it: the connection's stream.
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } };
  connection?.stream?.destroy();
}

/** Opens a session; it connects in the background and reconnects for as long as it is not closed. */
export function openSession(url: string, options: SessionOptions): Session {
  return new ReconnectingSession(url, options);
}
