import type { LaunchContext } from "./launch.ts";

/** What an authorisation stands for: kept by grant, so that every token of it tells the same patient. */
export interface GrantRecord {
  readonly context: LaunchContext;
  /** Granted scopes that are not about resources; the library leaves them out of its token responses. */
  readonly identityScopes: readonly string[];
}

/** The records of live grants. */
export interface GrantRecords {
  remember(grantId: string, record: GrantRecord): void;
  of(grantId: string | undefined): GrantRecord | undefined;
}

/** @param limit how many are kept; the oldest go first */
export function createGrantRecords(limit = 10_000): GrantRecords {
  const records = new Map<string, GrantRecord>();
  return {
    remember: (grantId, record) => {
      records.set(grantId, record);
      const oldest = records.keys().next().value;
      if (records.size > limit && oldest !== undefined) records.delete(oldest);
    },
    of: (grantId) => (grantId === undefined ? undefined : records.get(grantId)),
  };
}
