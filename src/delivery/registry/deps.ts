/** What the endpoint registry works with. */
import type { Audit } from "../../audit/audit.ts";
import type { Actor } from "../../jobs/jobs.ts";
import type { Pool } from "../../db/database.ts";
import type { Executor } from "../../db/query.ts";
import type { Sealer } from "../../db/sealer.ts";
import type { Authorize } from "../authorization/authorize.ts";
import type { Post } from "../exchange.ts";
import type { TellOfEndpoint } from "../operational.ts";

export interface RegistryDeps {
  readonly pool: Pool;
  readonly sealer: Sealer;
  readonly audit: Audit;
  /** Whether the tenant may send there at all; a fixed word says why not. */
  readonly refuseUrl: (tenant: string, url: string) => string | undefined;
  /** The network as this tenant may use it; undefined for a tenant that is no longer served. */
  readonly post: (tenant: string) => Post | undefined;
  readonly authorize: Authorize;
  /** Asks for a lane's attention inside the transaction. */
  readonly kick: (tx: Executor, tenant: string, endpoint: string) => Promise<void>;
  /** Looks into the queue and the log now; after the commit. */
  readonly wake: () => void;
  readonly tell: TellOfEndpoint;
  /** Without trailing slash. */
  readonly publicUrl: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  /** Days that deliveries are kept after they are done. */
  readonly keptDays: number;
  /** Endpoints that one tenant may have. */
  readonly most: number;
}

/** Who acts, in which tenant. */
export interface RegistryCaller {
  readonly tenant: string;
  readonly actor: Actor;
}

/** Every change of an endpoint stands in the audit log, by what was done and to which. */
export function noteChange(
  deps: RegistryDeps,
  tx: Executor,
  { tenant, actor }: RegistryCaller,
  deed: string,
): Promise<void> {
  return deps.audit.record({ tenant, action: "endpoint.change", outcome: "success", actor, reason: deed }, tx);
}
