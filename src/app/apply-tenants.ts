/**
 * Brings tenants and their endpoints in line with a file, in one transaction: a start's own file, or one that is applied by
 * command. Everything is checked before anything is written, and whatever is cut short in between has not happened.
 */
import { readFileSync } from "node:fs";
import type { Audit } from "../audit/audit.ts";
import type { WrittenTenant } from "../config/file.ts";
import { resolveAuthorization, resolveTls } from "../config/endpoint-access.ts";
import { createSecrets } from "../config/secrets.ts";
import { configurationError } from "../config/problem.ts";
import { tenantProblems } from "../config/tenant-problems.ts";
import type { PlacedTenant } from "../config/tenant-problems.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { checkUrl } from "../core/egress/url.ts";
import type { Pool } from "../db/database.ts";
import { sqlState } from "../db/pg-errors.ts";
import type { Executor } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import type { ApplyDependencies, EndpointOutcome } from "../delivery/apply-endpoints.ts";
import { applyEndpoints, pruneEndpoints } from "../delivery/apply-endpoints.ts";
import { createEventLog } from "../events/log.ts";
import type { StoredTenant, TenantChange } from "../tenants/plan.ts";
import { planApply, planStart, readEntry, removeTenant } from "../tenants/plan.ts";
import { beginChange, writeChanges } from "../tenants/stored-tenants.ts";
import type { Surroundings } from "./stored-tenant-check.ts";
import { problemsHere, unreadableFiles } from "./stored-tenant-check.ts";
import { tellOfEndpoints } from "./tell-of-endpoints.ts";
import { mailsOwed } from "./alert-mails.ts";
import { egressRulesOf } from "./tenant-clients.ts";

export type ApplyRequest =
  | { readonly kind: "start"; readonly named: readonly WrittenTenant[] }
  | { readonly kind: "apply"; readonly named: readonly WrittenTenant[]; readonly prune: boolean }
  | { readonly kind: "remove"; readonly id: string };

export interface ApplyDeps extends Surroundings {
  readonly pool: Pool;
  readonly sealer: Sealer;
  readonly audit: Pick<Audit, "record">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface ApplyOptions {
  /** For messages: `file handover.yaml`. */
  readonly source: string;
  /** Does everything, and takes it back. */
  readonly dryRun?: boolean;
}

export interface ApplyReport {
  readonly tenants: readonly Omit<TenantChange, "written" | "row">[];
  readonly endpoints: readonly EndpointOutcome[];
}

/** Carries the report out of a transaction that is to be rolled back. */
class DryRun extends Error {
  readonly report: ApplyReport;

