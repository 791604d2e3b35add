/**
 * The one path that crosses tenants. Each statement calls a SECURITY DEFINER function of the role `handover_system`, which
 * may read ids, tenants and positions and nothing else; content is then read inside the tenant that the row names.
 */
import type { Executor } from "./query.ts";

/** A declared cross-tenant statement. */
export interface SystemQuery<Row, Params extends readonly unknown[]> {
  readonly name: string;
  readonly text: string;
  readonly row?: Row;
  readonly params?: Params;
}

const declared = new Map<string, string>();

/** Declares a call of one function of the schema that belongs to `handover_system`; nothing else is accepted. */
export function systemQuery<Row, Params extends readonly unknown[] = readonly []>(
  name: string,
  text: string,
): SystemQuery<Row, Params> {
  if (!/^select \* from handover\.sys_[a-z_]+\([^;]*\)$/u.test(text))
    throw new Error(`system query ${name} must call one handover.sys_ function`);
  if (declared.has(name)) throw new Error(`system query ${name} is declared twice`);
  declared.set(name, text);
  return { name, text };
}

/** All declared system statements, for the test of what this path cannot read. */
export function declaredSystemQueries(): ReadonlyMap<string, string> {
  return declared;
}

/** Runs a declared system statement. Use a pool, or a transaction opened with tenant null. */
export async function runSystem<Row, Params extends readonly unknown[]>(
  executor: Executor,
  query: SystemQuery<Row, Params>,
  ...params: Params
): Promise<Row[]> {
  const result = await executor.query(query.text, params);
  return result.rows as Row[];
}
