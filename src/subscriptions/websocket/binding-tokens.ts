/**
 * Binding tokens: what a websocket shows in the place of the Authorization header that browsers cannot set on one. A token is
 * good once, for two minutes, for the Subscriptions that it was asked for; how long what it binds stays bound is another matter.
 */
import { createHash } from "node:crypto";
import type { Pool } from "../../db/database.ts";
import { run } from "../../db/query.ts";
import { forgetBindingTokens, insertBindingToken, takeBindingToken } from "./store.ts";

const LIFETIME_SECONDS = 120;

export interface BindingToken {
  /** `<tenant>.<random>`: the tenant tells where to look, 256 bits tell the rest. */
  readonly token: string;
  /** RFC 3339. */
  readonly expiration: string;
}

/** What a token stands for. */
export interface Grant {
  readonly tenant: string;
  /** The API client that asked for it. */
  readonly client: string;
  readonly subscriptions: readonly string[];
}

export interface BindingTokens {
  issue(grant: Grant): Promise<BindingToken>;
  /** Uses the token up; undefined where it is unknown, used or too old. */
  redeem(token: string): Promise<Grant | undefined>;
}

const form = /^(?<tenant>[a-z0-9][a-z0-9-]{0,62})\.[\w-]{43}$/u;

const digestOf = (token: string): Buffer => createHash("sha256").update(token).digest();

export function createBindingTokens(pool: Pool, randomBytes: (size: number) => Buffer): BindingTokens {
  return {
    async issue({ tenant, client, subscriptions }) {
      const token = `${tenant}.${randomBytes(32).toString("base64url")}`;
      await run(pool, forgetBindingTokens, tenant);
      const params = [digestOf(token), client, subscriptions, LIFETIME_SECONDS] as const;
      const [row] = await run(pool, insertBindingToken, tenant, ...params);
      return { token, expiration: (row?.expires_at ?? new Date(0)).toISOString() };
    },
    async redeem(token) {
      const tenant = form.exec(token)?.groups?.["tenant"];
      if (tenant === undefined) return undefined;
      const [row] = await run(pool, takeBindingToken, tenant, digestOf(token));
      return row === undefined ? undefined : { tenant, ...row };
    },
  };
}
