/**
 * Callers of the job API that hold an access token of their hospital's EHR. Such a token says nothing to us: the EHR is asked
 * what it is good for, the answer is kept for half a minute and never beyond the token's end, and one question is in flight
 * for each token.
 */
import { createHmac } from "node:crypto";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { EhrTokenPolicy, EhrTokenRefusal, IntrospectedToken } from "../core/access/ehr-token.ts";
import { principalOfEhrToken } from "../core/access/ehr-token.ts";
import type { Principal } from "../core/access/principal.ts";
import { AdapterError } from "../core/errors.ts";
import { refuse } from "./refusal.ts";

export interface EhrTokens {
  /**
   * @throws AdapterError `unauthenticated` where the tenant takes no such tokens or this one is good for nothing;
   *   `introspection_unavailable` where the EHR cannot be asked
   */
  authenticate(tenant: string, token: string): Promise<Principal>;
  /** Whether a caller that was let in still would be: for answers that stay open. */
  isAlive(principal: Principal): Promise<boolean>;
}

export interface EhrTokensDeps {
  /** Undefined for a tenant that is not served. */
  readonly tenantOf: (id: string) => TenantConfig | undefined;
  /** Asks the tenant's own EHR. */
  readonly introspect: (tenant: string, token: string) => Promise<IntrospectedToken>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Lives as long as the process: what tokens are remembered by tells nothing of them. */
  readonly hashKey: Uint8Array;
}

const GOOD_MS = 30_000;
/** Shorter: a token may have been issued the moment before the EHR's replicas knew of it. */
const BAD_MS = 5_000;
const MAX_TOKENS = 1_000;
/** Questions in flight for one hospital: callers with made-up tokens must not turn us into a flood of its EHR. */
const MAX_QUESTIONS = 16;

interface Entry {
  readonly tenant: string;
  readonly token: string;
  /** The settings that the verdict rests on: other ones, another verdict. */
  settings?: TenantConfig;
  verdict?: Principal | EhrTokenRefusal;
  freshUntilMs: number;
  flight?: Promise<Principal | EhrTokenRefusal>;
}

export function createEhrTokens(deps: EhrTokensDeps): EhrTokens {
  const entries = new Map<string, Entry>();
  const questions = new Map<string, number>();

  function entryOf(name: string, tenant: string, token: string): Entry {
    const entry = entries.get(name) ?? { tenant, token, freshUntilMs: 0 };
    // A Map keeps the order of insertion: what was not used for longest goes first.
    entries.delete(name);
    entries.set(name, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_TOKENS) break;
      entries.delete(oldest);
    }
    return entry;
  }

  async function ask(name: string, entry: Entry, settings: TenantConfig, policy: EhrTokenPolicy) {
    const asking = questions.get(entry.tenant) ?? 0;
    if (asking >= MAX_QUESTIONS) throw new AdapterError("introspection_unavailable", { detail: "too many questions" });
    questions.set(entry.tenant, asking + 1);
    try {
      const answer = await deps.introspect(entry.tenant, entry.token);
      const verdict = principalOfEhrToken(answer, policy, name, deps.now());
      const goodUntilMs = Math.min(deps.now() + GOOD_MS, (answer.exp ?? Infinity) * 1000);
      entry.settings = settings;
      entry.verdict = verdict;
      entry.freshUntilMs = typeof verdict === "string" ? deps.now() + BAD_MS : goodUntilMs;
      return verdict;
    } finally {
      questions.set(entry.tenant, (questions.get(entry.tenant) ?? 1) - 1);
    }
  }

  async function verdictOf(name: string, tenant: string, token: string): Promise<Principal | EhrTokenRefusal> {
    const settings = deps.tenantOf(tenant);
    const policy = settings === undefined ? undefined : policyOf(settings);
    if (settings === undefined || policy === undefined) refuse("credential.unknown");
    const entry = entryOf(name, tenant, token);
    if (entry.verdict !== undefined && entry.settings === settings && deps.now() < entry.freshUntilMs)
      return entry.verdict;
    entry.flight ??= ask(name, entry, settings, policy).finally(() => {
      delete entry.flight;
    });
    return entry.flight;
  }

  return {
    authenticate: async (tenant, token) => {
      const digest = createHmac("sha256", deps.hashKey).update(`${tenant}\n${token}`).digest("base64url");
      const verdict = await verdictOf(`ehr-token-${digest}`, tenant, token);
      return typeof verdict === "string" ? refuse(verdict) : verdict;
    },
    isAlive: async ({ session }) => {
      const entry = session === undefined ? undefined : entries.get(session.launch);
      if (session === undefined || entry === undefined) return false;
      return typeof (await verdictOf(session.launch, entry.tenant, entry.token)) !== "string";
    },
  };
}

function policyOf({ id, ehr }: TenantConfig): EhrTokenPolicy | undefined {
  const { introspection, fhirBaseUrl } = ehr;
  if (introspection === undefined) return undefined;
  const { clients, audience, grants } = introspection;
  return { tenant: id, fhirBaseUrl, clients, audience, grants };
}
