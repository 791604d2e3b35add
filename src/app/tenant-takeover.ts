/**
 * Keeps the directory in step with the database. A tenant whose settings cannot be used on this machine (a secret that is not
 * there, a file, a newer version's setting) stays as it was before, is told of by name, and hurts nobody else.
 */
import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../config/problem.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import type { Pool } from "../db/database.ts";
import type { Sealer } from "../db/sealer.ts";
import { runSystem } from "../db/system.ts";
import type { Loop } from "../events/loop.ts";
import { startLoop } from "../events/loop.ts";
import type { Log } from "../telemetry/log.ts";
import type { TenantDirectory } from "../tenants/directory.ts";
import { readEntry } from "../tenants/plan.ts";
import { tenantRevision, tenantStates } from "../tenants/store.ts";
import { readOneTenant } from "../tenants/stored-tenants.ts";

export interface TakeOverDeps {
  readonly pool: Pool;
  readonly sealer: Sealer;
  readonly directory: TenantDirectory;
  /** What keeps a tenant from being served by this process; empty where nothing does. */
  readonly problemsOf: (tenant: TenantConfig) => readonly Problem[];
  readonly log: Pick<Log, "info" | "warn">;
  readonly onError: (error: unknown) => void;
}

export interface TakeOver {
  /** Tenants whose newest settings are not in force here. */
  readonly refused: number;
  /** Takes over what the database holds now. */
  refresh(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

const POLL_MS = 1_000;

interface Known {
  readonly revision: string;
  /** The last settings that could be used. */
  readonly tenant: TenantConfig | undefined;
  /** Why the newest cannot; undefined where they are in force. */
  readonly refusal?: string;
}

class DatabaseTakeOver implements TakeOver {
  readonly #deps: TakeOverDeps;
  #known: ReadonlyMap<string, Known> = new Map();
  #revision = "";
  #loop: Loop | undefined;

  constructor(deps: TakeOverDeps) {
    this.#deps = deps;
  }

  get refused(): number {
    return [...this.#known.values()].filter(({ refusal }) => refusal !== undefined).length;
  }

  async refresh(): Promise<void> {
    const { pool, directory } = this.#deps;
    const [newest] = await runSystem(pool, tenantRevision);
    const revision = newest?.revision ?? "0";
    // What was refused may have been mended on this machine, without a word from the database.
    if (revision === this.#revision && this.refused === 0) return;
    const states = await runSystem(pool, tenantStates);
    const known = new Map<string, Known>();
    for (const { tenant: id, status, revision: own } of states)
      if (status === "served") known.set(id, await this.#take(id, own));
    const before = new Set(directory.all().map(({ id }) => id));
    this.#known = known;
    this.#revision = revision;
    this.#tellGone(before);
    directory.replace([...known.values()].flatMap(({ tenant }) => tenant ?? []));
  }

  async #take(id: string, revision: string): Promise<Known> {
    const last = this.#known.get(id);
    if (last?.revision === revision && last.refusal === undefined) return last;
    const tenant = await this.#read(id);
    const refusal =
      tenant === undefined ? "they do not open, or this version cannot read them" : this.#refusalOf(tenant);
    if (tenant === undefined || refusal !== undefined) return this.#keepLast(id, revision, last, refusal ?? "");
    this.#deps.log.info("tenant.taken_over", { tenant: id });
    // The very object stays where nothing in it has changed, and with it what was made of it.
    return { revision, tenant: isDeepStrictEqual(last?.tenant, tenant) ? last?.tenant : tenant };
  }

  async #read(id: string): Promise<TenantConfig | undefined> {
    try {
      return readEntry((await readOneTenant(this.#deps.pool, this.#deps.sealer, id))?.written);
    } catch (error) {
      // Sealed with another master key: a command that was given the wrong one. The others are read all the same.
      if (error instanceof AdapterError && error.code === "configuration_invalid") return undefined;
      throw error;
    }
  }

  #refusalOf(tenant: TenantConfig): string | undefined {
    const problems = this.#deps.problemsOf(tenant);
    if (problems.length === 0) return undefined;
    return problems.map(({ setting, message }) => `${setting}: ${message}`).join("; ");
  }

  #keepLast(id: string, revision: string, last: Known | undefined, refusal: string): Known {
    if (last?.refusal !== refusal || last.revision !== revision)
      this.#deps.log.warn("tenant.settings_refused", {
        tenant: id,
        stale: last?.tenant !== undefined,
        detail: refusal,
      });
    return { revision, tenant: last?.tenant, refusal };
  }

  #tellGone(before: ReadonlySet<string>): void {
    for (const id of before) if (!this.#known.has(id)) this.#deps.log.info("tenant.no_longer_served", { tenant: id });
  }

  start(): void {
    this.#loop = startLoop({
      turn: async () => (await this.refresh(), false),
      pollMs: POLL_MS,
      onError: (error) => {
        // An outage is told by whoever needed the database; what is served goes on being served.
        if (error instanceof AdapterError && error.code === "database_unavailable") return;
        this.#deps.onError(error);
      },
    });
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
  }
}

/** Makes it; nothing is read before `refresh` or `start`. */
export function createTakeOver(deps: TakeOverDeps): TakeOver {
  return new DatabaseTakeOver(deps);
}
