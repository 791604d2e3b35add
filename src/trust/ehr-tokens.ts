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
/** Remembered of one hospital. Good ones and all others apart: made-up tokens must not push out those that streams rest on. */
const MAX_GOOD = 1_000;
const MAX_OTHERS = 200;
/** Questions in flight for one hospital: callers with made-up tokens must not turn us into a flood of its EHR. */
const MAX_QUESTIONS = 16;
/** Besides, for tokens that were good half a minute ago: made-up ones must not keep them waiting either. */
const MORE_FOR_GOOD = 8;

interface Entry {
  readonly token: string;
  /** The settings that the verdict rests on: other ones, another verdict. */
  settings?: TenantConfig;
  verdict?: Principal | EhrTokenRefusal;
  freshUntilMs: number;
  flight?: Promise<Principal | EhrTokenRefusal>;
}

/** One hospital's tokens, by name; nothing of it is shared with another's. */
interface Remembered {
  readonly good: Map<string, Entry>;
  readonly others: Map<string, Entry>;
  questions: number;
}

/** A Map keeps the order of insertion: what was not used for longest goes first. */
function putLast(entries: Map<string, Entry>, most: number, name: string, entry: Entry): void {
  entries.delete(name);
  entries.set(name, entry);
  for (const oldest of entries.keys()) {
    if (entries.size <= most) break;
    entries.delete(oldest);
  }
}

function remember({ good, others }: Remembered, name: string, entry: Entry): void {
  const isGood = typeof entry.verdict === "object";
  (isGood ? others : good).delete(name);
  if (isGood) putLast(good, MAX_GOOD, name, entry);
  else putLast(others, MAX_OTHERS, name, entry);
}

export function createEhrTokens(deps: EhrTokensDeps): EhrTokens {
  const hospitals = new Map<string, Remembered>();

  function hospitalOf(tenant: string): Remembered {
    const hospital = hospitals.get(tenant) ?? { good: new Map(), others: new Map(), questions: 0 };
    hospitals.set(tenant, hospital);
    return hospital;
  }

  async function ask(hospital: Remembered, name: string, entry: Entry, settings: TenantConfig, policy: EhrTokenPolicy) {
    const most = MAX_QUESTIONS + (hospital.good.has(name) ? MORE_FOR_GOOD : 0);
    if (hospital.questions >= most)
      throw new AdapterError("introspection_unavailable", { detail: "too many questions" });
    hospital.questions += 1;
    try {
      const answer = await deps.introspect(settings.id, entry.token);
      const verdict = principalOfEhrToken(answer, policy, name, deps.now());
      const goodUntilMs = Math.min(deps.now() + GOOD_MS, (answer.exp ?? Infinity) * 1000);
      entry.settings = settings;
      entry.verdict = verdict;
      entry.freshUntilMs = typeof verdict === "string" ? deps.now() + BAD_MS : goodUntilMs;
      remember(hospital, name, entry);
      return verdict;
    } finally {
      hospital.questions -= 1;
    }
  }

  async function verdictOf(name: string, tenant: string, token: string): Promise<Principal | EhrTokenRefusal> {
    const settings = deps.tenantOf(tenant);
    const policy = settings === undefined ? undefined : policyOf(settings);
    if (settings === undefined || policy === undefined) refuse("credential.unknown");
    const hospital = hospitalOf(tenant);
    const entry = hospital.good.get(name) ?? hospital.others.get(name) ?? { token, freshUntilMs: 0 };
    remember(hospital, name, entry);
    if (entry.verdict !== undefined && entry.settings === settings && deps.now() < entry.freshUntilMs)
      return entry.verdict;
    entry.flight ??= ask(hospital, name, entry, settings, policy).finally(() => {
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
    isAlive: async ({ tenant, session }) => {
      const entry = session === undefined ? undefined : hospitals.get(tenant)?.good.get(session.launch);
      if (session === undefined || entry === undefined) return false;
      return typeof (await verdictOf(session.launch, tenant, entry.token)) !== "string";
    },
  };
}

function policyOf({ id, ehr }: TenantConfig): EhrTokenPolicy | undefined {
  const { introspection, fhirBaseUrl } = ehr;
  if (introspection === undefined) return undefined;
  const { clients, audience, grants } = introspection;
  return { tenant: id, fhirBaseUrl, clients, audience, grants };
}