  constructor(report: ApplyReport) {
    super("dry run");
    this.report = report;
  }
}

/** Replicas that start at once, and commands, take turns; each is done within a fraction of a second. */
const ROUNDS = 8;

/**
 * Does what the request says.
 * @throws AdapterError configuration_invalid that lists every problem; nothing is then changed
 */
export async function applyTenants(
  request: ApplyRequest,
  deps: ApplyDeps,
  options: ApplyOptions,
): Promise<ApplyReport> {
  for (let round = 1; ; round += 1) {
    try {
      return await deps.pool.transaction(null, async (tx) => {
        const report = await change(tx, request, deps, options.source);
        if (options.dryRun === true) throw new DryRun(report);
        return report;
      });
    } catch (error) {
      if (error instanceof DryRun) return error.report;
      if (!waitedTooLong(error) || round === ROUNDS) throw error;
    }
  }
}

/** `lock_not_available`: somebody else's turn took longer than a statement may wait. */
function waitedTooLong(error: unknown): boolean {
  return error instanceof Error && sqlState(error.cause) === "55P03";
}

async function change(tx: Executor, request: ApplyRequest, deps: ApplyDeps, source: string): Promise<ApplyReport> {
  const stored = await beginChange(tx, deps.sealer);
  const changes = plan(request, stored);
  const named = servedOf(changes);
  requireRight(named, stored, changes, deps, source);
  await writeChanges(tx, deps.sealer, changes);
  const endpoints = await bringEndpoints(tx, request, named, deps);
  for (const { id, outcome } of changes) {
    if (outcome === "unchanged" || outcome === "left-removed") continue;
    const actor = { kind: "system", id: request.kind } as const;
    await deps.audit.record({ tenant: id, action: "tenant.change", outcome: "success", actor, reason: outcome }, tx);
  }
  return { tenants: changes.map(({ id, outcome, changed }) => ({ id, outcome, changed })), endpoints };
}

function plan(request: ApplyRequest, stored: readonly StoredTenant[]): readonly TenantChange[] {
  if (request.kind === "start") return planStart(stored, request.named);
  if (request.kind === "apply") return planApply(stored, request.named, request.prune);
  return stored.filter(({ id, status }) => id === request.id && status === "served").map(removeTenant);
}

interface Named {
  readonly change: TenantChange;
  readonly tenant: TenantConfig;
}

/** Those that the file names and that are served afterwards, with the settings that are then in force. */
function servedOf(changes: readonly TenantChange[]): readonly Named[] {
  return changes.flatMap((each) => {
    const gone = each.outcome === "removed" || each.outcome === "left-removed" || each.row?.status === "removed";
    const tenant = gone ? undefined : readEntry(each.written);
    return tenant === undefined ? [] : [{ change: each, tenant }];
  });
}

/** What the file brings is held against everything that is served besides. */
function requireRight(
  named: readonly Named[],
  stored: readonly StoredTenant[],
  changes: readonly TenantChange[],
  deps: ApplyDeps,
  source: string,
): void {
  const { config, secretSources: secrets } = deps;
  const touched = new Set(changes.map(({ id }) => id));
  const placed = named.map(({ tenant }): PlacedTenant => ({ at: `tenant ${tenant.id}`, tenant }));
  const others = stored
    .filter(({ id, status }) => status === "served" && !touched.has(id))
    .flatMap(({ id, written }): PlacedTenant[] => {
      const tenant = readEntry(written);
      return tenant === undefined ? [] : [{ at: `tenant ${id} of the database`, tenant }];
    });
  const { problems } = tenantProblems(placed, { source, secrets, publicUrl: config.publicUrl, others });
  const files = named.flatMap(({ tenant }) => unreadableFiles(tenant, deps, source));
  if (problems.length + files.length > 0) throw configurationError([...problems, ...files]);
}

async function bringEndpoints(
  tx: Executor,
  request: ApplyRequest,
  named: readonly Named[],
  deps: ApplyDeps,
): Promise<readonly EndpointOutcome[]> {
  // A start carries on with whatever a command has put in force meanwhile, though this machine may lack what that names.
  const usable =
    request.kind === "start" ? named.filter(({ tenant }) => problemsHere(tenant, deps).length === 0) : named;
  const tenants = usable.map(({ tenant }) => tenant);
  const applied = await applyEndpoints(tx, tenants, endpointDeps(tenants, deps));
  if (request.kind !== "apply" || !request.prune) return applied;
  const removed: EndpointOutcome[] = [];
  for (const tenant of tenants) removed.push(...(await pruneEndpoints(tx, tenant)));
  return [...applied, ...removed];
}

function endpointDeps(tenants: readonly TenantConfig[], deps: ApplyDeps): ApplyDependencies {
  const { sealer, now, config } = deps;
  const secrets = createSecrets(deps.secretSources);
  const rules = new Map(tenants.map((tenant) => [tenant.id, egressRulesOf(tenant, config)]));
  return {
    sealer,
    now,
    tell: tellOfEndpoints({
      events: createEventLog({ reader: deps.pool, sealer }),
      publicUrl: config.publicUrl,
      oweMails: mailsOwed(config, (id) => tenants.find((tenant) => tenant.id === id)),
    }),
    accessOf: ({ authorization, tls }) => ({
      authorization: authorization === null ? null : resolveAuthorization(authorization, secrets),
      tls: tls === null ? null : resolveTls(tls, secrets, (path) => readFileSync(path, "utf8")),
    }),
    secretOf: (endpoint) => secrets.get("secret", endpoint),
    refuseUrl: (id, url) => {
      const own = rules.get(id);
      if (own === undefined) return "unknown_tenant";
      const verdict = checkUrl(url, own);
      return verdict.ok ? undefined : verdict.reason;
    },
  };
}
