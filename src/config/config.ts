/** The adapter's settings as one frozen value; how they are read stands in load.ts. */
import type { FileConfig } from "./tenant-schema.ts";

export type Role = "api" | "worker";

export interface Config extends FileConfig {
  /** App role's URL; absent: embedded Postgres under `dataDir`. */
  readonly databaseUrl?: string;
  /** Owner's URL, for migrations. */
  readonly databaseMigrationUrl?: string;
  readonly dataDir: string;
  /** Base of every link in answers, without trailing slash. Never taken from the Host header. */
  readonly publicUrl: string;
  readonly host: string;
  readonly port: number;
  readonly roles: readonly Role[];
  /** 32 bytes; seals secrets, snapshots and drafts at rest. */
  readonly masterKey: Uint8Array;
  readonly adminKey?: string;
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** Set by the demo and tests only: inline secrets are accepted, loopback http is a normal thing. */
  readonly demo: boolean;
}
