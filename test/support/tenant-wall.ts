/** The checks of the tenant wall, as functions that return what is wrong: so that a test can also see them find something. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Database } from "../../src/db/database.ts";
import type { Executor, TenantQuery } from "../../src/db/query.ts";
import type { TestDatabase } from "./postgres.ts";
import type { WallFixture } from "./wall-fixtures/wall-fixture.ts";

const sources = join(import.meta.dirname, "..", "..", "src");
const fixtureFolder = join(import.meta.dirname, "wall-fixtures");

/** Imports every source file that declares tenant or system statements, wherever it lies. */
export async function importAllStatements(): Promise<number> {
  const files = (await readdir(sources, { recursive: true })).filter(
    (file) => file.endsWith(".ts") && !file.startsWith("pages/"),
  );
  let found = 0;
  for (const file of files) {
    const text = await readFile(join(sources, file), "utf8");
    if (!/\b(?:tenantQuery|systemQuery)\b/u.test(text) || file.startsWith("db/")) continue;
    await import(pathToFileURL(join(sources, file)).href);
    found += 1;
  }
  return found;
}

/** Every part's fixture, by file name. */
export async function loadFixtures(): Promise<readonly WallFixture[]> {
  const files = (await readdir(fixtureFolder)).filter((file) => file.endsWith(".ts") && file !== "wall-fixture.ts");
  const modules = await Promise.all(
    files.map(
      async (file) => (await import(pathToFileURL(join(fixtureFolder, file)).href)) as { fixture?: WallFixture },
    ),
  );
  return modules.flatMap((module) => (module.fixture === undefined ? [] : [module.fixture]));
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly Schema?: string;
  readonly "One-Time Filter"?: string;
  readonly "Subplan Name"?: string;
  readonly Output?: readonly string[];
  readonly Plans?: readonly PlanNode[];
}

/** How filters name the sub-selects that set the tenant: `(InitPlan 1).col1` from PostgreSQL 17 on, `$0` before. */
function gateNames(node: PlanNode): readonly string[] {
  const name = /^InitPlan (?<number>\d+)(?: \(returns (?<param>\$\d+)\))?$/u.exec(node["Subplan Name"] ?? "")?.groups;
  const sets = (node.Output ?? []).some((output) => output.includes("set_config('app.tenant'"));
  const own = name !== undefined && sets ? [name["param"] ?? `(InitPlan ${name["number"]}).col1`] : [];
  return [...own, ...(node.Plans ?? []).flatMap(gateNames)];
}

/** A node that runs what is below it only after the gate: the policy's own test, if it stands there too, comes later. */
function isGate(node: PlanNode, gates: readonly string[]): boolean {
  const filter = node["One-Time Filter"] ?? "";
  const at = Math.min(
    ...gates.map((gate) => filter.indexOf(`${gate} IS NOT NULL`)).filter((position) => position !== -1),
  );
  const policy = filter.indexOf("current_setting");
  return Number.isFinite(at) && (policy === -1 || at < policy);
}

/** Names of walled tables that a plan scans without a gate above the scan. */
export function ungatedScans(plan: PlanNode, walled: ReadonlySet<string>): readonly string[] {
  const gates = gateNames(plan);
  const visit = (node: PlanNode, gated: boolean): readonly string[] => {
    const here = gated || isGate(node, gates);
    const name = node["Relation Name"];
    const scans = node["Node Type"].endsWith("Scan") && name !== undefined && walled.has(`${node.Schema}.${name}`);
    const below = (node.Plans ?? []).flatMap((child) => visit(child, here));
    return scans && !here ? [`${node.Schema}.${name}`, ...below] : below;
  };
  return visit(plan, false);
}

/** True when somewhere in the plan the gate stands as a one-time filter. */
export function hasGate(plan: PlanNode): boolean {
  const gates = gateNames(plan);
  const visit = (node: PlanNode): boolean => isGate(node, gates) || (node.Plans ?? []).some(visit);
  return visit(plan);
}

class RolledBack extends Error {}

/** Runs `work` in a transaction that is rolled back, whatever it did. */
async function tried<T>(database: Database, tenant: string | null, work: (tx: Executor) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  await database.worker
    .transaction(tenant, async (tx) => {
      result = { value: await work(tx) };
      throw new RolledBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
  if (result === undefined) throw new Error("nothing ran");
  return result.value;
}

/** The plan of a statement for one tenant. */
export async function planOf(
  database: Database,
  query: TenantQuery<unknown, readonly unknown[]>,
  tenant: string,
  params: readonly unknown[],
): Promise<PlanNode> {
  return tried(database, null, async (tx) => {
    const { rows } = await tx.query(`explain (format json, verbose) ${query.text}`, [tenant, ...params]);
    const [row] = rows as { "QUERY PLAN": { Plan: PlanNode }[] }[];
    const plan = row?.["QUERY PLAN"][0]?.Plan;
    if (plan === undefined) throw new Error("no plan");
    return plan;
  });
}

/** What a statement answers for `tenant` inside a transaction that had just served `before`. */
export async function rowsAfter(
  database: Database,
  query: TenantQuery<unknown, readonly unknown[]>,
  before: string,
  tenant: string,
  params: readonly unknown[],
): Promise<readonly unknown[]> {
  return tried(database, before, async (tx) => (await tx.query(query.text, [tenant, ...params])).rows);
}

/** All tables of ours that hold a tenant's rows; partitions are asked for apart: nobody reaches them by themselves. */
export async function tenantTables(
  testDatabase: TestDatabase,
  { partitions = false }: { readonly partitions?: boolean } = {},
): Promise<readonly string[]> {
  const rows = await testDatabase.asOwner(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'handover' and c.relkind in ('r', 'p') and exists (
       select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped)
       and c.relispartition = $1 order by 1`,
    [partitions],
  );
  return rows.map((row) => String(row["name"]));
}

async function countAs(database: Database, tenant: string | null, table: string): Promise<number> {
  return tried(database, tenant, async (tx) => {
    const { rows } = await tx.query(`select count(*)::int as count from ${table}`, []);
    return (rows[0] as { count: number }).count;
  });
}

/** What is wrong with one table's wall: empty when it holds. Both tenants must have rows in it. */
export async function breaches(
  testDatabase: TestDatabase,
  database: Database,
  table: string,
  tenants: readonly [string, string],
): Promise<readonly string[]> {
  const found: string[] = [];
  const [flags] = await testDatabase.asOwner(
    `select relrowsecurity as enabled, relforcerowsecurity as forced,
       (select count(*)::int from pg_policy where polrelid = c.oid and polname = 'tenant_wall') as policies from pg_class c where oid = $1::regclass`,
    [table],
  );
  if (flags?.["enabled"] !== true || flags["forced"] !== true) found.push(`${table}: row-level security is not forced`);
  if (flags?.["policies"] !== 1) found.push(`${table}: has no tenant_wall policy`);
  for (const tenant of tenants) {
    const [own] = await testDatabase.asOwner(`select count(*)::int as count from ${table} where tenant = $1`, [tenant]);
    if (own?.["count"] === 0) found.push(`${table}: the fixture left no row for ${tenant}`);
    const seen = await countAs(database, tenant, table);
    if (seen !== own?.["count"]) found.push(`${table}: ${tenant} sees ${seen} rows of its ${String(own?.["count"])}`);
  }
  const without = await countAs(database, null, table);
  if (without !== 0) found.push(`${table}: ${without} rows are seen without a tenant`);
  return found;
}
