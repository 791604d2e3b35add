/**
 * Declared statements. Every statement that touches tenant data is declared here by name, so that one test can run them
 * all against two tenants and look at their plans (core-measurements: only a WHERE gate is safe, never a joined CTE).
 */

/** Anything that runs SQL: a pool, or the client of an open transaction. */
export interface Executor {
  query(text: string, values: readonly unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/**
 * Stands in the WHERE of a tenant statement's first part: sets the tenant for row-level security and holds as a one-time
 * filter above every scan. `$1` is always the tenant.
 */
export const GATE = "(select set_config('app.tenant', $1, true)) is not null";

/** A statement inside one tenant. `Row` is what it returns, `Params` what follows the tenant. */
export interface TenantQuery<Row, Params extends readonly unknown[]> {
  readonly name: string;
  readonly text: string;
  /** Type carriers; never present at run time. */
  readonly row?: Row;
  readonly params?: Params;
}

const declared = new Map<string, TenantQuery<unknown, readonly unknown[]>>();

/** Declares a tenant statement. Throws when the gate is missing or the name is taken: both are programming errors. */
export function tenantQuery<Row, Params extends readonly unknown[] = readonly []>(
  name: string,
  text: string,
): TenantQuery<Row, Params> {
  if (!text.includes(GATE)) throw new Error(`query ${name} lacks the tenant gate`);
  if (declared.has(name)) throw new Error(`query ${name} is declared twice`);
  declared.set(name, { name, text });
  return { name, text };
}

/** All declared tenant statements, for the wall's test. */
export function declaredQueries(): readonly TenantQuery<unknown, readonly unknown[]>[] {
  return [...declared.values()];
}

/** Runs a declared statement for one tenant and returns its rows. */
export async function run<Row, Params extends readonly unknown[]>(
  executor: Executor,
  query: TenantQuery<Row, Params>,
  tenant: string,
  ...params: Params
): Promise<Row[]> {
  const result = await executor.query(query.text, [tenant, ...params]);
  return result.rows as Row[];
}
