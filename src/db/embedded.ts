/** The embedded database: a real Postgres under the data folder, for when no DATABASE_URL is given. */
import type { ChildProcess } from "node:child_process";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { findBinaries } from "./embedded/binaries.ts";
import type { ClusterPlace } from "./embedded/cluster.ts";
import {
  createCluster,
  freePort,
  isPostgresAlive,
  ownerPassword,
  ownerRole,
  readPostmaster,
  releaseServer,
  removeStaleClaim,
  startServer,
} from "./embedded/cluster.ts";
import { databaseUser } from "./embedded/database-user.ts";
import { clusterFolder } from "./embedded/place.ts";

export interface EmbeddedOptions {
  /** HANDOVER_DATA_DIR; the cluster lies under `postgres/` in it. */
  readonly dataDir: string;
  /** Further `name=value` settings of the server (tests: `fsync=off`). */
  readonly settings?: readonly string[];
  /** Told when the server went away and was brought back, or could not be. */
  readonly onEvent?: (event: "restarted" | "lost", error?: unknown) => void;
}

export interface Embedded {
  /** The owner's URL, database `postgres`. */
  readonly ownerUrl: string;
  /** Lets go. The last one to let go stops the server. */
  stop(): Promise<void>;
}

/** Marks our connections, so that the last one out can tell that it is the last. */
const applicationName = "handover-embedded";

/**
 * Small and quick to start; keep-alive and connection checks are short, because a dead worker's session lock must fall
 * within seconds (core-measurements, section 2). Statements never reach the server's log: they may hold chart data.
 */
const baseSettings: readonly string[] = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "shared_buffers=64MB",
  "max_connections=200",
  "password_encryption=scram-sha-256",
  "tcp_keepalives_idle=1",
  "tcp_keepalives_interval=1",
  "tcp_keepalives_count=2",
  "client_connection_check_interval=1s",
  "log_min_messages=warning",
  "log_min_error_statement=panic",
  "log_error_verbosity=terse",
  "timezone=UTC",
];

const startDeadlineMs = 60_000;

class EmbeddedServer implements Embedded {
  readonly #place: ClusterPlace;
  readonly #options: EmbeddedOptions;
  readonly #password: string;
  #port = 0;
  #child: ChildProcess | undefined;
  #presence: Client | undefined;
  #stopping = false;

  constructor(place: ClusterPlace, options: EmbeddedOptions, password: string) {
    this.#place = place;
    this.#options = options;
    this.#password = password;
  }

  get ownerUrl(): string {
    return `postgresql://${ownerRole}:${this.#password}@127.0.0.1:${this.#port}/postgres`;
  }

  /** Attaches to the running server or starts one, whichever the data folder's state asks for. */
  async ensureRunning(): Promise<void> {
    const deadline = Date.now() + startDeadlineMs;
    let lastError: unknown;
    while (Date.now() < deadline && !this.#stopping) {
      const postmaster = await readPostmaster(this.#place);
      if (postmaster !== undefined && !(await isPostgresAlive(postmaster))) {
        await removeStaleClaim(this.#place, postmaster);
      } else if (postmaster === undefined) {
        await this.#start();
      } else {
        try {
          await this.#attach(postmaster.port);
          return;
        } catch (error) {
          // Starting, recovering or shutting down: all three pass.
          lastError = error;
        }
      }
      await delay(25);
    }
    if (!this.#stopping)
      throw new Error(`the embedded database did not start; see ${join(this.#place.folder, "server.log")}`, {
        cause: lastError,
      });
  }

  async #start(): Promise<void> {
    const port = this.#port === 0 ? await freePort() : this.#port;
    const child = await startServer(this.#place, port, [...baseSettings, ...(this.#options.settings ?? [])]);
    const exited = new Promise<boolean>((done) => child.once("exit", () => done(true)));
    for (let claimed = false; !claimed;) {
      const gone = await Promise.race([exited, delay(20, false)]);
      if (gone) {
        // The port was taken, or dying children of a killed server still hold its memory: another port, a moment later.
        this.#port = 0;
        await delay(200);
        return;
      }
      claimed = ((await readPostmaster(this.#place))?.port ?? 0) === port;
    }
    this.#child = child;
  }

  async #attach(port: number): Promise<void> {
    this.#port = port;
    const client = new Client({
      connectionString: this.ownerUrl,
      application_name: applicationName,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    client.once("end", () => void this.#revive());
    this.#presence = client;
  }

  /** The presence connection ended: the server was stopped or killed under us. */
  async #revive(): Promise<void> {
    if (this.#stopping) return;
    try {
      await this.ensureRunning();
      this.#options.onEvent?.("restarted");
    } catch (error) {
      this.#options.onEvent?.("lost", error);
    }
  }

  async #isLast(): Promise<boolean> {
    const others = await this.#presence?.query(
      "select 1 from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()",
      [applicationName],
    );
    return (others?.rowCount ?? 0) === 0;
  }

  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const last = await this.#isLast().catch(() => true);
    await this.#presence?.end().catch(() => undefined);
    const postmaster = await readPostmaster(this.#place);
    if (!last && this.#child !== undefined) releaseServer(this.#child);
    if (!last || postmaster === undefined) return;
    if (!(await isPostgresAlive(postmaster))) return;
    // SIGINT: fast shutdown. Sessions that are still open are ended, the data is flushed.
    process.kill(postmaster.pid, "SIGINT");
    while ((await readPostmaster(this.#place))?.pid === postmaster.pid && (await isPostgresAlive(postmaster)))
      await delay(20);
  }
}

/** Starts the embedded database, or attaches to the one that already runs on this data folder. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const user = await databaseUser();
  const place: ClusterPlace = {
    folder: await clusterFolder(resolve(options.dataDir), user),
    binaries: await findBinaries(user),
    user,
  };
  await createCluster(place);
  const server = new EmbeddedServer(place, options, await ownerPassword(place));
  await server.ensureRunning();
  return server;
}
